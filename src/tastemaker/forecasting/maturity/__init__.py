"""What young outcomes will grow to: curves of maturity per platform and KPI. See ``docs/forecasts.md``."""

from tastemaker.forecasting.maturity.curves import MaturityCurves
from tastemaker.forecasting.maturity.outstanding import Matured

__all__ = ["Matured", "MaturityCurves"]
