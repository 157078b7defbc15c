"""A group of a card at first sight: what a marketer needs, and in one line each what is left out of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tastemaker.schema import SAFETY_LEVELS, Reason, Signal, SignalGroup

MOST_REASONS = 3

REPORTED = {"reach": "reach", "impressions": "impressions", "views": "views"}
"""Basis of a rate of engagement that the creator's own insights tell, or the platform -> what it is called."""


@dataclass(frozen=True)
class FirstSight:
    """``signals`` and ``reasons`` are shown, ``lines`` stand for several signals, ``more_...`` is folded."""

    signals: tuple[Signal, ...]
    reasons: tuple[Reason, ...]
    lines: tuple[str, ...]
    more_signals: tuple[Signal, ...]
    more_reasons: tuple[Reason, ...]

    @property
    def more(self) -> str | None:
        """How much is folded: ``"9 more reasons and 41 more signals"``; None where nothing is."""
        counts = ((len(self.more_reasons), "reason"), (len(self.more_signals), "signal"))
        said = [f"{n} more {what}{'' if n == 1 else 's'}" for n, what in counts if n]
        return " and ".join(said) or None


def at_first_sight(group: SignalGroup) -> FirstSight:
    """Folds the details, rates on a basis that nobody reported, and levels of brand safety that are none.

    Nothing is lost: every signal and reason is either shown or folded. A signal with posts behind it is always shown.
    """
    missing = [basis for basis in REPORTED if _unreported(group.signals, basis)]
    clean = [s for s in group.signals if _clean(s)]
    gone = {s.name for s in clean} | {s.name for basis in missing for s in _of(group.signals, basis)}
    folded = {s.name for s in group.signals if (s.detail or s.name in gone) and not s.evidence}
    return FirstSight(
        signals=tuple(s for s in group.signals if s.name not in folded),
        reasons=group.reasons[:MOST_REASONS],
        lines=(*_missing(missing), *_nothing(clean)),
        more_signals=tuple(s for s in group.signals if s.name in folded),
        more_reasons=group.reasons[MOST_REASONS:],
    )


def _of(signals: Iterable[Signal], basis: str) -> list[Signal]:
    return [s for s in signals if s.name.startswith(f"engagement_by_{basis}")]


def _unreported(signals: Iterable[Signal], basis: str) -> bool:
    """The rate is unknown, and all that goes with it; the number of posts behind it is then 0."""
    rates = _of(signals, basis)
    return bool(rates) and not any(s.value for s in rates)


def _missing(bases: list[str]) -> list[str]:
    if not bases:
        return []
    named = ", ".join(REPORTED[basis] for basis in bases)
    return [
        f"Not reported: {named}. The creator's post insights have them; the table post_snapshots takes them."
    ]


def _clean(signal: Signal) -> bool:
    return signal.unit == "level" and signal.text == SAFETY_LEVELS[0] and not signal.evidence


def _nothing(clean: list[Signal]) -> list[str]:
    return [f"Nothing found: {'; '.join(s.label for s in clean)}."] if clean else []
