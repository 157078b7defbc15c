"""The world as a decision finds it: static facts in arrays, and what happened before the decision."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tastemaker.simulation.audiences import Audiences
from tastemaker.simulation.clock import Flags, Floats, Ints
from tastemaker.simulation.creators import Accounts, Creators, affinity
from tastemaker.simulation.growth import Growth
from tastemaker.simulation.market import Brands

FATIGUE_DAYS = 45.0


@dataclass
class Works:
    """Sponsored work so far: creator, account, brand (-1: outside the tables) and the day of its post."""

    creator: list[int] = field(default_factory=list)
    account: list[int] = field(default_factory=list)
    brand: list[int] = field(default_factory=list)
    day: list[float] = field(default_factory=list)

    def add(self, creator: int, account: int, brand: int, day: float) -> None:
        self.creator.append(creator)
        self.account.append(account)
        self.brand.append(brand)
        self.day.append(day)

    def arrays(self) -> tuple[Ints, Ints, Floats]:
        return (
            np.array(self.creator, dtype=np.int64),
            np.array(self.brand, dtype=np.int64),
            np.array(self.day),
        )


@dataclass(frozen=True)
class World:
    """Everything that campaigns meet. ``posted``: organic post days, sorted per account (see :meth:`last_post`)."""

    people: Creators
    accounts: Accounts
    growth: Growth
    audiences: Audiences
    brands: Brands
    post_account: Ints
    post_day: Floats
    works: Works
    near: Floats = field(default_factory=affinity)

    def last_post(self, day: float) -> Floats:
        """The last day on which each account had posted (-inf: never)."""
        last = np.full(len(self.accounts), -np.inf)
        before = self.post_day <= day
        np.maximum.at(last, self.post_account[before], self.post_day[before])
        paid, when = np.array(self.works.account, dtype=np.int64), np.array(self.works.day)
        np.maximum.at(last, paid[when <= day], when[when <= day])
        return last

    def fatigue(self, day: float) -> Floats:
        """Sponsor fatigue per creator, 0..1: 1 - exp(-0.6 x sum of exp(-age / 45 days) over past paid posts)."""
        creator, _, when = self.works.arrays()
        age = day - when
        weight = np.where(age >= 0, np.exp(-np.maximum(age, 0.0) / FATIGUE_DAYS), 0.0)
        felt: Floats = 1 - np.exp(-0.6 * np.bincount(creator, weight, minlength=len(self.people)))
        return felt

    def worked_for(self, brands: Ints, since: float, until: float) -> Flags:
        """Creators whose paid work for one of ``brands`` was posted within [since, until]."""
        creator, brand, when = self.works.arrays()
        seen = np.zeros(len(self.people), dtype=bool)
        seen[creator[np.isin(brand, brands) & (when >= since) & (when <= until)]] = True
        return seen
