"""What a forecaster says of pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.forecasting.interval import Quantiles


@dataclass(frozen=True)
class Forecast:
    """Per row: the expected value, and the median with the bounds of the interval. NaN where there is no evidence."""

    mean: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Forecasts:
    """All that is told of the same pairs, by the names and units of the :class:`Forecaster`'s methods."""

    kpi: Forecast
    fee: Forecast
    cost: np.ndarray
    p_accept: np.ndarray
    outcomes: dict[str, Quantiles]
