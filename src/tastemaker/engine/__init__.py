"""From a brief to a ranked shortlist: the only place that knows the order of the online stages."""

from tastemaker.engine.log import DecisionLog
from tastemaker.engine.recommend import Engine

__all__ = ["DecisionLog", "Engine"]
