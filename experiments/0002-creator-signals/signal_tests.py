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
