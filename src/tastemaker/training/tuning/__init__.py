"""Tuning of the ranker: which settings do best on later campaigns of the training's time."""

from tastemaker.training.tuning.folds import Fold, rolling_folds
from tastemaker.training.tuning.runs import StudyRuns
from tastemaker.training.tuning.score import fold_scores, information
from tastemaker.training.tuning.space import KNOBS, Knob, differences, search_space, with_values
from tastemaker.training.tuning.study import Place, tune
from tastemaker.training.tuning.verdict import Tuned, WholeTrial, bound_of_best, judge_trials

__all__ = [
    "KNOBS",
    "Fold",
    "Knob",
    "Place",
    "StudyRuns",
    "Tuned",
    "WholeTrial",
    "bound_of_best",
    "differences",
    "fold_scores",
    "information",
    "judge_trials",
    "rolling_folds",
    "search_space",
    "tune",
    "with_values",
]
