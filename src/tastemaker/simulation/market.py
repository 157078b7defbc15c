"""Brands: what they sell, to whom, what they stand for, and who competes with whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tastemaker.schema import NICHES
from tastemaker.schema.vocabulary import AGES
from tastemaker.simulation import names, places
from tastemaker.simulation.clock import Flags, Floats, Ints
from tastemaker.simulation.lexicon import TONGUES, VALUES, lexicon, niches
from tastemaker.simulation.texts import persona
from tastemaker.simulation.writing import Columns, take

_BRAND_HOMES = {"US": 0.4, "GB": 0.15, "DE": 0.12, "FR": 0.11, "ES": 0.09, "BR": 0.07, "CA": 0.03, "MX": 0.03}
_HOME_TONGUE = {
    "US": "en",
    "GB": "en",
    "DE": "de",
    "FR": "fr",
    "ES": "es",
    "BR": "pt",
    "CA": "en",
    "MX": "es",
}


@dataclass(frozen=True)
class Brands:
    """b brands. ``category`` in NICHES; ``taste`` (+1 or -1): the hidden side that meets a creator's hidden trait."""

    ids: list[str]
    names: list[str]
    handles: list[str]
    category: Ints
    country: list[str]
    tongue: Ints
    values: Flags
    voice: list[str]
    focus: Ints
    price: Floats
    taste: Floats
    activity: Floats
    age: Floats
    female: Floats
    descriptions: list[str]
    rivals: list[Ints]

    def __len__(self) -> int:
        return len(self.ids)


def draw_brands(count: int, rng: np.random.Generator) -> Brands:
    """Categories hold about five brands each, so that competitors exist at every size of the world."""
    facts = niches()
    kinds = rng.permutation(len(NICHES))[: max(1, min(len(NICHES), -(-count // 4)))]
    category = kinds[rng.integers(0, len(kinds), count)]
    homes = list(_BRAND_HOMES)
    home = rng.choice(len(homes), count, p=places.vector(_BRAND_HOMES, tuple(homes)))
    country = [homes[h] for h in home]
    tongue = np.array([TONGUES.index(_HOME_TONGUE[c]) for c in country])
    values = (
        np.argsort(np.argsort(rng.random((count, len(VALUES))), axis=1), axis=1)
        < rng.choice([2, 3], count)[:, None]
    )
    voices = rng.integers(0, 8, count)
    title = names.brand_names(count, rng)
    focus = np.argsort(rng.random((count, 10)), axis=1)[:, :4]
    price = np.array([n.price for n in facts])[category] * np.exp(rng.normal(0, 0.4, count))
    return Brands(
        ids=[f"br{i:04d}" for i in range(count)],
        names=title,
        handles=[names.slug(name) for name in title],
        category=category,
        country=country,
        tongue=tongue,
        values=values,
        voice=[lexicon("en").frames["voice"][v] for v in voices],
        focus=focus,
        price=np.round(price, 2),
        taste=np.where(rng.random(count) < 0.5, 1.0, -1.0),
        activity=rng.gamma(1.5, 1.0, count),
        age=np.clip(np.array([n.age for n in facts])[category] + rng.normal(0, 0.6, count), 1.0, 5.0),
        female=np.clip(np.array([n.female for n in facts])[category] + rng.normal(0, 0.12, count), 0.1, 0.9),
        descriptions=[
            persona(title[i], tongue[i], category[i], focus[i], values[i], voices[i], rng)
            for i in range(count)
        ],
        rivals=[np.nonzero((category == category[i]) & (np.arange(count) != i))[0] for i in range(count)],
    )


def brand_table(brands: Brands) -> Columns:
    every = np.arange(len(brands))
    return {
        "brand_id": pa.array(brands.ids),
        "name": pa.array(brands.names),
        "description": pa.array(brands.descriptions),
        "category": take(NICHES, brands.category),
        "values": pa.array([[VALUES[v] for v in np.nonzero(brands.values[i])[0]] for i in every]),
        "voice": pa.array(brands.voice),
        "country": pa.array(brands.country),
        "competitors": pa.array(
            [[brands.ids[r] for r in brands.rivals[i]] for i in every], type=pa.list_(pa.string())
        ),
    }


def target_ages(brands: Brands, brand: int) -> dict[str, float]:
    """Whom a brand sells to: up to four age and gender keys, shares rounded to hundredths, summing to 1."""
    ages = np.exp(-0.5 * ((np.arange(len(AGES)) - brands.age[brand]) / 0.8) ** 2)
    grid = np.concatenate([brands.female[brand] * ages, (1 - brands.female[brand]) * ages])
    keys = [f"{gender}.{age}" for gender in ("female", "male") for age in AGES]
    return rounded({keys[i]: float(grid[i]) for i in np.sort(np.argsort(-grid, kind="stable")[:4])})


def market_countries(brands: Brands, brand: int, rng: np.random.Generator) -> list[str]:
    """One to three target countries: home first, then others of the same language."""
    tongue = TONGUES[brands.tongue[brand]]
    near = [
        c
        for c, (_, langs) in places.HOMES.items()
        if langs.get(tongue, 0) > 0.25 and c != brands.country[brand]
    ]
    others = [near[i] for i in rng.permutation(len(near))[: rng.choice([0, 1, 2], p=[0.45, 0.35, 0.2])]]
    return [brands.country[brand], *others]


def rounded(shares: dict[str, float]) -> dict[str, float]:
    """The shares in hundredths, summing to exactly 1 (the largest takes the rounding)."""
    total = sum(shares.values())
    parts = {key: round(100 * value / total) for key, value in shares.items()}
    largest = max(parts, key=lambda key: parts[key])
    parts[largest] += 100 - sum(parts.values())
    return {key: part / 100 for key, part in parts.items() if part > 0}
