"""What a creator would deliver and cost, with intervals that cover."""

from tastemaker.forecasting.forecaster import Forecast, Forecaster
from tastemaker.forecasting.frames import KPI_COLUMNS
from tastemaker.forecasting.interval import Quantiles
from tastemaker.forecasting.maturity import Matured, MaturityCurves
from tastemaker.forecasting.rates import RateForecast, RateModel

__all__ = [
    "KPI_COLUMNS",
    "Forecast",
    "Forecaster",
    "Matured",
    "MaturityCurves",
    "Quantiles",
    "RateForecast",
    "RateModel",
]
