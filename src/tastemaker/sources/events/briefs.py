"""From the fields of a ranking event to the brief that it stands for."""

from __future__ import annotations

from typing import Any

from tastemaker.errors import BriefError
from tastemaker.schema import Brief
from tastemaker.sources.events.metarank import Fields, Ranking

TEXT = ("query", "text")
LISTS = {"markets": ("markets", "market"), "platforms": ("platforms", "platform")}
"""Lists of a brief -> the fields that tell them, of which the first that is there counts."""


def asked_brief(ranking: Ranking, user: Fields, objective: str | None = None) -> Brief:
    """The brief in the field ``brief`` (JSON), or one made of the fields ``query`` or ``text``, ``objective``,
    ``brand``, ``markets`` and ``platforms``. ``user``: fields of who asked, which name the brand and describe it;
    ``objective``: where the event has none. Raises BriefError that says what lacks: nothing is made up.
    """
    fields = ranking.fields
    if fields.get("brief") is not None:
        whole = fields["brief"]
        return Brief.from_json(whole) if isinstance(whole, str) else Brief.parse(whole)
    text = next((fields[name] for name in TEXT if isinstance(fields.get(name), str)), None)
    wanted = fields.get("objective") or objective
    if text is None:
        raise BriefError("no field brief, query or text: what was wanted is not in the log")
    if wanted is None:
        raise BriefError("no field objective: give one for all of them")
    brand = {"name": fields.get("brand") or user.get("name") or ranking.user or "not told"}
    brand |= {name: user[name] for name in ("description", "category") if user.get(name)}
    asked: dict[str, Any] = {"brand": brand, "objective": wanted, "text": text}
    lists = {name: _list(fields, names) for name, names in LISTS.items()}
    if lists["markets"]:
        asked["markets"] = lists["markets"]
    if lists["platforms"]:
        asked["filters"] = {"platforms": lists["platforms"]}
    return Brief.parse(asked)


def _list(fields: Fields, names: tuple[str, ...]) -> list[Any]:
    value: Any = next((fields[name] for name in names if fields.get(name)), [])
    return value if isinstance(value, list) else [value]
