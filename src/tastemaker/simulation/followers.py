"""Who follows whom, person by person: the truth about shared audiences, made on demand.

No table and no file of a world holds it, so a world's bytes do not depend on it. See ``docs/simulation.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tastemaker import config
from tastemaker.schema import FACET_SLICES, NICHES, TABLES
from tastemaker.simulation.audiences import draw_audiences
from tastemaker.simulation.clock import NOW, NOW_DAY, Floats, Ints, streams
from tastemaker.simulation.creators import THEMES, Accounts, Creators, draw_accounts, draw_creators
from tastemaker.simulation.growth import grow
from tastemaker.simulation.lexicon import THINGS

PEOPLE = 250_000
"""Simulated followers."""

EACH = 60
"""People that one of them stands for: 15 million follow somebody of this world."""

_STREAM = 20_000
"""Key of this part's random stream: behind those of the world's other parts, so that these stay as they are."""

_FACETS = ("country", "language", "interest", "age_gender")
_TASTE = 0.5
_ATTENTION = 0.5


@dataclass(frozen=True)
class People:
    """A row per simulated follower: a key in each facet, a favourite concept of the interest, an activity of mean 1."""

    keys: dict[str, Ints]
    concept: Ints
    activity: Floats


class Followers:
    """The followers of every account of a world, as they are at its end.

    A person j follows account a with a chance proportional to activity_j x product over facets of (a's true share of
    the person's key / the population's share) x a taste for a's concepts; the sum of the chances is a's count of
    authentic followers. So audiences are shared by niche, country, language, age and size, by what creators of a niche
    speak of, and by the few who follow many. Bought followers are nobody.
    """

    def __init__(self, settings: config.Simulation, people: int = PEOPLE) -> None:
        rng = streams(settings.seed)
        self._creators = draw_creators(settings.creators, rng["creators"])
        self._accounts = draw_accounts(self._creators, rng["creators"])
        growth = grow(self._accounts, rng["growth"])
        self._shares = draw_audiences(self._creators, self._accounts, rng["audiences"]).authentic.astype(
            float
        )
        _, self._authentic = growth.at(NOW_DAY)
        self._each = EACH * PEOPLE / people
        self._seed = settings.seed
        self._average = (self._authentic @ self._shares) / self._authentic.sum()
        self._people = _draw_people(self._average, people, self._stream(0))
        self._row = {name: row for row, name in enumerate(self._accounts.ids)}
        self._kept: dict[int, Ints] = {}

    @property
    def account_ids(self) -> list[str]:
        return list(self._accounts.ids)

    def authentic(self, account_id: str) -> float:
        """Authentic followers at the world's end."""
        return float(self._authentic[self._row[account_id]])

    def of(self, account_id: str) -> Ints:
        """The simulated followers of an account, ascending."""
        row = self._row[account_id]
        if row not in self._kept:
            self._kept[row] = self._draw(row)
        return self._kept[row]

    def shared(self, account_id: str, other_id: str) -> float:
        """People who follow both."""
        both = np.intersect1d(self.of(account_id), self.of(other_id), assume_unique=True)
        return len(both) * self._each

    def unique_reach(
        self, account_ids: Sequence[str], reach: Sequence[float], p_accept: Sequence[float] | None = None
    ) -> float:
        """People whom posts of these accounts reach at least once, expected, where each reaches ``reach`` people, with
        the chance ``p_accept`` (default 1) or not at all.

        A follower is reached with a chance that rises with the root of activity; different accounts reach the same
        person independently. What goes beyond the followers reaches people whom nobody else does.
        """
        missed, beyond = np.ones(len(self._people.activity)), 0.0
        for name, wanted, there in zip(account_ids, reach, p_accept or [1.0] * len(reach), strict=True):
            chance, left = _spread(self._people.activity[self.of(name)] ** _ATTENTION, wanted / self._each)
            missed[self.of(name)] *= 1.0 - there * chance
            beyond += there * left
        return float(((1.0 - missed).sum() + beyond) * self._each)

    def reports(self, sets: Sequence[Sequence[str]]) -> pa.Table:
        """Overlap reports of sets of accounts in the canonical table ``overlaps``, as a platform would give them."""
        unique = [len(np.unique(np.concatenate([self.of(a) for a in ids]))) for ids in sets]
        total = [sum(len(self.of(a)) for a in ids) for ids in sets]
        columns = {
            "overlap_id": [f"ov{i:06d}" for i in range(len(sets))],
            "account_ids": [list(ids) for ids in sets],
            "observed_at": [NOW] * len(sets),
            "unique_followers": [int(u * self._each) for u in unique],
            "total_followers": [int(t * self._each) for t in total],
        }
        return pa.table(columns, schema=TABLES["overlaps"].schema)

    def _draw(self, row: int) -> Ints:
        people, shares = self._people, self._shares[row]
        weight = (
            people.activity
            * _taste(self._creators, self._accounts, row)[people.keys["interest"] * THINGS + people.concept]
        )
        for facet in _FACETS:
            part = FACET_SLICES[facet]
            weight = weight * (shares[part] / np.maximum(self._average[part], 1e-9))[people.keys[facet]]
        chance, _ = _spread(weight, float(self._authentic[row]) / self._each)
        found: Ints = np.flatnonzero(self._stream(1 + row).random(len(chance)) < chance)
        return found

    def _stream(self, part: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence([self._seed, _STREAM, part]))


def _draw_people(average: Floats, count: int, rng: np.random.Generator) -> People:
    """Keys by the mean audience of all follows, facet by facet; activity is exponential: a fifth does half of it."""
    keys = {}
    for facet in _FACETS:
        part = average[FACET_SLICES[facet]]
        keys[facet] = rng.choice(len(part), count, p=part / part.sum()).astype(np.int64)
    return People(keys, rng.integers(0, THINGS, count), rng.standard_exponential(count))


def _taste(people: Creators, accounts: Accounts, row: int) -> Floats:
    """((niches + 1) * THINGS,) liking of an account by a person's interest and favourite concept, 1 on average."""
    creator = int(accounts.creator[row])
    liking = np.ones((len(NICHES) + 1, THINGS))
    for k in range(THEMES):
        theme = int(people.themes[creator, k])
        if theme >= 0:
            liking[theme] = 1 - _TASTE + _TASTE * THINGS * people.palette[creator, k]
    flat: Floats = liking.ravel()
    return flat


def _spread(weight: Floats, total: float) -> tuple[Floats, float]:
    """(chances proportional to ``weight``, at most 1, that sum to ``total``; what of it is left where all are 1)."""
    if total >= len(weight):
        return np.ones(len(weight)), total - len(weight)
    factor = total / max(float(weight.sum()), 1e-12)
    for _ in range(12):
        chance = np.minimum(factor * weight, 1.0)
        reached = float(chance.sum())
        if reached >= total * (1 - 1e-6):
            break
        full = chance >= 1.0
        factor *= (total - full.sum()) / max(reached - float(full.sum()), 1e-12)
    return chance, 0.0
