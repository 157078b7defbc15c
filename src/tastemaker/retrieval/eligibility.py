"""Hard filters: who may be shown for a brief at all. Exact, and before any similarity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from tastemaker.errors import BriefError
from tastemaker.retrieval.facts import Facts, brand_key, moment
from tastemaker.retrieval.selection import Ids, Mask
from tastemaker.schema import SAFETY_LEVELS, Brief, FilterCount

if TYPE_CHECKING:
    from tastemaker.features import FeatureSnapshot

Filter = Callable[[Facts, Brief, datetime], Mask | None]
"""(facts, brief, decision time) -> bool (n,), the accounts that pass; None where the brief does not ask.

A comparison with NaN is false: of whom the fact is unknown does not pass. Filters that bar for what was found
(work for competitors, words above the safety floor, a first free day) let pass of whom nothing was.
"""


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

    def check(self, brief: Brief, at: datetime) -> Eligible:
        """Applies every filter of :data:`FILTERS` that the brief asks for; windows count back from ``at``
        (with zone).

        Raises BriefError where a fee is limited in a currency whose rate is unknown.
        """
        mask = np.ones(len(self.facts.creator), dtype=np.bool_)
        counts = []
        for name, passes in FILTERS.items():
            passing = passes(self.facts, brief, at)
            if passing is not None:
                mask &= passing
                counts.append(FilterCount(name=name, left=self.facts.count(mask)))
        lead = self.facts.leads(mask)
        return Eligible(lead, tuple(counts), int(np.count_nonzero(lead)))

    def unjudged(self, brief: Brief, rows: Ids) -> Mask:
        """(len(rows),) whether a category of the brief's ``safety_floor`` is unknown of the creator of each row."""
        creators = self.facts.creator[rows]
        unknown = np.zeros(len(creators), dtype=np.bool_)
        for category in brief.safety_floor:
            unknown |= self.facts.safety[category][creators] < 0
        return unknown


def _platforms(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    return facts.platform.any_of(brief.filters.platforms) if brief.filters.platforms else None


def _countries(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    return facts.country.any_of(brief.filters.countries) if brief.filters.countries else None


def _languages(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    return facts.languages.any_of(brief.filters.languages) if brief.filters.languages else None


def _followers(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    low, high = brief.filters.followers.min, brief.filters.followers.max
    if low is None and high is None:
        return None
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    return (facts.followers >= low) & (facts.followers <= high)


def _max_fee(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    most = brief.filters.max_fee
    if most is None:
        return None
    if most.currency not in facts.fx:
        raise BriefError(
            f"filters.max_fee: no exchange rate for currency {most.currency!r}; "
            f"known: {', '.join(sorted(facts.fx))}"
        )
    return facts.fee <= most.amount * facts.fx[most.currency]


def _engagement_rate(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    least = brief.filters.min_engagement_rate
    return None if least is None else facts.engagement_rate >= least


def _authenticity(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    least = brief.filters.min_authenticity
    return None if least is None else facts.authenticity >= least


def _audience(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    if not brief.filters.audience:
        return None
    mask = np.ones(len(facts.creator), dtype=np.bool_)
    for threshold in brief.filters.audience:
        column = facts.audience_column[threshold.facet, threshold.key]
        # Shares are float32: compared as such, or a share of exactly 0.7 would miss a threshold of 0.7.
        mask &= facts.audience[:, column] >= np.float32(threshold.min_share)
    return mask


def _exclude_creators(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    if not brief.filters.exclude_creators:
        return None
    numbers = [facts.numbers[c] for c in brief.filters.exclude_creators if c in facts.numbers]
    return facts.without(np.array(numbers, dtype=np.int64))


def _competitors(facts: Facts, brief: Brief, at: datetime) -> Mask | None:
    """No known work for a competitor since the window opened; work of unknown date counts as inside it."""
    days = brief.filters.competitor_window_days
    if days is None or not brief.brand.competitors:
        return None
    since = moment(at - timedelta(days=days))
    barred: list[Ids] = [np.empty(0, dtype=np.int64)]
    for name in brief.brand.competitors:
        if (work := facts.work.get(brand_key(name))) is not None:
            creators, last = work
            barred.append(creators[~(last < since)])
    return facts.without(np.concatenate(barred))


def _safety_floor(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    """No account above the level accepted: it is the person who speaks. What could not be read bars nobody."""
    if not brief.safety_floor:
        return None
    over = np.zeros(facts.creators, dtype=np.bool_)
    for category, accepted in brief.safety_floor.items():
        over |= facts.safety[category] > SAFETY_LEVELS.index(accepted)
    return ~over[facts.creator]


def _active(facts: Facts, brief: Brief, at: datetime) -> Mask | None:
    days = brief.filters.active_within_days
    return None if days is None else facts.last_post_at >= moment(at - timedelta(days=days))


def _available(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    """Free by the brief's first day. A creator who states no date is not restricted."""
    if brief.starts_at is None:
        return None
    return ~(facts.available_from > moment(brief.starts_at))


def _compensation(facts: Facts, brief: Brief, _: datetime) -> Mask | None:
    return facts.open_to.any_of(brief.filters.compensation) if brief.filters.compensation else None


FILTERS: Mapping[str, Filter] = {
    "platforms": _platforms,
    "countries": _countries,
    "languages": _languages,
    "followers": _followers,
    "max_fee": _max_fee,
    "min_engagement_rate": _engagement_rate,
    "min_authenticity": _authenticity,
    "audience": _audience,
    "exclude_creators": _exclude_creators,
    "competitor_window_days": _competitors,
    "safety_floor": _safety_floor,
    "active_within_days": _active,
    "available": _available,
    "compensation": _compensation,
}
"""Every hard filter under the name that the funnel shows, in order. A new one is a function and a line
here."""
