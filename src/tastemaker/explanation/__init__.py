"""Why a creator is on a shortlist and what is known of them, in words made from the values and from nothing else."""

from tastemaker.explanation.cards import compared_with, standing, trust
from tastemaker.explanation.folding import FirstSight, at_first_sight
from tastemaker.explanation.reasons import reason

__all__ = ["FirstSight", "at_first_sight", "compared_with", "reason", "standing", "trust"]
