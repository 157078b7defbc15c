"""Monotone calibration: a listwise score to the value that pairs with such a score turned out to have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

ROWS_PER_BIN = 25
MOST_BINS = 20
# Beyond the outermost knots the value keeps rising, slowly: an order must not end in a tie.
OUTER_SLOPE = 0.01
SMALLEST = 1e-3


@dataclass(frozen=True)
class MonotoneMap:
    """Strictly increasing and positive: isotonic means of score bins, joined by straight lines.

    Isotonic regression (Zadrozny and Elkan 2002) alone is a staircase, whose treads would be ties; joining the
    middles of the treads keeps the order of the scores in the values. Bins of at least 25 rows keep one lucky
    outcome from being a tread of its own.
    """

    scores: tuple[float, ...]
    values: tuple[float, ...]

    @classmethod
    def fit(cls, scores: np.ndarray, values: np.ndarray, weight: np.ndarray | None = None) -> Self:
        """``values`` >= 0 realised at ``scores`` (n,), n at least 1."""
        from sklearn.isotonic import IsotonicRegression

        weight = np.ones(len(scores)) if weight is None else weight
        ranked = np.argsort(scores, kind="stable")
        bins = np.array_split(ranked, max(1, min(MOST_BINS, len(scores) // ROWS_PER_BIN)))
        mass = np.array([weight[b].sum() for b in bins])
        x = np.array([np.average(scores[b], weights=weight[b]) for b in bins])
        y = np.array([np.average(values[b], weights=weight[b]) for b in bins])
        level = IsotonicRegression().fit(x, y, sample_weight=mass).predict(x)
        treads = [np.flatnonzero(level == v) for v in np.unique(level)]
        middles = [float(np.average(x[t], weights=mass[t])) for t in treads]
        floor = SMALLEST * float(np.average(y, weights=mass)) or SMALLEST
        return cls(tuple(middles), tuple(float(level[t[0]]) + floor for t in treads))

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        x, y = np.array(self.scores), np.array(self.values)
        inside = np.interp(scores, x, y)
        below, above = np.minimum(scores - x[0], 0.0), np.maximum(scores - x[-1], 0.0)
        return np.asarray(inside * np.exp(OUTER_SLOPE * below) * (1.0 + OUTER_SLOPE * above))

    def scaled(self, factor: float) -> MonotoneMap:
        """The same map in other units."""
        return MonotoneMap(self.scores, tuple(v * factor for v in self.values))

    def to_json(self) -> dict[str, Any]:
        return {"scores": list(self.scores), "values": list(self.values)}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Self:
        return cls(tuple(saved["scores"]), tuple(saved["values"]))
