"""Engagement of creators in a later month, from monthly rankings."""

from tastemaker.forecasting.engagement.forecast import (
    EngagementForecast,
    Persistence,
    authentic_share,
    authentic_share_rounding,
    engagement,
)

__all__ = ["EngagementForecast", "Persistence", "authentic_share", "authentic_share_rounding", "engagement"]
