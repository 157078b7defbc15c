"""Tests of significance that only this experiment needs."""

from __future__ import annotations

import numpy as np
from scipy import stats


def corrected_resampled_t(differences: np.ndarray, test_share: float) -> dict[str, float | list[float]]:
    """Nadeau and Bengio's t-test (Machine Learning 52, 2003) of a mean difference over resampled folds.

    ``differences`` (folds,): mean loss of one model minus the other's, a value per fold of all repetitions;
    ``test_share``: rows judged over rows learned from. Folds share what they learn from, so their plain variance is
    too small: it is taken (1 / folds + test_share) times. Two-sided.
    """
    n = len(differences)
    mean = float(np.mean(differences))
    error = float(np.sqrt((1.0 / n + test_share) * np.var(differences, ddof=1)))
    reach = float(stats.t.ppf(0.975, n - 1)) * error
    p = 2.0 * float(stats.t.sf(abs(mean) / error, n - 1)) if error > 0 else float(mean == 0.0)
    return {"value": mean, "ci95": [mean - reach, mean + reach], "p": p}


def median_difference(
    a: np.ndarray, b: np.ndarray, repetitions: int, seed: int
) -> dict[str, float | list[float]]:
    """Median of ``a`` minus median of ``b``, of the same rows (n,), with its 95 % interval by bootstrap over rows."""
    rng = np.random.default_rng(seed)
    drawn = np.empty(repetitions)
    for i in range(repetitions):
        rows = rng.integers(0, len(a), len(a))
        drawn[i] = np.median(a[rows]) - np.median(b[rows])
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": float(np.median(a) - np.median(b)), "ci95": [float(low), float(high)]}


def coverage_p(inside: np.ndarray, level: float) -> float:
    """Two-sided p of the exact binomial test that rows (n,) lie ``inside`` with probability ``level``."""
    return float(stats.binomtest(int(inside.sum()), len(inside), level).pvalue)
