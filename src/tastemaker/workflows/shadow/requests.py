"""Requests as they were answered: from our own decision log, or from Metarank's events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tastemaker.errors import BriefError
from tastemaker.schema import Brief, Recommendation
from tastemaker.sources.events import EventLog, asked_brief
from tastemaker.workflows.shadow.identities import Identities

NO_CREATOR = "none of its items is a creator of this bundle"


@dataclass(frozen=True)
class Request:
    """``shown``: creators in their order, None for one whom the bundle does not have; ``acted``: (kind of action,
    creator) of what was done on the list."""

    id: str
    at: datetime
    brief: Brief
    shown: tuple[str | None, ...]
    acted: tuple[tuple[str, str], ...] = ()

    @property
    def known(self) -> list[str]:
        return [creator for creator in self.shown if creator is not None]


@dataclass
class Requests:
    """``cut``: only the latest were read; ``refused``: why requests could not be replayed -> how many; ``stray``: why
    interactions were left out; ``unreadable``: why events could not be read."""

    listed: list[Request] = field(default_factory=list)
    logged: int = 0
    cut: bool = False
    refused: Counter[str] = field(default_factory=Counter)
    stray: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)

    def add(self, request: Request) -> None:
        """Takes a request in, unless it has nobody whom the bundle knows."""
        if request.known:
            self.listed.append(request)
        else:
            self.refused[NO_CREATOR] += 1


def from_decisions(decisions: Iterable[Recommendation], identities: Identities) -> Requests:
    """Our own log: what was shown, and no more, for it holds no actions."""
    found = Requests()
    for decision in decisions:
        found.logged += 1
        shown = tuple(identities.creator(line.creator_id) for line in decision.shortlist)
        found.add(Request(decision.decision_id, decision.made_at, decision.brief, shown))
    return found


def from_events(log: EventLog, identities: Identities, objective: str | None = None) -> Requests:
    """Metarank's log. An item is a creator by its id, or by what its item event tells (creator_id, account_id, or
    platform and handle). ``objective``: of requests that name none."""
    creators = {item: _meant(item, log.items.get(item, {}), identities) for item in _named(log)}
    found = Requests(logged=len(log.rankings), unreadable=log.rejected)
    acted = _acted(log, creators, found.stray)
    for ranking in log.rankings:
        try:
            brief = asked_brief(ranking, log.users.get(ranking.user or "", {}), objective)
        except BriefError as error:
            found.refused[_without_values(str(error))] += 1
            continue
        shown = _once(creators[item] for item in ranking.items)
        found.add(Request(ranking.id, ranking.at, brief, shown, tuple(acted.get(ranking.id, ()))))
    return found


def _once(creators: Iterable[str | None]) -> tuple[str | None, ...]:
    """Two items may be accounts of one creator, who then counts where the first of them stood."""
    seen: set[str] = set()
    kept: list[str | None] = []
    for creator in creators:
        if creator not in seen:
            kept.append(creator)
        if creator is not None:
            seen.add(creator)
    return tuple(kept)


def _named(log: EventLog) -> set[str]:
    return {i for r in log.rankings for i in r.items} | {i.item for i in log.interactions}


def _meant(item: str, fields: Mapping[str, Any], identities: Identities) -> str | None:
    """The creator behind an item; None where the bundle has none such."""
    told = [item, fields.get("creator_id"), fields.get("account_id")]
    if fields.get("platform") and fields.get("handle"):
        told.append(f"{fields['platform']}:{fields['handle']}")
    for name in told:
        if isinstance(name, str) and (creator := identities.creator(name)) is not None:
            return creator
    return None


def _acted(
    log: EventLog, creators: Mapping[str, str | None], stray: Counter[str]
) -> dict[str, list[tuple[str, str]]]:
    """Ranking -> what was done with its items, each kind once a creator."""
    shown = {ranking.id: set(ranking.items) for ranking in log.rankings}
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for action in log.interactions:
        creator = creators[action.item]
        if action.ranking is None:
            stray["outside any ranking"] += 1
        elif action.ranking not in shown:
            stray["of a ranking that is not in the log"] += 1
        elif action.item not in shown[action.ranking]:
            stray["with an item that its ranking did not show"] += 1
        elif creator is None:
            stray["with a creator whom this bundle does not have"] += 1
        else:
            found[action.ranking][action.type, creator] = None
    return {ranking: list(actions) for ranking, actions in found.items()}


def _without_values(message: str) -> str:
    """One reason for all requests that lack the same, whatever they hold."""
    return message.split(" (got ")[0]
