"""Intervals by bootstrap over queries (Efron 1979, percentile bounds): seeded, in blocks, never more than 32
MB.

The unit that is drawn is the query (a campaign, a brand), because the candidates of one query are not
independent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tastemaker.errors import EvaluationError

Floats: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], Floats]

_CELLS = 2_000_000


@dataclass(frozen=True)
class Estimate:
    """A value with its bounds, in the unit of what was measured. All three are NaN where nothing could be
    measured.
    """

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | list[float | None] | None]:
        """``{"value": v, "ci95": [low, high]}``; NaN, which JSON does not know, as null."""
        value, low, high = (None if np.isnan(x) else float(x) for x in (self.value, self.low, self.high))
        return {"value": value, "ci95": [low, high]}

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def mean_interval(
    values: ArrayLike, *, repetitions: int = 2_000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """The mean of ``values`` (n,) with its interval. NaN values (queries without an answer) are left out."""
    return _interval(values, lambda x: x.mean(axis=-1), repetitions, seed, level)


def median_interval(
    values: ArrayLike, *, repetitions: int = 2_000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """The median of ``values`` (n,) with its interval; NaN values are left out."""
    return _interval(values, lambda x: np.median(x, axis=-1), repetitions, seed, level)


def paired_difference(
    a: ArrayLike, b: ArrayLike, *, repetitions: int = 2_000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """Mean of ``a - b`` over the same queries in the same order (n,), with its interval.

    Drawing queries, not lists, keeps what is common to both out of the interval: much narrower than two
    intervals side by side. A query in which either is NaN is left out.
    """
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if left.shape != right.shape:
        raise EvaluationError(
            f"{left.shape} values against {right.shape}; a paired comparison needs the same queries"
        )
    return mean_interval(left - right, repetitions=repetitions, seed=seed, level=level)


def _interval(values: ArrayLike, statistic: Statistic, repetitions: int, seed: int, level: float) -> Estimate:
    known = np.asarray(values, dtype=np.float64).ravel()
    known = known[~np.isnan(known)]
    if not known.size:
        return Estimate(float("nan"), float("nan"), float("nan"))
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(_resampled(known, statistic, repetitions, seed), [tail, 1.0 - tail])
    return Estimate(float(statistic(known)), float(low), float(high))


def _resampled(known: Floats, statistic: Statistic, repetitions: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    n, block = known.size, max(1, _CELLS // known.size)
    out = np.empty(repetitions)
    for start in range(0, repetitions, block):
        stop = min(start + block, repetitions)
        out[start:stop] = statistic(known[rng.integers(0, n, (stop - start, n))])
    return out
