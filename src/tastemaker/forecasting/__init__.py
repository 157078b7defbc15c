"""What a creator would deliver and cost, with intervals that cover."""

from tastemaker.forecasting.forecaster import Forecast, Forecaster
from tastemaker.forecasting.frames import KPI_COLUMNS

__all__ = ["KPI_COLUMNS", "Forecast", "Forecaster"]
