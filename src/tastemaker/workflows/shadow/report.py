"""What a shadow run tells: how alike the lists are, and where what was acted on would have stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tastemaker.evaluation import Estimate

BIASED = (
    "positions of what was acted on are no estimate of a gain: people act on what they were shown, and most on what"
    " stood on top, so a list that differs is judged by the other list's choices"
)


@dataclass(frozen=True)
class Acted:
    """One kind of action. Positions count from 1 among the creators of a request whom the bundle knows.

    ``above``, ``same``, ``below``: actions whose creator would have stood higher, as high, or lower, had the bundle
    ordered the same list; ``found``: share (0..1) whose creator is among the first k of the bundle's own answer.
    """

    kind: str
    actions: int
    above: int
    same: int
    below: int
    logged_position: Estimate
    our_position: Estimate
    found: Estimate

    def to_json(self) -> dict[str, Any]:
        means = ("logged_position", "our_position", "found")
        return asdict(self) | {name: getattr(self, name).to_json() for name in means}


@dataclass(frozen=True)
class ShadowReport:
    """``answers``: measure -> mean over requests of the bundle's own answer against the list shown; ``orders``: of the
    list shown, ordered by the bundle, against its order then. Intervals are 95 % bootstraps over requests."""

    bundle: str
    log: str
    k: int
    logged: int
    replayed: int
    refused: Mapping[str, int]
    unreadable: Mapping[str, int]
    stray: Mapping[str, int]
    answers: Mapping[str, Estimate]
    orders: Mapping[str, Estimate]
    acted: tuple[Acted, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        whole = {name: getattr(self, name) for name in ("bundle", "log", "k", "logged", "replayed", "notes")}
        counts = {name: dict(getattr(self, name)) for name in ("refused", "unreadable", "stray")}
        means = {
            part: {name: e.to_json() for name, e in getattr(self, part).items()}
            for part in ("answers", "orders")
        }
        return whole | counts | means | {"acted": [a.to_json() for a in self.acted]}
