"""Exploration: places of a shortlist for promising unknowns, near-ties swapped, every chance known exactly."""

from tastemaker.ranking.exploration.belief import Belief
from tastemaker.ranking.exploration.chances import fixed_size_sample, thompson_wins
from tastemaker.ranking.exploration.slots import Explored, explore

__all__ = [
    "Belief",
    "Explored",
    "explore",
    "fixed_size_sample",
    "thompson_wins",
]
