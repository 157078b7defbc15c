"""What happened: noise around the expectation, then dated readings that grow towards it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.simulation.clock import NOW_DAY, Floats, Ints
from tastemaker.simulation.levels import Noise
from tastemaker.simulation.response import KIND_REACH, Expected, line_weights

READING_AGES = (3.0, 14.0, 30.0)
_LIKES = np.array([[0.90, 0.03, 0.03, 0.04], [0.87, 0.02, 0.07, 0.04], [0.93, 0.06, 0.01, 0.0]])
"""Likes, comments, shares, saves of an engagement, by platform."""


@dataclass(frozen=True)
class Result:
    """Finished counts of one creator's work, per deliverable line: (lines,) each; rating, sentiment for the whole."""

    impressions: Ints
    reach: Ints
    kinds: Ints
    clicks: Ints
    conversions: Ints
    code_uses: Ints
    revenue: Floats
    rating: float
    sentiment: float


def happen(
    e: Expected,
    row: int,
    platform: int,
    price: float,
    lines: tuple[tuple[str, int], ...],
    noise: Noise,
    rng: np.random.Generator,
) -> Result:
    """Draws a result whose mean is the expectation ``e`` at ``row``: log-normal factors of mean 1, then counts."""
    weights = line_weights(lines, KIND_REACH)
    part = weights / weights.sum()
    swing = _factor(noise.reach, rng)
    reach = e.reach[row] * swing * part
    impressions = reach * e.impressions[row] / e.reach[row]
    engagements = rng.poisson(e.engagements[row] * swing * _factor(noise.engagement, rng) * part)
    clicks = rng.poisson(e.clicks[row] * swing * _factor(noise.clicks, rng) * part)
    conversions = rng.binomial(clicks, e.conversions[row] / e.clicks[row])
    baskets = rng.gamma(4.0, price * 1.15 / 4.0, len(lines))
    mean = (e.content_rating[row] - 1) / 4
    rating = 1 + 4 * rng.beta(mean * noise.rating, (1 - mean) * noise.rating)
    return Result(
        impressions=np.rint(impressions).astype(np.int64),
        reach=np.rint(reach).astype(np.int64),
        kinds=np.stack([rng.multinomial(count, _LIKES[platform]) for count in engagements]),
        clicks=clicks.astype(np.int64),
        conversions=conversions.astype(np.int64),
        code_uses=rng.binomial(conversions, 0.6).astype(np.int64),
        revenue=np.round(conversions * baskets, 2),
        rating=float(np.round(rating, 1)),
        sentiment=float(np.round(np.clip(np.tanh(rng.normal(0.35 * (rating - 2.6), 0.25)), -1, 1), 3)),
    )


def matured(age: float, days: float) -> float:
    """Share of the 30-day total that is there after ``age`` days: 1 - exp(-age / days), scaled to 1 at 30."""
    return float(min((1 - np.exp(-age / days)) / (1 - np.exp(-READING_AGES[-1] / days)), 1.0))


def reading_days(posted: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """(age, day observed) of the readings that the world's present allows; known within a day of the age."""
    lags = rng.uniform(0.05, 0.9, len(READING_AGES))
    days = [(age, posted + age + lag) for age, lag in zip(READING_AGES, lags, strict=True)]
    return [(age, day) for age, day in days if day < NOW_DAY - 0.05]


def _factor(sd: float, rng: np.random.Generator) -> float:
    return float(np.exp(rng.normal(-0.5 * sd * sd, sd)))
