"""Metarank's events (item, user, ranking, interaction) as JSON lines or a JSON array.

Format: metarank's ``doc/event-schema.md`` and ``doc/timestamp-formats.md``: ``timestamp`` is milliseconds since 1970 as
text or number, or ISO 8601 with a zone; ``fields`` is a list of ``{"name": ..., "value": ...}``.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tastemaker.errors import SourceError

ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
Fields = dict[str, Any]


@dataclass(frozen=True)
class Ranking:
    """What was shown to whom: ``items`` in their order, first place first."""

    id: str
    at: datetime
    user: str | None
    items: tuple[str, ...]
    fields: Fields


@dataclass(frozen=True)
class Interaction:
    """What was done with an item, ``type`` in the log's own words; ``ranking``: the list in which it stood."""

    id: str
    at: datetime
    ranking: str | None
    type: str
    item: str


@dataclass
class EventLog:
    """``items`` and ``users``: id -> the fields last told. ``rejected``: reason -> events that could not be read."""

    rankings: list[Ranking] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    items: dict[str, Fields] = field(default_factory=dict)
    users: dict[str, Fields] = field(default_factory=dict)
    events: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    def add(self, event: object) -> None:
        """Takes one event in; one that breaks the format is counted in ``rejected``."""
        self.events += 1
        try:
            self._add(event)
        except _BadEventError as bad:
            self.rejected[str(bad)] += 1

    def _add(self, event: object) -> None:
        if not isinstance(event, dict):
            raise _BadEventError("no JSON object")
        kind = event.get("event")
        if kind in ("item", "metadata"):
            self.items.setdefault(_text(event, "item"), {}).update(_fields(event))
        elif kind == "user":
            self.users.setdefault(_text(event, "user"), {}).update(_fields(event))
        elif kind == "ranking":
            self.rankings.append(
                Ranking(_text(event, "id"), _time(event), _user(event), _items(event), _fields(event))
            )
        elif kind == "interaction":
            parent = event.get("ranking")
            place = None if parent is None else str(parent)
            kind, item = _text(event, "type"), _text(event, "item")
            self.interactions.append(Interaction(_text(event, "id"), _time(event), place, kind, item))
        else:
            raise _BadEventError("event is none of item, user, ranking and interaction")


class _BadEventError(Exception):
    """Why an event could not be read."""


def read_events(path: Path) -> EventLog:
    """The events in a file, or in the files of a folder in order of name; ``.gz`` is unpacked.

    Raises SourceError where there is no such file, or where none of its lines is such an event.
    """
    log = EventLog()
    for file in _files(path):
        for event in _events(file):
            log.add(event)
    if not log.events or sum(log.rejected.values()) == log.events:
        why = ", ".join(f"{n} x {reason}" for reason, n in log.rejected.most_common(3)) or "it is empty"
        raise SourceError(
            f"{path}: no event could be read ({why}); expected Metarank's item, user, ranking and interaction events,"
            " one JSON object a line"
        )
    return log


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.name.lower().endswith(ENDINGS))
        if not found:
            raise SourceError(f"{path}: no event file in it; expected names ending in {', '.join(ENDINGS)}")
        return found
    return [path]


def _events(path: Path) -> Iterator[object]:
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.name.endswith(".gz") else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: can not be read: {' '.join(str(error).split())[:200]}") from None
    if text.lstrip().startswith("["):
        try:
            yield from json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{path}: not a JSON array: {error}") from None
        return
    for line in text.splitlines():
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None


def _text(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise _BadEventError(f"{event['event']} without {name}")
    return str(value)


def _user(event: dict[str, Any]) -> str | None:
    return None if event.get("user") is None else _text(event, "user")


def _time(event: dict[str, Any]) -> datetime:
    value = event.get("timestamp")
    try:
        if isinstance(value, str) and not value.strip().lstrip("-").isdigit():
            at = datetime.fromisoformat(value)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return datetime.fromtimestamp(int(value) / 1000, UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        raise _BadEventError(f"{event['event']} whose timestamp can not be read") from None


def _items(event: dict[str, Any]) -> tuple[str, ...]:
    given = event.get("items")
    if not isinstance(given, list) or not given:
        raise _BadEventError("ranking without items")
    ids = [one.get("id") if isinstance(one, dict) else None for one in given]
    if any(isinstance(i, bool) or not isinstance(i, str | int) for i in ids):
        raise _BadEventError("ranking with an item without id")
    return tuple(str(i) for i in dict.fromkeys(ids))


def _fields(event: dict[str, Any]) -> Fields:
    given = event.get("fields") or []
    if not isinstance(given, list) or not all(isinstance(f, dict) and "name" in f for f in given):
        raise _BadEventError(f"{event['event']} whose fields are no list of name and value")
    return {str(f["name"]): f.get("value") for f in given}
