"""Why a creator is on a shortlist and what is known of them, in words made from the values and from nothing else."""

from tastemaker.explanation.audit import audit
from tastemaker.explanation.cards import compared_with, standing, trust
from tastemaker.explanation.folding import FirstSight, at_first_sight
from tastemaker.explanation.reasons import reason
from tastemaker.explanation.replay import Difference, Replay, replay

__all__ = [
    "Difference",
    "FirstSight",
    "Replay",
    "at_first_sight",
    "audit",
    "compared_with",
    "reason",
    "replay",
    "standing",
    "trust",
]
