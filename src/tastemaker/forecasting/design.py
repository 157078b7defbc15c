"""The terms of a linear predictor, made from named columns in one way for every model that is linear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from tastemaker.forecasting.frames import KPI_COLUMNS
from tastemaker.schema.tables import PLATFORMS

CODED = {"objective": len(KPI_COLUMNS), "platform": len(PLATFORMS)}
"""Columns that hold a code: each code is a term of its own."""

LOGGED = frozenset(
    {
        "comment_like_ratio", "days_since_competitor", "days_since_post", "deliverables",
        "engagement_by_followers_shrunk", "engagement_posts", "engagement_rate", "fee_expected", "fee_to_budget",
        "following_ratio", "package_size", "past_campaigns",
        "past_conversion_rate", "past_engagement_ratio", "posts_per_week",
    }
)  # fmt: skip
"""Ratio scales: twice as much is one step wherever one starts, so their logarithm is the term."""

FLOOR_QUANTILE = 0.05
MOST_DEVIATIONS = 5.0


@dataclass(frozen=True)
class Design:
    """Codes become marks; the others are standardised, ``LOGGED`` ones after log(x + floor). An unknown value counts as
    the average one, and a value counts at most five deviations from it.

    ``floors``, ``means``, ``scales``: (columns,); a floor is NaN where no logarithm is taken.
    """

    columns: tuple[str, ...]
    floors: np.ndarray
    means: np.ndarray
    scales: np.ndarray

    @classmethod
    def fit(cls, x: np.ndarray, columns: Sequence[str]) -> Self:
        """``x``: (n, columns) float64, NaN unknown. The floor of a ratio scale is the 5 % point of what is above 0."""
        floors = np.full(len(columns), np.nan)
        for j, name in enumerate(columns):
            above = x[:, j][x[:, j] > 0.0]
            if name in LOGGED and len(above):
                floors[j] = np.quantile(above, FLOOR_QUANTILE)
        return cls(tuple(columns), floors, *_moments(_logged(x, floors)))

    def terms(self, x: np.ndarray) -> np.ndarray:
        """(n, terms), the terms of one column beside each other, in the order of the columns."""
        values = (_logged(x, self.floors) - self.means) / self.scales
        held = np.clip(np.nan_to_num(values, nan=0.0), -MOST_DEVIATIONS, MOST_DEVIATIONS)
        blocks = [
            (x[:, [j]] == np.arange(CODED[name])).astype(np.float64) if name in CODED else held[:, [j]]
            for j, name in enumerate(self.columns)
        ]
        return np.hstack(blocks)

    def by_column(self, terms: np.ndarray) -> np.ndarray:
        """(..., columns) sums of what stands at the terms of each column, of (..., terms)."""
        widths = [CODED.get(name, 1) for name in self.columns]
        starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
        return np.asarray(np.add.reduceat(terms, starts, axis=-1))

    def to_json(self) -> dict[str, Any]:
        floors = [None if np.isnan(floor) else floor for floor in self.floors.tolist()]
        return {"floors": floors, "means": self.means.tolist(), "scales": self.scales.tolist()}

    @classmethod
    def from_json(cls, values: dict[str, Any], columns: Sequence[str]) -> Self:
        floors = np.array([np.nan if floor is None else floor for floor in values["floors"]])
        return cls(tuple(columns), floors, np.array(values["means"]), np.array(values["scales"]))


def _logged(x: np.ndarray, floors: np.ndarray) -> np.ndarray:
    taken = np.isfinite(floors)
    out = x.copy()
    out[:, taken] = np.log(np.maximum(x[:, taken], 0.0) + floors[taken])
    return out


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation per column over what is known; 0 and 1 where nothing is, or nothing differs."""
    known = np.isfinite(x)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, x, 0.0)
    means = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, x - means, 0.0) ** 2).sum(axis=0) / count)
    return means, np.where(spread > 1e-12, spread, 1.0)
