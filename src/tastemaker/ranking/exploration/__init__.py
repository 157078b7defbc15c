"""Exploration: places of a shortlist for promising unknowns, near-ties swapped, every chance known exactly."""

from tastemaker.ranking.exploration.chances import fixed_size_sample, thompson_wins
from tastemaker.ranking.exploration.effects import Belief, CreatorEffects, Effect, expectations
from tastemaker.ranking.exploration.slots import Explored, explore

__all__ = [
    "Belief",
    "CreatorEffects",
    "Effect",
    "Explored",
    "expectations",
    "explore",
    "fixed_size_sample",
    "thompson_wins",
]
