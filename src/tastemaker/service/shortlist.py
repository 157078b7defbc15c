"""A decision as the shortlist page shows it: texts, and positions of the marks in its small charts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tastemaker.explanation import reason
from tastemaker.schema import Candidate, Contribution, Interval, Recommendation
from tastemaker.service.figures import DASH, compact, dollars, exact, plain, signed

Writer = Callable[[float], str]

# The names of the hard filters, as the form calls them.
FILTERS = {
    "platforms": "Platforms",
    "countries": "Creator’s country",
    "languages": "Languages",
    "followers": "Followers",
    "max_fee": "Highest fee",
    "min_engagement_rate": "Engagement rate",
    "min_authenticity": "Authenticity",
    "audience": "Audience share",
    "exclude_creators": "Left out by name",
    "competitor_window_days": "Work for competitors",
    "safety_floor": "Brand safety",
    "active_within_days": "Recent posts",
    "available": "Availability",
    "compensation": "Payment accepted",
}


@dataclass(frozen=True)
class Spread:
    """A median with its interval as texts; ``start``, ``middle`` and ``end`` place them on a scale from 0 to 100."""

    low: str
    median: str
    high: str
    start: float
    middle: float
    end: float


@dataclass(frozen=True)
class Effect:
    """A feature that mattered; ``width`` 0..50 is the length of its bar to the left or to the right of the middle."""

    name: str
    value: str
    effect: str
    lifts: bool
    width: float


@dataclass(frozen=True)
class Line:
    """One creator of the shortlist."""

    candidate: Candidate
    value: str
    reason: str
    forecast: Spread | None
    fee: Spread | None
    effects: tuple[Effect, ...]


@dataclass(frozen=True)
class Step:
    """A stage of the funnel; ``width`` 0..100 is the share of all creators that is left."""

    name: str
    meaning: str
    count: int
    width: float


@dataclass(frozen=True)
class Sieve:
    """A filter: how many creators it left, and how many it removed of those who were left before it."""

    name: str
    left: int
    removed: int


def lines(decision: Recommendation) -> list[Line]:
    shown = decision.shortlist
    most_kpi = max((c.forecast.high for c in shown if c.forecast), default=0.0)
    most_fee = max((c.fee.high for c in shown if c.fee), default=0.0)
    most_effect = max((abs(f.contribution) for c in shown for f in c.features), default=0.0)
    return [
        Line(
            candidate=c,
            value=exact(c.score * 1000 if in_dollars(decision) else c.score),
            reason=reason(c, decision.kpi),
            forecast=_spread(c.forecast, most_kpi, compact),
            fee=_spread(c.fee, most_fee, dollars),
            effects=tuple(_effect(f, most_effect) for f in c.features),
        )
        for c in shown
    ]


def in_dollars(decision: Recommendation) -> bool:
    """Whether the score is the value per dollar; a ranker without forecasts can only say who is nearer."""
    return all(c.forecast is not None and c.fee is not None for c in decision.shortlist)


def steps(decision: Recommendation) -> list[Step]:
    f = decision.funnel
    named = (
        ("Creators", "in the catalogue", f.creators),
        ("Eligible", "pass every filter", f.eligible),
        ("Retrieved", "nearest to the brief", f.retrieved),
        ("Ranked", "on this shortlist", f.ranked),
    )
    return [Step(name, meaning, count, 100 * count / max(f.creators, 1)) for name, meaning, count in named]


def sieves(decision: Recommendation) -> list[Sieve]:
    before = decision.funnel.creators
    found = []
    for item in decision.funnel.filters:
        found.append(Sieve(FILTERS.get(item.name, plain(item.name)), item.left, max(before - item.left, 0)))
        before = item.left
    return found


def strictest(decision: Recommendation) -> Sieve | None:
    """The filter that removed most creators, if any removed one."""
    found = max(sieves(decision), key=lambda s: s.removed, default=None)
    return found if found and found.removed else None


def _spread(interval: Interval | None, most: float, write: Writer) -> Spread | None:
    if interval is None:
        return None
    low, median, high = interval.low, interval.median, interval.high
    start, middle, end = (_place(value, most) for value in (low, median, high))
    return Spread(write(low), write(median), write(high), start, middle, end)


def _place(value: float, most: float) -> float:
    return round(100 * min(max(value, 0.0) / most, 1.0), 2) if most > 0 else 0.0


def _effect(item: Contribution, most: float) -> Effect:
    value = DASH if item.value is None else item.value if isinstance(item.value, str) else f"{item.value:.3g}"
    width = 50 * abs(item.contribution) / most if most > 0 else 0.0
    return Effect(
        plain(item.feature), value, signed(item.contribution), item.contribution >= 0, round(width, 2)
    )
