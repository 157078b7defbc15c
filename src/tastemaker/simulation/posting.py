"""What creators post on their own, and how those posts do; campaign posts join them in :func:`all_posts`."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tastemaker.schema.tables import POST_KINDS
from tastemaker.simulation.clock import NOW_DAY, Flags, Floats, Ints
from tastemaker.simulation.creators import Accounts, Creators
from tastemaker.simulation.growth import Growth
from tastemaker.simulation.history import Commissioned
from tastemaker.simulation.lexicon import THINGS
from tastemaker.simulation.market import Brands

POSTS_PER_CREATOR = 11.5
OUTSIDE_BRANDS = 240
"""Sponsors that are no brand of the tables: every creator has a life beside our campaigns."""

_SHARES = np.array([[0.90, 0.03, 0.03, 0.04], [0.87, 0.02, 0.07, 0.04], [0.93, 0.06, 0.01, 0.0]])
_REACH = np.array([0.22, 0.30, 0.25])


@dataclass(frozen=True)
class Posts:
    """Posts in the order of time. ``sponsor``: -1 none, else an outside brand; ``brand``: -1 or a brand of the tables.

    ``totals`` (n, 6): final reach, impressions, likes, comments, shares, saves.
    """

    account: Ints
    day: Floats
    kind: Ints
    theme: Ints
    thing: Ints
    other: Ints
    sponsor: Ints
    brand: Ints
    disclosed: Flags
    captioned: Flags
    totals: Floats

    def __len__(self) -> int:
        return len(self.account)

    def rows(self, index: Ints | Flags) -> Posts:
        return Posts(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def plan_posts(people: Creators, accounts: Accounts, growth: Growth, rng: np.random.Generator) -> Posts:
    """Organic and outside-sponsored posts over the whole window, by each account's cadence."""
    since = np.maximum(accounts.joined, 0.0)
    weight = accounts.cadence * (NOW_DAY - since)
    n = round(POSTS_PER_CREATOR * len(people))
    account = np.sort(rng.choice(len(accounts), n, p=weight / weight.sum()))
    day = since[account] + rng.random(n) * (NOW_DAY - 0.3 - since[account])
    who, platform = accounts.creator[account], accounts.platform[account]
    rank = (rng.random(n)[:, None] > np.cumsum(people.weights[who], axis=1)[:, :-1]).sum(axis=1)
    rank = np.where(people.themes[who, rank] >= 0, rank, 0)
    sponsored = rng.random(n) < people.sponsor_rate[who]
    kind = np.where(platform == 0, rng.choice([0, 2, 1], n, p=[0.5, 0.38, 0.12]), 3)
    concepts = _concepts(people, who, rank, rng)
    plan = Posts(
        account=account,
        day=day,
        kind=kind,
        theme=people.themes[who, rank],
        thing=concepts[0],
        other=concepts[1],
        sponsor=np.where(sponsored, rng.integers(0, OUTSIDE_BRANDS, n), -1),
        brand=np.full(n, -1),
        disclosed=rng.random(n) < people.disclosing[who],
        captioned=sponsored | (rng.random(n) < np.where(kind == 1, 0.35, 0.82)),
        totals=_success(accounts, growth, account, day, platform, kind, sponsored, rng),
    )
    return plan.rows(np.lexsort((account, day)))


def all_posts(organic: Posts, ordered: list[Commissioned], brands: Brands, rng: np.random.Generator) -> Posts:
    """Organic and commissioned posts together, in the order of time; paid work speaks of the brand's niche."""
    n = len(ordered)
    if n == 0:
        return organic
    totals = np.array([post.totals for post in ordered], dtype=np.float64)
    brand = np.array([post.brand for post in ordered])
    thing = np.array([post.thing for post in ordered])
    paid = Posts(
        account=np.array([post.account for post in ordered]),
        day=np.array([post.day for post in ordered]),
        kind=np.array([POST_KINDS.index(post.kind) for post in ordered]),
        theme=brands.category[brand],
        thing=thing,
        other=(thing + rng.integers(1, THINGS, n)) % THINGS,
        sponsor=np.full(n, -1),
        brand=brand,
        disclosed=np.array([post.disclosed for post in ordered]),
        captioned=np.ones(n, dtype=bool),
        totals=totals,
    )
    joined = Posts(
        **{f.name: np.concatenate([getattr(organic, f.name), getattr(paid, f.name)]) for f in fields(Posts)}
    )
    return joined.rows(np.lexsort((joined.account, joined.day)))


def _success(
    accounts: Accounts,
    growth: Growth,
    account: Ints,
    day: Floats,
    platform: Ints,
    kind: Ints,
    sponsored: Flags,
    rng: np.random.Generator,
) -> Floats:
    """Final counts (n, 6). A pod likes and comments on organic posts, comments most; paid posts it leaves alone."""
    _, authentic = growth.of(account, day)
    luck = np.exp(rng.normal(0, 0.45, len(account)) - 0.1)
    quiet = np.where(sponsored, 0.75, 1.0) * np.where(kind == 1, 0.3, 1.0)
    real = authentic * accounts.engagement[account] * luck * quiet
    pod = (
        np.where(sponsored, 0.0, accounts.pod[account])
        * authentic
        * accounts.engagement[account]
        * rng.uniform(0.6, 1.0, len(day))
    )
    counts = rng.poisson(real[:, None] * _SHARES[platform] + pod[:, None] * np.array([0.62, 0.18, 0.0, 0.0]))
    reach = authentic * _REACH[platform] * (authentic / 1e4) ** -0.4 * np.sqrt(luck) * quiet
    reach = np.maximum(reach, counts.sum(axis=1))
    impressions = reach * rng.uniform(1.1, 1.5, len(day))
    return np.concatenate([reach[:, None], impressions[:, None], counts], axis=1)


def _concepts(people: Creators, who: Ints, rank: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Two different concepts per post from the creator's palette of the theme."""
    edges = np.cumsum(people.palette[who, rank], axis=1)
    thing = np.minimum((rng.random((len(who), 1)) > edges).sum(axis=1), THINGS - 1)
    other = np.minimum((rng.random((len(who), 1)) > edges).sum(axis=1), THINGS - 1)
    other = np.where(other == thing, (thing + rng.integers(1, THINGS, len(who))) % THINGS, other)
    return thing, other
