"""What a creator would deliver and cost, with intervals that cover."""

from tastemaker.forecasting.forecast import Forecast, Forecasts
from tastemaker.forecasting.forecaster import Forecaster
from tastemaker.forecasting.frames import KPI_COLUMNS
from tastemaker.forecasting.interval import Quantiles
from tastemaker.forecasting.maturity import Matured, MaturityCurves
from tastemaker.forecasting.rates import RateForecast, RateModel

__all__ = [
    "KPI_COLUMNS",
    "Forecast",
    "Forecaster",
    "Forecasts",
    "Matured",
    "MaturityCurves",
    "Quantiles",
    "RateForecast",
    "RateModel",
]
