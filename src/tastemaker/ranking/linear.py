"""The linear baseline: one scikit-learn generalised linear model on standardised features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting.design import Design
from tastemaker.forecasting.frames import feature_matrix, in_order, numbers
from tastemaker.forecasting.saved import read_saved, write_saved
from tastemaker.ranking.base import BASELINE, Ranker
from tastemaker.ranking.labels import realised_value

FORMAT = 2
MIN_ROWS = 50


class LinearRanker(Ranker):
    """log E[value] is linear in the features: a Tweedie model (power 1.5: zeros and a long tail), ridge penalty.

    Values are fitted relative to their objective's average, for a conversion and a reached person differ by orders of
    magnitude. Its terms are those of :class:`tastemaker.forecasting.design.Design`.
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
        self.design_ = Design.fit(x, self.columns)
        model = TweedieRegressor(power=1.5, link="log", alpha=self.penalty, max_iter=1000)
        model.fit(self.design_.terms(x), y / np.exp(self._level(codes)), sample_weight=weight)
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
        x = feature_matrix(pairs, self.columns, self.name)
        out = np.zeros((len(pairs), len(self.columns) + 1))
        out[:, :-1] = self.design_.by_column(self.design_.terms(x) * self.coefficients_)
        out[:, -1] = self.intercept_ + self._level(numbers(pairs, "objective", self.name))
        return [*self.columns, BASELINE], out

    def save(self, folder: Path) -> None:
        values: dict[str, Any] = {
            "penalty": self.penalty,
            "columns": list(self.columns),
            "levels": self.levels_,
            "design": self.design_.to_json(),
            "coefficients": self.coefficients_.tolist(),
            "intercept": self.intercept_,
        }
        write_saved(folder / f"{self.name}.json", values, FORMAT)

    @classmethod
    def load(cls, folder: Path) -> Self:
        values = read_saved(folder / f"{cls.name}.json", FORMAT)
        ranker = cls(values["penalty"], columns=values["columns"])
        ranker.levels_ = values["levels"]
        ranker.design_ = Design.from_json(values["design"], ranker.columns)
        ranker.coefficients_, ranker.intercept_ = np.array(values["coefficients"]), values["intercept"]
        return ranker

    def _level(self, codes: np.ndarray) -> np.ndarray:
        usual = float(np.mean(list(self.levels_.values())))
        return np.array([self.levels_.get(str(int(c)), usual) if np.isfinite(c) else usual for c in codes])


def _levels(y: np.ndarray, codes: np.ndarray) -> dict[str, float]:
    """Objective code -> logarithm of its average value, where one was ever realised."""
    means = {int(c): float(y[codes == c].mean()) for c in np.unique(codes)}
    return {str(c): float(np.log(m)) for c, m in means.items() if m > 0.0}
