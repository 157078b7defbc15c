"""The linear baseline: one scikit-learn generalised linear model on standardised features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS
from tastemaker.forecasting.frames import feature_matrix, in_order, numbers
from tastemaker.forecasting.saved import read_saved, write_saved
from tastemaker.ranking.base import BASELINE, Ranker
from tastemaker.ranking.labels import realised_value
from tastemaker.schema.tables import PLATFORMS

FORMAT = 1
MIN_ROWS = 50
CODED = {"objective": len(KPI_COLUMNS), "platform": len(PLATFORMS)}
"""Columns that hold a code: each code has its own coefficient."""

MOST_DEVIATIONS = 5.0


class LinearRanker(Ranker):
    """log E[value] is linear in the features: a Tweedie model (power 1.5: zeros and a long tail), ridge penalty.

    Values are fitted relative to their objective's average, for a conversion and a reached person differ by orders of
    magnitude. An unknown feature counts as the average one; a feature counts at most five deviations from it.
    """

    name = "linear"
    calibrated = True

    def __init__(self, penalty: float = 0.01, *, columns: Sequence[str] = PAIR_FEATURES) -> None:
        self.penalty = penalty
        self.columns = tuple(columns)

    def fit(self, examples: pd.DataFrame, sample_weight: np.ndarray | None = None) -> Self:
        from sklearn.linear_model import TweedieRegressor

        weight = (
            np.ones(len(examples)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        )
        kept = in_order(examples)
        kept = kept[np.isfinite(realised_value(examples)[kept])]
        examples, weight = examples.iloc[kept], weight[kept]
        y = realised_value(examples)
        if len(y) < MIN_ROWS or not (y > 0.0).any():
            raise RankingError(
                f"examples: {len(y)} rows have a realised value, {int((y > 0).sum())} of them above 0; "
                f"expected at least {MIN_ROWS}. Without outcomes use the ranker 'content'"
            )
        codes = numbers(examples, "objective", "examples")
        self.levels_ = _levels(y, codes)
        x = feature_matrix(examples, self.columns, "examples")
        self.means_, self.scales_ = _moments(x)
        model = TweedieRegressor(power=1.5, link="log", alpha=self.penalty, max_iter=1000)
        model.fit(self._design(x), y / np.exp(self._level(codes)), sample_weight=weight)
        self.coefficients_ = np.asarray(model.coef_, dtype=np.float64)
        self.intercept_ = float(model.intercept_)
        return self

    def value(self, pairs: pd.DataFrame) -> np.ndarray:
        return np.asarray(np.exp(self.raw(pairs)))

    def raw(self, pairs: pd.DataFrame) -> np.ndarray:
        """The logarithm of the value (n,)."""
        return np.asarray(self.contributions(pairs)[1].sum(axis=1))

    def contributions(self, pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
        """Coefficient times standardised feature; the baseline holds the objective's usual value."""
        terms = self._design(feature_matrix(pairs, self.columns, self.name)) * self.coefficients_
        out = np.zeros((len(pairs), len(self.columns) + 1))
        start = 0
        for j, width in enumerate(self._widths()):
            out[:, j] = terms[:, start : start + width].sum(axis=1)
            start += width
        out[:, -1] = self.intercept_ + self._level(numbers(pairs, "objective", self.name))
        return [*self.columns, BASELINE], out

    def save(self, folder: Path) -> None:
        values: dict[str, Any] = {
            "penalty": self.penalty,
            "columns": list(self.columns),
            "levels": self.levels_,
            "means": self.means_.tolist(),
            "scales": self.scales_.tolist(),
            "coefficients": self.coefficients_.tolist(),
            "intercept": self.intercept_,
        }
        write_saved(folder / f"{self.name}.json", values, FORMAT)

    @classmethod
    def load(cls, folder: Path) -> Self:
        values = read_saved(folder / f"{cls.name}.json", FORMAT)
        ranker = cls(values["penalty"], columns=values["columns"])
        ranker.levels_ = values["levels"]
        ranker.means_, ranker.scales_ = np.array(values["means"]), np.array(values["scales"])
        ranker.coefficients_, ranker.intercept_ = np.array(values["coefficients"]), values["intercept"]
        return ranker

    def _widths(self) -> list[int]:
        return [CODED.get(c, 1) for c in self.columns]

    def _design(self, x: np.ndarray) -> np.ndarray:
        held = np.clip(
            np.nan_to_num((x - self.means_) / self.scales_, nan=0.0), -MOST_DEVIATIONS, MOST_DEVIATIONS
        )
        blocks = [
            (x[:, [j]] == np.arange(CODED[c])).astype(np.float64) if c in CODED else held[:, [j]]
            for j, c in enumerate(self.columns)
        ]
        return np.hstack(blocks)

    def _level(self, codes: np.ndarray) -> np.ndarray:
        usual = float(np.mean(list(self.levels_.values())))
        return np.array([self.levels_.get(str(int(c)), usual) if np.isfinite(c) else usual for c in codes])


def _levels(y: np.ndarray, codes: np.ndarray) -> dict[str, float]:
    """Objective code -> logarithm of its average value, where one was ever realised."""
    means = {int(c): float(y[codes == c].mean()) for c in np.unique(codes)}
    return {str(c): float(np.log(m)) for c, m in means.items() if m > 0.0}


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation per column over what is known; 0 and 1 where nothing is, or nothing differs."""
    known = np.isfinite(x)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, x, 0.0)
    means = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, x - means, 0.0) ** 2).sum(axis=0) / count)
    return means, np.where(spread > 1e-12, spread, 1.0)
