"""What results leave open of a value: how much it may yet be, and of how many results that is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from tastemaker.forecasting import Forecaster


@dataclass(frozen=True)
class Belief:
    """Of each pair's log value (n,): ``spread``, the standard deviation of what results of the creator leave open;
    ``campaigns``, how many of them are known or under way. The value itself holds what they say."""

    spread: np.ndarray
    campaigns: np.ndarray

    @classmethod
    def of(cls, forecaster: Forecaster, pairs: pd.DataFrame) -> Self:
        """``pairs``: as the ranker reads them, with ``creator_id``."""
        return cls(*forecaster.left_open(pairs))
