"""A marketplace with a known truth: catalogue, campaigns, biased logs, outcomes. See ``docs/simulation.md``."""

from tastemaker.simulation.clock import NOW, START
from tastemaker.simulation.followers import Followers
from tastemaker.simulation.marketplace import FORMULA, simulate

__all__ = ["FORMULA", "NOW", "START", "Followers", "simulate"]
