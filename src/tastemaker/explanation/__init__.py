"""Why a creator is on a shortlist, in words made from the values that ranked them and from nothing else."""

from tastemaker.explanation.reasons import reason

__all__ = ["reason"]
