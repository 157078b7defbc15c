"""The value ranker: p(accept) x E[KPI | accepted] / E[total cost], each head calibrated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from tastemaker.config import Forecasting
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS, Forecaster
from tastemaker.forecasting.frames import by_objective
from tastemaker.forecasting.head import Head
from tastemaker.ranking.base import BASELINE, Ranker

FOLDER = "forecaster"
LARGEST_LOG = 300.0
OWN_RESULTS = "own_results"
"""The contribution of what a creator's results say beyond the features."""


class ValueRanker(Ranker):
    """One number from the forecasts shown beside it. Its raw score is the logarithm of the value.

    A head that knows nothing (no offer was ever answered, no cost recorded) leaves the product, and ``notes`` say so;
    the rest still orders the creators of one brief. ``intervals``: see :class:`Forecaster`.
    """

    name = "value"
    calibrated = True

    def __init__(
        self,
        config: Forecasting | None = None,
        *,
        columns: Sequence[str] = PAIR_FEATURES,
        calibration_share: float = 0.2,
        seed: int = 0,
        intervals: bool = True,
    ) -> None:
        self._forecaster = Forecaster(
            config, columns=columns, calibration_share=calibration_share, seed=seed, intervals=intervals
        )
        self.columns = self._forecaster.columns

    def fit(self, examples: pd.DataFrame, sample_weight: np.ndarray | None = None) -> Self:
        self._forecaster.fit(examples, sample_weight)
        return self

    def value(self, pairs: pd.DataFrame) -> np.ndarray:
        return np.asarray(np.exp(self.raw(pairs)))

    def raw(self, pairs: pd.DataFrame) -> np.ndarray:
        """The logarithm of the value (n,), before any head's contribution is rounded."""
        asked = self._forecaster.read(pairs, self.name)
        out = np.zeros(len(pairs))
        for rows, head, sign in self._terms(pairs):
            out[rows] += sign * head.log_mean(*asked.only(rows))
        return np.clip(out, -LARGEST_LOG, LARGEST_LOG)

    def contributions(self, pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
        """The heads' contributions to the logarithm of the value, added up feature by feature; ``own_results`` is what
        the creator's own results say beyond the features."""
        x, who = self._forecaster.read(pairs, self.name)
        out, own = np.zeros((len(pairs), x.shape[1] + 1)), np.zeros(len(pairs))
        for rows, head, sign in self._terms(pairs):
            out[rows] += sign * head.contributions(x[rows])
            own[rows] += sign * head.own_.log_mean(who[rows])
        parts = self._forecaster.by_feature(out, x)
        names = [*self._forecaster.columns, OWN_RESULTS, BASELINE]
        return names, np.column_stack([parts[:, :-1], own, parts[:, -1]])

    def gain_shares(self) -> dict[str, float] | None:
        """The mean over the heads of the value: each head's gains are in a unit of their own, its shares are not."""
        shares = self._forecaster.gain_shares()
        return None if shares is None else dict(zip(self._forecaster.columns, shares.tolist(), strict=True))

    @property
    def forecaster(self) -> Forecaster:
        return self._forecaster

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(
            f"{head} rests on little evidence: {why}" for head, why in self._forecaster.abstains.items()
        )

    def save(self, folder: Path) -> None:
        self._forecaster.save(folder / FOLDER)

    @classmethod
    def load(cls, folder: Path) -> Self:
        ranker = cls()
        ranker._forecaster = Forecaster.load(folder / FOLDER)
        ranker.columns = ranker._forecaster.columns
        return ranker

    def _terms(self, pairs: pd.DataFrame) -> Iterator[tuple[np.ndarray, Head, float]]:
        """(rows, head, sign) of every logarithm that the value is the sum of."""
        everyone = np.arange(len(pairs))
        terms = [
            (rows, self._forecaster.heads_[KPI_COLUMNS[code]], 1.0)
            for code, rows in by_objective(pairs, self.name)
        ]
        terms += [
            (everyone, self._forecaster.heads_["accept"], 1.0),
            (everyone, self._forecaster.cost_head, -1.0),
        ]
        return (term for term in terms if term[1].knows)
