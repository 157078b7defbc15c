"""How much more of something positive (time, bytes) one of two takes, as a share of the other's."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.bootstrap import Estimate, median_interval


def median_growth(
    before: ArrayLike, after: ArrayLike, *, repetitions: int = 2_000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """exp(median of ln(after / before)) - 1 over pairs (n,), all above 0; 0.5 is half as much again.

    The same work was measured twice in each pair, so that what makes it heavy cancels; the median does not hear the
    pauses of a busy machine.
    """
    first, second = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if first.shape != second.shape:
        raise EvaluationError(f"{first.shape} values before, {second.shape} after; they belong pair to pair")
    if not ((first > 0).all() and (second > 0).all()):
        raise EvaluationError("a value is not above 0; growth is a ratio of positive amounts")
    ratio = median_interval(np.log(second / first), repetitions=repetitions, seed=seed, level=level)
    return Estimate(*(float(np.expm1(x)) for x in (ratio.value, ratio.low, ratio.high)))
