"""Have the live features, scores and outcomes moved away from the training's? ``docs/monitoring.md``."""

from tastemaker.evaluation.drift.bins import Bins, CategoryBins, NumberBins
from tastemaker.evaluation.drift.columns import Cohort, Column, add_up, fit_bins
from tastemaker.evaluation.drift.compare import LEVELS, Check, Compared, compare
from tastemaker.evaluation.drift.reference import Reference
from tastemaker.evaluation.drift.verdict import DriftReport, report, say

__all__ = [
    "LEVELS",
    "Bins",
    "CategoryBins",
    "Check",
    "Cohort",
    "Column",
    "Compared",
    "DriftReport",
    "NumberBins",
    "Reference",
    "add_up",
    "compare",
    "fit_bins",
    "report",
    "say",
]
