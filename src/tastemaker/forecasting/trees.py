"""Boosted trees as text: LightGBM trained the same way everywhere, saved without pickle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import lightgbm as lgb
import numpy as np

from tastemaker.errors import RankingError
from tastemaker.forecasting.line import score_and_weight

# One thread and row-wise histograms: sums are added in one order, so the same rows give the same bytes anywhere.
FIXED: dict[str, Any] = {
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
}


@dataclass(frozen=True)
class Boosting:
    """How trees are grown. Each tree sees a sample of rows and columns: a few thousand outcomes overfit quickly."""

    rounds: int
    learning_rate: float
    leaves: int
    min_leaf: int
    seed: int = 0
    row_share: float = 0.7
    column_share: float = 0.6
    shrinkage: float = 10.0

    def params(self) -> dict[str, Any]:
        return {
            **FIXED,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.min_leaf,
            "lambda_l2": self.shrinkage,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "feature_fraction": self.column_share,
            "seed": self.seed,
        }


class Trees:
    """A LightGBM ensemble over named columns. Prediction is always the raw score, before any link."""

    def __init__(self, booster: lgb.Booster, columns: Sequence[str]) -> None:
        self._booster = booster
        self.columns = tuple(columns)

    @classmethod
    def train(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        columns: Sequence[str],
        boosting: Boosting,
        objective: dict[str, Any],
        *,
        start: np.ndarray | None = None,
        weight: np.ndarray | None = None,
        groups: np.ndarray | None = None,
    ) -> Self:
        """``start`` is the score that the trees begin from (not part of their prediction); ``groups`` are group sizes.

        ``objective`` are LightGBM parameters; the objective ``"quasi"`` is the log link of
        :mod:`tastemaker.forecasting.line`.
        """
        params = {**boosting.params(), **objective}
        if params["objective"] == "quasi":
            params["objective"] = _quasi
        data = lgb.Dataset(
            x, y, weight=weight, group=groups, init_score=start, feature_name=list(columns), params=FIXED
        )
        booster = lgb.train(params, data, num_boost_round=boosting.rounds)
        # Through its text at once: what was just fitted and what is loaded later are then the same numbers.
        return cls(lgb.Booster(model_str=booster.model_to_string()), columns)

    def raw(self, x: np.ndarray, rounds: int | None = None) -> np.ndarray:
        """Raw scores (n,) of rows x (n, columns), of all trees or the first ``rounds``."""
        if len(x) == 0:
            return np.zeros(0)
        score = self._booster.predict(x, raw_score=True, num_threads=1, num_iteration=rounds)
        return np.asarray(score, dtype=np.float64)

    def first(self, rounds: int) -> Trees:
        """The ensemble as it was after ``rounds`` trees."""
        return Trees(lgb.Booster(model_str=self._booster.model_to_string(num_iteration=rounds)), self.columns)

    def contributions(self, x: np.ndarray) -> np.ndarray:
        """TreeSHAP values (n, columns + 1), the expected score last; a row sums to its raw score."""
        if len(x) == 0:
            return np.zeros((0, len(self.columns) + 1))
        return np.asarray(self._booster.predict(x, pred_contrib=True, num_threads=1), dtype=np.float64)

    @property
    def rounds(self) -> int:
        """How many trees there are."""
        return int(self._booster.num_trees())

    def gain(self) -> np.ndarray:
        """Total gain of the splits on each column (columns,)."""
        return np.asarray(self._booster.feature_importance("gain"), dtype=np.float64)

    def save(self, path: Path) -> None:
        path.write_text(self._booster.model_to_string(), encoding="utf-8")

    @classmethod
    def load(cls, path: Path, columns: Sequence[str]) -> Self:
        """Raises RankingError when the file is no LightGBM model or was fitted on other columns than ``columns``."""
        try:
            text = path.read_text(encoding="utf-8")
            booster = lgb.Booster(model_str=text)
        except OSError as error:
            raise RankingError(
                f"{path}: can not be read: {error.strerror or error}; fit and save again"
            ) from None
        except (lgb.basic.LightGBMError, ValueError) as error:
            raise RankingError(f"{path}: not a LightGBM text model: {error}; fit and save again") from None
        names = booster.feature_name()
        if list(columns) != names:
            odd = next((a for a, b in zip(names, columns, strict=False) if a != b), f"{len(names)} columns")
            raise RankingError(
                f"{path}: fitted with {odd}, which is not the column expected there; fit it again"
            )
        return cls(booster, columns)


def _quasi(score: np.ndarray, data: lgb.Dataset) -> tuple[np.ndarray, np.ndarray]:
    y = np.asarray(data.get_label(), dtype=np.float64)
    weight = data.get_weight()
    slope, fisher = score_and_weight(np.asarray(score, dtype=np.float64), y, "log")
    if weight is not None:
        slope, fisher = slope * weight, fisher * weight
    return -slope, np.maximum(fisher, 1e-6)
