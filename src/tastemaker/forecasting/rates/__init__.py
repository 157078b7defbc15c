"""Rates of small counts by hierarchical shrinkage: units borrow from their groups. See ``docs/forecasts.md``."""

from tastemaker.forecasting.rates.model import RateForecast, RateModel

__all__ = ["RateForecast", "RateModel"]
