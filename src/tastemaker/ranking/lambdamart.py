"""LambdaMART behind the one number: a listwise score, then a monotone calibration to the value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from tastemaker.config import Ranking
from tastemaker.errors import RankingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS
from tastemaker.forecasting.frames import by_objective, feature_matrix, in_order, later_part, numbers
from tastemaker.forecasting.saved import read_saved, write_saved
from tastemaker.forecasting.trees import Boosting, Trees
from tastemaker.ranking.base import BASELINE, Ranker
from tastemaker.ranking.calibration import MonotoneMap
from tastemaker.ranking.labels import grades, realised_value

FORMAT = 1
TREES = "lambdamart.txt"
LEVELS = 5
MIN_LEAF = 20
MIN_ROWS = 100
MIN_CALIBRATION = 50


class LambdaMartRanker(Ranker):
    """LightGBM lambdarank, a group per decision, grades within it by the realised value (Burges 2010).

    Scores of different objectives become values by different monotone maps, so within a brief the order of the scores
    is the order of the values. It has no forecasts: a separate forecast would contradict its order.
    """

    name = "lambdamart"
    calibrated = True

    def __init__(
        self,
        config: Ranking | None = None,
        *,
        columns: Sequence[str] = PAIR_FEATURES,
        calibration_share: float = 0.2,
        seed: int = 0,
    ) -> None:
        self.config = config or Ranking()
        self.columns = tuple(columns)
        self.calibration_share = calibration_share
        self.seed = seed

    def fit(self, examples: pd.DataFrame, sample_weight: np.ndarray | None = None) -> Self:
        weight = (
            np.ones(len(examples)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        )
        kept = in_order(examples)
        kept = kept[np.isfinite(realised_value(examples)[kept])]
        examples, weight = examples.iloc[kept], weight[kept]
        values = realised_value(examples)
        later = later_part(examples, self.calibration_share)
        if (~later).sum() < MIN_ROWS or later.sum() < MIN_CALIBRATION or not (values > 0.0).any():
            raise RankingError(
                f"examples: {int((~later).sum())} rows with a realised value to learn from and {int(later.sum())} to "
                f"calibrate on; expected at least {MIN_ROWS} and {MIN_CALIBRATION}. With less use the ranker 'value'"
            )
        x = feature_matrix(examples, self.columns, "examples")
        decisions = examples["decision_id"].to_numpy(str)
        self.trees_ = self._grow(x[~later], values[~later], decisions[~later], weight[~later])
        codes = numbers(examples, "objective", "examples")
        self.maps_ = self._calibrate(codes, self.trees_.raw(x), values, weight, later)
        return self

    def value(self, pairs: pd.DataFrame) -> np.ndarray:
        scores = self.raw(pairs)
        out = np.empty(len(pairs))
        for code, rows in by_objective(pairs, self.name):
            out[rows] = self.maps_[str(code)](scores[rows])
        return out

    def raw(self, pairs: pd.DataFrame) -> np.ndarray:
        """The listwise score (n,), before calibration."""
        return self.trees_.raw(feature_matrix(pairs, self.columns, self.name))

    def contributions(self, pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
        """TreeSHAP of the listwise score."""
        x = feature_matrix(pairs, self.columns, self.name)
        return [*self.columns, BASELINE], self.trees_.contributions(x)

    def gain_shares(self) -> dict[str, float] | None:
        gain = self.trees_.gain()
        return dict(zip(self.columns, (gain / max(gain.sum(), 1e-12)).tolist(), strict=True))

    def save(self, folder: Path) -> None:
        values = {
            "columns": list(self.columns),
            "config": self.config.model_dump(mode="json"),
            "calibration_share": self.calibration_share,
            "seed": self.seed,
            "maps": {code: m.to_json() for code, m in self.maps_.items()},
        }
        write_saved(folder / f"{self.name}.json", values, FORMAT)
        self.trees_.save(folder / TREES)

    @classmethod
    def load(cls, folder: Path) -> Self:
        values = read_saved(folder / f"{cls.name}.json", FORMAT)
        ranker = cls(
            Ranking.model_validate(values["config"]),
            columns=values["columns"],
            calibration_share=values["calibration_share"],
            seed=values["seed"],
        )
        ranker.maps_ = {code: MonotoneMap.from_json(m) for code, m in values["maps"].items()}
        ranker.trees_ = Trees.load(folder / TREES, ranker.columns)
        return ranker

    def _grow(self, x: np.ndarray, values: np.ndarray, decisions: np.ndarray, weight: np.ndarray) -> Trees:
        # Rows of a decision stand together (they are in order of time and decision), as LightGBM's groups must.
        starts = np.flatnonzero(np.r_[True, decisions[1:] != decisions[:-1]])
        c = self.config
        boosting = Boosting(c.rounds, c.learning_rate, c.leaves, MIN_LEAF, self.seed, shrinkage=1.0)
        return Trees.train(
            x,
            grades(values, decisions, LEVELS),
            self.columns,
            boosting,
            {"objective": "lambdarank", "lambdarank_truncation_level": 10},
            weight=weight,
            groups=np.diff(np.r_[starts, len(decisions)]),
        )

    def _calibrate(
        self, codes: np.ndarray, scores: np.ndarray, values: np.ndarray, weight: np.ndarray, later: np.ndarray
    ) -> dict[str, MonotoneMap]:
        """A map per objective, from its own later rows; from those of all, scaled to its average, where it has few."""
        levels = _levels(values, codes)
        level = np.array([levels[int(c)] for c in codes])
        pooled = MonotoneMap.fit(scores[later], (values / level)[later], weight[later])
        maps = {}
        for code in range(len(KPI_COLUMNS)):
            own = later & (codes == code)
            enough = own.sum() >= MIN_CALIBRATION
            maps[str(code)] = (
                MonotoneMap.fit(scores[own], values[own], weight[own])
                if enough
                else pooled.scaled(levels.get(code, 1.0))
            )
        return maps


def _levels(values: np.ndarray, codes: np.ndarray) -> dict[int, float]:
    """Objective code -> its average value; 1 where nothing was realised."""
    return {int(c): float(values[codes == c].mean()) or 1.0 for c in np.unique(codes)}
