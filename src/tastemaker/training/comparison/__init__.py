"""Two models on the same later campaigns: who ranks better, promises better, shows whom, and at what cost."""

from tastemaker.training.comparison.compare import Contestant, compare_on_later
from tastemaker.training.comparison.later import facets_of, later_rows, size_of
from tastemaker.training.comparison.replay import replay
from tastemaker.training.comparison.result import (
    Backtest,
    Calibration,
    Comparison,
    Exposure,
    Latency,
    Replayed,
    Side,
)
from tastemaker.training.comparison.words import exposure_rows, figures, slice_rows

__all__ = [
    "Backtest",
    "Calibration",
    "Comparison",
    "Contestant",
    "Exposure",
    "Latency",
    "Replayed",
    "Side",
    "compare_on_later",
    "exposure_rows",
    "facets_of",
    "figures",
    "later_rows",
    "replay",
    "size_of",
    "slice_rows",
]
