"""Do promises hold on average? Predicted against realised values, in bins of equal count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.bootstrap import Estimate
from tastemaker.evaluation.metrics import Floats


@dataclass(frozen=True)
class CalibrationBins:
    """Arrays (n_bins,), lowest prediction first: the mean prediction, the mean realised value and the rows of
    each bin (their weight, where rows are weighted).
    """

    predicted: Floats
    realised: Floats
    count: Floats

    @property
    def error(self) -> float:
        """Expected calibration error: mean absolute distance of the two means, weighted by rows, in the
        value's unit.
        """
        return float(np.average(np.abs(self.predicted - self.realised), weights=self.count))


def calibration_bins(
    predicted: ArrayLike, realised: ArrayLike, bins: int = 10, weight: ArrayLike | None = None
) -> CalibrationBins:
    """Rows sorted by prediction and cut into ``bins`` parts of equal count (fewer where there are fewer
    rows). With ``weight`` (n,), above 0, means and error are weighted, and speak of whom the weights stand for.

    Rows in which either is NaN say nothing and are left out; without any other row an
    :class:`EvaluationError` says so. Equal predictions may be cut apart; their means then agree, and the
    realised means show the noise.
    """
    p, r = np.asarray(predicted, dtype=np.float64), np.asarray(realised, dtype=np.float64)
    if p.shape != r.shape:
        raise EvaluationError(
            f"{p.shape} predictions against {r.shape} realised values; they belong row to row"
        )
    w = np.ones_like(p) if weight is None else np.asarray(weight, dtype=np.float64)
    known = ~(np.isnan(p) | np.isnan(r))
    if not known.any():
        raise EvaluationError(
            f"none of {p.size} rows has both a prediction and a realised value; nothing to calibrate"
        )
    p, r, w = p[known], r[known], w[known]
    order = np.argsort(p, kind="stable")
    parts = np.array_split(order, min(bins, order.size))
    return CalibrationBins(
        predicted=np.array([np.average(p[part], weights=w[part]) for part in parts]),
        realised=np.array([np.average(r[part], weights=w[part]) for part in parts]),
        count=np.array([w[part].sum() for part in parts], dtype=np.float64),
    )


def calibration_change(
    first: ArrayLike,
    second: ArrayLike,
    realised: ArrayLike,
    cluster: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    bins: int = 10,
    repetitions: int = 500,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """The error of the predictions ``second`` less that of ``first`` (n,), by a bootstrap of whole clusters.

    Both errors are those of :func:`calibration_bins` against the same ``realised`` values; noise raises both alike.
    Rows in which any value is NaN are left out; without any other row all three numbers are NaN.
    """
    a, b, r = (np.asarray(x, dtype=np.float64) for x in (first, second, realised))
    w = np.ones_like(r) if weight is None else np.asarray(weight, dtype=np.float64)
    codes = np.unique(np.asarray(cluster).astype(str), return_inverse=True)[1]
    if not a.shape == b.shape == r.shape == w.shape == codes.shape:
        raise EvaluationError(
            f"{a.shape} and {b.shape} predictions, {r.shape} realised values, {codes.shape} clusters; give one a row"
        )
    known = ~(np.isnan(a) | np.isnan(b) | np.isnan(r))
    if not known.any():
        return Estimate(float("nan"), float("nan"), float("nan"))
    a, b, r, w, codes = a[known], b[known], r[known], w[known], codes[known]
    rows = [np.flatnonzero(codes == code) for code in np.unique(codes)]

    def gap(drawn: np.ndarray) -> float:
        errors = (calibration_bins(x[drawn], r[drawn], bins, w[drawn]).error for x in (b, a))
        return next(errors) - next(errors)

    rng = np.random.default_rng(seed)
    draws = (rng.integers(0, len(rows), len(rows)) for _ in range(repetitions))
    found = [gap(np.concatenate([rows[i] for i in drawn])) for drawn in draws]
    low, high = np.quantile(found, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return Estimate(gap(np.arange(len(r))), float(low), float(high))
