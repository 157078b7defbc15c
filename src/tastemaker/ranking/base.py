"""The ranker: examples in, one number per pair out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.forecasting import Forecaster

BASELINE = "baseline"
"""The last column of every contributions matrix: what the ranker says before it looks at a pair."""


class Ranker(ABC):
    """Gives every pair of a brief and a creator one number, higher is better.

    Where ``calibrated`` is true the number is the value: p(accept) x E[KPI | accepted] / total cost, in units of the
    objective's KPI per US dollar. Otherwise only its order means something. A pair's value never hangs on the pairs
    that are asked beside it. Feature columns are a constructor argument; unknown features are NaN.
    """

    name: ClassVar[str]
    calibrated: bool = False
    columns: tuple[str, ...] = ()
    """The pair features that it reads."""
    explains: bool = True
    """Whether :meth:`contributions` can be asked: a model whose inside can not be seen gives none."""

    @abstractmethod
    def fit(self, examples: pd.DataFrame, sample_weight: np.ndarray | None = None) -> Self:
        """Learns from ``examples``, a row per (decision, creator) considered; ``sample_weight`` (n,), default 1 each.

        Raises RankingError when a column is missing or there is too little to learn from.
        """

    @abstractmethod
    def value(self, pairs: pd.DataFrame) -> np.ndarray:
        """One finite float64 per row of ``pairs``. Raises RankingError naming a feature column that is missing."""

    def raw(self, pairs: pd.DataFrame) -> np.ndarray:
        """The score (n,) that :meth:`contributions` sum to; for one objective, its order is the order of the values."""
        return self.value(pairs)

    @abstractmethod
    def contributions(self, pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
        """Names and a float64 matrix (n, names): what each feature added to the raw score; the last is ``baseline``.

        Raises RankingError where the ranker does not explain itself (:attr:`explains`): parts are never made up.
        """

    def gain_shares(self) -> dict[str, float] | None:
        """Feature -> share (0..1) of the gain of all splits; None for a ranker that has no trees."""
        return None

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Writes what was fitted into ``folder`` (made if absent): text and JSON, no pickle."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """The same ranker again, its values bit-equal. Raises RankingError naming the file at fault."""

    @property
    def forecaster(self) -> Forecaster | None:
        """The forecasts that the value is made of; None where the ranker has none."""
        return None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the ranking should know of its evidence, in words."""
        return ()


def order(values: np.ndarray, creator_ids: Sequence[str] | np.ndarray) -> np.ndarray:
    """Row positions (int64), best value first; equal values go by ``creator_id``.

    Raises RankingError when a value is not finite or the lengths differ.
    """
    values = np.asarray(values, dtype=np.float64)
    ids = np.asarray(creator_ids).astype(str)
    if values.shape != ids.shape:
        raise RankingError(f"order: {values.shape} values for {ids.shape} creators; expected one each")
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise RankingError(
            f"order: creator {ids[bad[0]]} has the value {values[bad[0]]}; expected a finite number"
        )
    return np.lexsort((ids, -values))
