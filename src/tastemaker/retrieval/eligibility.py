"""Hard filters: who may be shown for a brief at all. Exact, and before any similarity."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tastemaker.errors import BriefError
from tastemaker.retrieval.bits import Banded, Categorical, Words
from tastemaker.retrieval.facts import Facts, brand_key, microseconds, moment
from tastemaker.retrieval.selection import Ids, Mask
from tastemaker.schema import SAFETY_LEVELS, Brief, FilterCount

if TYPE_CHECKING:
    from tastemaker.features import FeatureSnapshot

Asked = Any
"""What a brief asks of one filter: hashable, and all that the filter may look at."""


@dataclass(frozen=True)
class Filter:
    """asked: (brief, decision time) -> what is asked, or None where the brief does not ask;
    passes: (facts, what is asked) -> the rows that pass, a bit each.

    A comparison with NaN is false: of whom the fact is unknown does not pass. Filters that bar for what was found
    (work for competitors, words above the safety floor, a first free day) let pass of whom nothing was.
    """

    asked: Callable[[Brief, datetime], Asked | None]
    passes: Callable[[Facts, Asked], Words]


@dataclass(frozen=True)
class CreatorList:
    """Ids of creators, known by their digest: as a key it costs 64 letters, not 50,000 ids."""

    digest: str
    ids: tuple[str, ...] = field(compare=False, repr=False)

    @classmethod
    def of(cls, ids: tuple[str, ...]) -> Self:
        """The list of these ids, in this order."""
        text = "\0".join(ids)
        if text.count("\0") >= len(ids):  # an id holds the separator
            text = repr(ids)
        return cls(hashlib.blake2b(text.encode(), digest_size=32).hexdigest(), ids)


@dataclass(frozen=True)
class Eligible:
    """Who passed. ``mask``: bool, one per row of the snapshot's table, true for the one lead account of each
    creator who passes; ``filters``: creators left after each filter the brief asks for, in order;
    ``creators``: how many passed."""

    mask: Mask
    filters: tuple[FilterCount, ...]
    creators: int


class Eligibility:
    """Checks briefs against one snapshot: arrays are made here, a brief is then a few passes over them."""

    def __init__(self, snapshot: FeatureSnapshot) -> None:
        self.facts = Facts(snapshot)

    @property
    def creators(self) -> int:
        """All creators of the snapshot."""
        return self.facts.creators

    def asked(self, brief: Brief, at: datetime) -> tuple[tuple[str, Asked], ...]:
        """What the brief asks of which filter, in order: briefs that ask the same have the same eligible creators."""
        wanted = ((name, one.asked(brief, at)) for name, one in FILTERS.items())
        return tuple((name, value) for name, value in wanted if value is not None)

    def check(self, brief: Brief, at: datetime) -> Eligible:
        """Applies every filter of :data:`FILTERS` that the brief asks for; windows count back from ``at``
        (with zone).

        Raises BriefError where a fee is limited in a currency whose rate is unknown.
        """
        return self.apply(self.asked(brief, at))

    def apply(self, asked: tuple[tuple[str, Asked], ...]) -> Eligible:
        """Who passes what :meth:`asked` told. Raises BriefError as :meth:`check` does."""
        words = self.facts.everyone
        counts = []
        for name, wanted in asked:
            words = words & FILTERS[name].passes(self.facts, wanted)
            counts.append(FilterCount(name=name, left=self.facts.count(words)))
        creators = counts[-1].left if counts else self.facts.creators
        return Eligible(self.facts.leads(words), tuple(counts), creators)

    def unjudged(self, brief: Brief, rows: Ids) -> Mask:
        """(len(rows),) whether a category of the brief's ``safety_floor`` is unknown of the creator of each row."""
        creators = self.facts.creator[rows]
        unknown = np.zeros(len(creators), dtype=np.bool_)
        for category in brief.safety_floor:
            unknown |= self.facts.safety[category][creators] < 0
        return unknown


def _one_of(field: Callable[[Brief], tuple[str, ...]], column: Callable[[Facts], Categorical]) -> Filter:
    """The brief names values of a column; a row passes that holds one of them."""
    return Filter(
        lambda brief, _: tuple(sorted(set(field(brief)))) or None,
        lambda facts, wanted: column(facts).any_of(wanted),
    )


def _at_least(field: Callable[[Brief], float | None], column: Callable[[Facts], Banded]) -> Filter:
    """The brief names the least value of a column."""
    return Filter(lambda brief, _: field(brief), lambda facts, least: column(facts).between(least, np.inf))


def _followers(brief: Brief, _: datetime) -> tuple[float, float] | None:
    low, high = brief.filters.followers.min, brief.filters.followers.max
    if low is None and high is None:
        return None
    return -np.inf if low is None else low, np.inf if high is None else high


def _max_fee(brief: Brief, _: datetime) -> tuple[float, str] | None:
    most = brief.filters.max_fee
    return None if most is None else (most.amount, most.currency)


def _below_fee(facts: Facts, most: tuple[float, str]) -> Words:
    amount, currency = most
    if currency not in facts.fx:
        raise BriefError(
            f"filters.max_fee: no exchange rate for currency {currency!r}; known: {', '.join(sorted(facts.fx))}"
        )
    return facts.fee.between(-np.inf, amount * facts.fx[currency])


def _audience(brief: Brief, _: datetime) -> tuple[tuple[str, str, float], ...] | None:
    return tuple((t.facet, t.key, t.min_share) for t in brief.filters.audience) or None


def _of_audience(facts: Facts, thresholds: tuple[tuple[str, str, float], ...]) -> Words:
    words = facts.everyone
    for facet, key, least in thresholds:
        # Shares are float32: compared as such, or a share of exactly 0.7 would miss a threshold of 0.7.
        words = words & facts.audience(facet, key).between(float(np.float32(least)), np.inf)
    return words


def _competitors(brief: Brief, at: datetime) -> tuple[tuple[str, ...], np.datetime64] | None:
    days = brief.filters.competitor_window_days
    if days is None or not brief.brand.competitors:
        return None
    return tuple(sorted({brand_key(name) for name in brief.brand.competitors})), moment(
        at - timedelta(days=days)
    )


def _without_work(facts: Facts, asked: tuple[tuple[str, ...], np.datetime64]) -> Words:
    """No known work for a competitor since the window opened; work of unknown date counts as inside it."""
    keys, since = asked
    barred: list[Ids] = [np.empty(0, dtype=np.int64)]
    for key in keys:
        if (work := facts.work.get(key)) is not None:
            creators, last = work
            barred.append(creators[~(last < since)])
    return facts.without(np.unique(np.concatenate(barred)))


def _within_floor(facts: Facts, floor: tuple[tuple[str, str], ...]) -> Words:
    """No account above the level accepted: it is the person who speaks. What could not be read bars nobody."""
    over, levels = np.zeros(facts.creators, dtype=np.bool_), [str(level) for level in SAFETY_LEVELS]
    for category, accepted in floor:
        over |= facts.safety[category] > levels.index(accepted)
    return facts.without(np.flatnonzero(over))


def _posted_since(brief: Brief, at: datetime) -> float | None:
    days = brief.filters.active_within_days
    return None if days is None else microseconds(moment(at - timedelta(days=days)))


def _starts_at(brief: Brief, _: datetime) -> float | None:
    return None if brief.starts_at is None else microseconds(moment(brief.starts_at))


def _free(facts: Facts, first: float) -> Words:
    """Free by the brief's first day. A creator who states no date is not restricted."""
    return facts.everyone & ~facts.available_from.between(np.nextafter(first, np.inf), np.inf)


FILTERS: Mapping[str, Filter] = {
    "platforms": _one_of(lambda brief: brief.filters.platforms, lambda facts: facts.platform),
    "countries": _one_of(lambda brief: brief.filters.countries, lambda facts: facts.country),
    "languages": _one_of(lambda brief: brief.filters.languages, lambda facts: facts.languages),
    "followers": Filter(_followers, lambda facts, asked: facts.followers.between(*asked)),
    "max_fee": Filter(_max_fee, _below_fee),
    "min_engagement_rate": _at_least(
        lambda brief: brief.filters.min_engagement_rate, lambda facts: facts.engagement_rate
    ),
    "min_authenticity": _at_least(
        lambda brief: brief.filters.min_authenticity, lambda facts: facts.authenticity
    ),
    "audience": Filter(_audience, _of_audience),
    "exclude_creators": Filter(
        lambda brief, _: (
            CreatorList.of(brief.filters.exclude_creators) if brief.filters.exclude_creators else None
        ),
        lambda facts, barred: facts.without_list(barred.digest, barred.ids),
    ),
    "competitor_window_days": Filter(_competitors, _without_work),
    "safety_floor": Filter(lambda brief, _: tuple(sorted(brief.safety_floor.items())) or None, _within_floor),
    "active_within_days": Filter(
        _posted_since, lambda facts, since: facts.last_post_at.between(since, np.inf)
    ),
    "available": Filter(_starts_at, _free),
    "compensation": _one_of(lambda brief: brief.filters.compensation, lambda facts: facts.open_to),
}
"""Every hard filter under the name that the funnel shows, in order. A new one is a line here: what it asks of the
brief, and which rows pass that."""
