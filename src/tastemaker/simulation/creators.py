"""Who creates: persons with their themes and hidden sides, and the accounts they post from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tastemaker.schema import NICHES
from tastemaker.simulation import names, places
from tastemaker.simulation.clock import NOW_DAY, Flags, Floats, Ints
from tastemaker.simulation.lexicon import THINGS, TONGUES, VALUES, niches

FRAUDS = ("none", "bought_followers", "pod", "bought_followers_and_pod")
PLATFORMS = ("instagram", "tiktok", "youtube")
THEMES = 3


@dataclass(frozen=True)
class Creators:
    """n persons; codes: ``country`` in ``homes``, ``tongue`` in TONGUES, ``themes`` (n, 3) in NICHES (-1: none).

    ``weights`` (n, 3) sum to 1; ``palette`` (n, 3, THINGS): which concepts of a theme the person returns to, rows
    sum to 1. ``quality``, ``hidden``, ``fame``: standard scores; ``price``: log of the personal price factor;
    ``choosy``: log-odds; ``fraud``: a code in FRAUDS.
    """

    ids: list[str]
    names: list[str]
    homes: list[str]
    country: Ints
    tongue: Ints
    english: Flags
    themes: Ints
    weights: Floats
    palette: NDArray[np.float32]
    values: Flags
    quality: Floats
    hidden: Floats
    fame: Floats
    price: Floats
    choosy: Floats
    punctual: Floats
    disclosing: Floats
    sponsor_rate: Floats
    open_to: Flags
    fraud: Ints
    joined: Floats
    available: Floats

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Accounts:
    """m accounts; ``log_size``: log of real followers at the end; ``engagement``: per authentic follower and post."""

    ids: list[str]
    handles: list[str]
    creator: Ints
    platform: Ints
    log_size: Floats
    base_authentic: Floats
    bought: Floats
    bought_day: Floats
    pod: Floats
    engagement: Floats
    cadence: Floats
    joined: Floats
    verified: Flags
    category: Ints
    first_party: Flags

    def __len__(self) -> int:
        return len(self.ids)


def draw_creators(count: int, rng: np.random.Generator) -> Creators:
    homes, home_weights, tongue_weights = places.home_table()
    country = rng.choice(len(homes), count, p=home_weights).astype(np.int64)
    tongue = _pick_rows(tongue_weights[country], rng)
    themes, weights = _draw_themes(count, rng)
    fraud = rng.choice(4, count, p=[0.79, 0.12, 0.065, 0.025]).astype(np.int64)
    first, last = names.words(max(count // 4, 50), rng), names.words(max(count // 4, 50), rng)
    picks = rng.integers(0, len(first), (count, 2))
    late = rng.random(count) < 0.2
    return Creators(
        ids=[f"cr{i:06d}" for i in range(count)],
        names=[f"{first[a]} {last[b]}" for a, b in picks],
        homes=homes,
        country=country,
        tongue=tongue,
        english=(tongue != 0) & (rng.random(count) < 0.22),
        themes=themes,
        weights=weights,
        palette=_palette(count, rng),
        values=_some_values(count, rng),
        quality=rng.normal(0.0, 1.0, count),
        hidden=rng.normal(0.0, 1.0, count),
        fame=rng.normal(0.0, 1.0, count),
        price=rng.normal(0.0, 0.42, count),
        choosy=rng.normal(0.0, 0.5, count),
        punctual=rng.beta(9, 1.5, count),
        disclosing=rng.beta(1.3, 0.9, count),
        sponsor_rate=rng.beta(1.2, 9.0, count),
        open_to=rng.random((count, 4)) < np.array([0.93, 0.45, 0.35, 0.55]),
        fraud=fraud,
        joined=np.where(late, rng.uniform(0.0, NOW_DAY - 60, count), -1.0),
        available=np.where(rng.random(count) < 0.06, np.floor(rng.uniform(60, NOW_DAY + 60, count)), np.nan),
    )


def draw_accounts(people: Creators, rng: np.random.Generator) -> Accounts:
    """A quarter of the creators post on two or three platforms; a person's first account is the largest on average."""
    n = len(people)
    extra = np.where(rng.random(n) < 0.25, rng.choice([1, 2], n, p=[0.7, 0.3]), 0)
    creator = np.repeat(np.arange(n), 1 + extra)
    order = np.arange(len(creator)) - np.repeat(np.cumsum(1 + extra) - (1 + extra), 1 + extra)
    start = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    platform = (start[creator] + order * np.where(rng.random(n) < 0.5, 1, 2)[creator]) % 3
    m = len(creator)
    size = 9.75 + 1.15 * rng.normal(size=n) + 0.5 * people.fame + 0.1 * people.quality
    log_size = np.clip(
        size[creator] - np.where(order > 0, 0.7, 0.0) + np.where(order > 0, rng.normal(0, 0.6, m), 0.0),
        7.0,
        15.2,
    )
    fraud = people.fraud[creator]
    has_bought = np.isin(fraud, (1, 3)) & ((order == 0) | (rng.random(m) < 0.4))
    has_pod = np.isin(fraud, (2, 3)) & ((order == 0) | (rng.random(m) < 0.4))
    base = np.array([0.036, 0.052, 0.030])[platform]
    taste = np.array([n.engagement for n in niches()])[people.themes[creator, 0]]
    engagement = (
        base
        * taste
        * np.exp(-0.18 * (log_size - np.log(1e4)) + 0.3 * people.quality[creator] + rng.normal(0, 0.28, m))
    )
    return Accounts(
        ids=[f"ac{i:06d}" for i in range(m)],
        handles=_handles(people, creator, order, rng),
        creator=creator,
        platform=platform,
        log_size=log_size,
        base_authentic=rng.beta(40, 3.5, m),
        bought=np.where(has_bought, rng.uniform(0.25, 0.7, m), 0.0),
        bought_day=np.where(has_bought, rng.uniform(30.0, NOW_DAY - 60, m), np.nan),
        pod=np.where(has_pod, rng.uniform(0.6, 1.8, m), 0.0),
        engagement=engagement,
        cadence=np.exp(rng.normal(0, 0.6, m)) * np.where(order > 0, 0.6, 1.0),
        joined=np.where(
            order > 0,
            np.maximum(people.joined[creator], rng.uniform(-400, NOW_DAY * 0.6, m)),
            people.joined[creator],
        ),
        verified=rng.random(m) < 1 / (1 + np.exp(-(log_size - 12.6 + 1.0 * people.fame[creator]))),
        category=np.where(
            rng.random(m) < 0.1,
            np.maximum(people.themes[creator, 1], people.themes[creator, 0]),
            people.themes[creator, 0],
        ),
        first_party=rng.random(m) < 0.2,
    )


def affinity() -> Floats:
    """How near two niches are (30, 30): 1 for the same, 0.4 for related ones, 0.04 for the rest; symmetric."""
    near = np.full((len(NICHES), len(NICHES)), 0.04)
    for i, niche in enumerate(niches()):
        for j in niche.related:
            near[i, j] = near[j, i] = 0.4
    np.fill_diagonal(near, 1.0)
    return near


def _draw_themes(count: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """One to three themes a person; a second theme is a related niche two times in three."""
    popularity = rng.permutation(np.linspace(0.6, 1.6, len(NICHES)))
    first = rng.choice(len(NICHES), count, p=popularity / popularity.sum())
    related = np.array([niche.related for niche in niches()])
    themes = np.full((count, THEMES), -1, dtype=np.int64)
    themes[:, 0] = first
    how_many = rng.choice([1, 2, 3], count, p=[0.45, 0.37, 0.18])
    for k in (1, 2):
        kin = related[first, rng.integers(0, related.shape[1], count)]
        other = np.where(rng.random(count) < 0.66, kin, rng.integers(0, len(NICHES), count))
        fresh = (how_many > k) & (other != themes[:, 0]) & (other != themes[:, 1])
        themes[:, k] = np.where(fresh, other, -1)
    # A hole in the middle is closed, so that themes are filled from the left.
    hole = (themes[:, 1] < 0) & (themes[:, 2] >= 0)
    themes[hole, 1], themes[hole, 2] = themes[hole, 2], -1
    raw = np.where(themes >= 0, np.array([1.0, 0.55, 0.35]) * rng.uniform(0.7, 1.3, (count, THEMES)), 0.0)
    return themes, raw / raw.sum(axis=1, keepdims=True)


def _palette(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    raw = rng.standard_gamma(0.6, (count, THEMES, THINGS), dtype=np.float32) + np.float32(1e-3)
    result: NDArray[np.float32] = raw / raw.sum(axis=2, keepdims=True)
    return result


def _some_values(count: int, rng: np.random.Generator) -> Flags:
    """Two or three values a person."""
    ranks = np.argsort(np.argsort(rng.random((count, len(VALUES))), axis=1), axis=1)
    chosen: Flags = ranks < rng.choice([2, 3], count)[:, None]
    return chosen


def _pick_rows(weights: Floats, rng: np.random.Generator) -> Ints:
    """One column a row, drawn by the row's weights."""
    edges = np.cumsum(weights, axis=1)
    picks = (rng.random((len(weights), 1)) * edges[:, -1:] > edges).sum(axis=1)
    chosen: Ints = np.minimum(picks, weights.shape[1] - 1)
    return chosen


def _handles(people: Creators, creator: Ints, order: Ints, rng: np.random.Generator) -> list[str]:
    styles, digits = rng.integers(0, 5, len(people)), rng.integers(1, 99, len(creator))
    taken: set[str] = set()
    found = []
    for c, k, d in zip(creator, order, digits, strict=True):
        first, last = (names.slug(part) for part in people.names[c].split(" "))
        niche = NICHES[people.themes[c, 0]]
        tongue = TONGUES[people.tongue[c]]
        forms = (
            f"{first}.{last}",
            f"{first}{last}",
            f"{first}_{niche}",
            f"the{first}{last}",
            f"{first}.{tongue}.{niche}",
        )
        handle = forms[styles[c]] + ("" if k == 0 else f".{'tv' if k == 1 else 'daily'}")
        while handle in taken:
            handle, d = f"{handle}{d}", d + 1
        taken.add(handle)
        found.append(handle)
    return found
