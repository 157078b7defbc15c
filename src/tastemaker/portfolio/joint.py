"""Forecasts of several creators together: a Gaussian copula whose common parts are a brief's and a platform's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.stats import norm

LEAST_PAIRS = 200
DRAWS = 2_000


@dataclass(frozen=True)
class SharedErrors:
    """Shares of a forecast error's variance (of its normal score) that creators of one brief have in common, and, on
    top, those of one brief on one platform. ``pairs``: how many pairs of held-out results they were estimated from.

    The defaults are what held-out results of simulated marketplaces gave, rounded up (experiments/0005-sets).
    """

    brief: float = 0.02
    platform: float = 0.02
    pairs: int = 0

    @classmethod
    def fit(cls, scores: np.ndarray, campaigns: Sequence[object] | np.ndarray, platforms: np.ndarray) -> Self:
        """From normal scores (n,) of held-out results (:func:`normal_scores`; NaN is left out), with each one's
        campaign and platform. The mean product over pairs of one campaign is their common variance: over pairs of
        different platforms the brief's, what pairs of one platform have more is the platform's. Never negative; with
        fewer than ``LEAST_PAIRS`` pairs of a kind the default stands for it.
        """
        known = np.isfinite(scores)
        z, platform = np.clip(scores[known], -3.0, 3.0), platforms[known]
        campaign = np.unique(np.asarray(campaigns)[known].astype(str), return_inverse=True)[1]
        z = z - z.mean() if len(z) else z
        sums, counts = np.zeros(2), np.zeros(2)
        for group in np.split(np.argsort(campaign, kind="stable"), np.cumsum(np.bincount(campaign))[:-1]):
            same = np.equal.outer(platform[group], platform[group])
            upper = np.triu(np.ones_like(same), 1).astype(bool)
            product = np.outer(z[group], z[group])
            for k, which in enumerate((upper & same, upper & ~same)):
                sums[k] += product[which].sum()
                counts[k] += which.sum()
        variance = float(np.mean(z**2)) if len(z) else 1.0
        usual = cls()
        within, across = (
            sums[k] / counts[k] / variance if counts[k] >= LEAST_PAIRS else np.nan for k in (0, 1)
        )
        brief = usual.brief if np.isnan(across) else float(np.clip(across, 0.0, 0.9))
        more = usual.platform if np.isnan(within) else float(np.clip(within - brief, 0.0, 0.9 - brief))
        return cls(brief, more, int(counts.sum()))


def normal_scores(
    y: np.ndarray, low: np.ndarray, median: np.ndarray, high: np.ndarray, level: float = 0.8
) -> np.ndarray:
    """(n,) where results ``y`` lie in their forecasts, in standard deviations of :func:`draw_joint`'s marginals."""
    width = float(norm.ppf((1.0 + level) / 2.0))
    middle = np.log1p(median)
    up = np.maximum(np.log1p(high) - middle, 1e-6) / width
    down = np.maximum(middle - np.log1p(low), 1e-6) / width
    away = np.log1p(y) - middle
    return np.asarray(np.where(away > 0.0, away / up, away / down))


def draw_joint(
    low: np.ndarray,
    median: np.ndarray,
    high: np.ndarray,
    platforms: np.ndarray,
    shared: SharedErrors,
    *,
    level: float = 0.8,
    draws: int = DRAWS,
    seed: int = 0,
) -> np.ndarray:
    """(draws, n) results of n creators of one brief, given that they accept; NaN columns where a bound is unknown.

    Each column's marginal has the forecast's median and ``level`` interval: a log-normal of ``1 + y`` whose two halves
    have a spread each. Errors are normal scores: a part of the brief's, a part of the platform's, the rest their own.
    """
    rng = np.random.default_rng(seed)
    codes = np.unique(platforms.astype(str), return_inverse=True)[1]
    common = rng.standard_normal((draws, 1)) * np.sqrt(shared.brief)
    by_platform = rng.standard_normal((draws, int(codes.max(initial=0)) + 1)) * np.sqrt(shared.platform)
    own = rng.standard_normal((draws, len(low))) * np.sqrt(max(1.0 - shared.brief - shared.platform, 0.0))
    z = common + by_platform[:, codes] + own
    width = float(norm.ppf((1.0 + level) / 2.0))
    middle = np.log1p(median)
    up, down = (np.log1p(high) - middle) / width, (middle - np.log1p(low)) / width
    drawn = np.maximum(np.expm1(middle + z * np.where(z > 0.0, up, down)), 0.0)
    return np.asarray(np.where(np.isfinite(low + median + high), drawn, np.nan))
