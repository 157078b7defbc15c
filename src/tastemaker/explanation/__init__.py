"""Why a creator is on a shortlist and what is known of them, in words made from the values and from nothing else."""

from tastemaker.explanation.cards import compared_with, standing, trust
from tastemaker.explanation.reasons import reason

__all__ = ["compared_with", "reason", "standing", "trust"]
