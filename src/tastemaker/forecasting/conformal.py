"""Split-conformal offsets: how far quantiles must move to hold on campaigns that the model has not seen.

Conformalised quantile regression with a tail each (Romano, Patterson and Candes 2019, section on asymmetric scores).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Conformal:
    """Offsets on the model's own scale; NaN where too few rows speak for the tail."""

    low: float
    median: float
    high: float
    rows: int

    @classmethod
    def fit(
        cls,
        y: np.ndarray,
        low: np.ndarray,
        median: np.ndarray,
        high: np.ndarray,
        level: float,
        weight: np.ndarray | None = None,
        *,
        between: bool = False,
    ) -> Self:
        """Offsets so that a new row lies in [low, high] with probability ``level``, half of the rest on each side.

        ``weight`` (n,), default 1 each: how much a row is like the new one, which has 1 (weighted conformal
        prediction: Tibshirani, Barber, Candes and Ramdas 2019). The median's offset is not weighted. The probability
        is ``level`` at least; with ``between``, which goes part of the way from one score to the next, on average: for
        many small groups, which would all err on the wide side.
        """
        tail = (1.0 - level) / 2.0
        return cls(
            low=-_upper(low - y, 1.0 - tail, weight, between),
            median=float(np.median(y - median)) if len(y) else np.nan,
            high=_upper(y - high, 1.0 - tail, weight, between),
            rows=len(y),
        )

    def apply(self, low: np.ndarray, median: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, ...]:
        """The three, moved and in order."""
        middle = median + self.median
        return np.minimum(low + self.low, middle), middle, np.maximum(high + self.high, middle)


def _upper(scores: np.ndarray, level: float, weight: np.ndarray | None, between: bool) -> float:
    """The finite-sample quantile: the ceil((n + 1) level)-th smallest score, NaN where n is too small to have one."""
    if weight is not None:
        return _weighted_upper(scores, level, weight, between)
    place = int(np.ceil((len(scores) + 1) * level - 1e-9))
    return float(np.sort(scores)[place - 1]) if 0 < place <= len(scores) else np.nan


def _weighted_upper(scores: np.ndarray, level: float, weight: np.ndarray, between: bool) -> float:
    order = np.argsort(scores, kind="stable")
    total, place = np.cumsum(weight[order]), (weight.sum() + 1.0) * level
    reached = total >= place - 1e-9
    if not reached.any():
        return np.nan
    if between:
        return float(np.interp(place, total, scores[order]))
    return float(scores[order][np.argmax(reached)])
