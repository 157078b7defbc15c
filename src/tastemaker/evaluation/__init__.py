"""How good an order is, and how sure we are: metrics, intervals, calibration, the simulated truth."""

from tastemaker.evaluation.bootstrap import Estimate, mean_interval, median_interval, paired_difference
from tastemaker.evaluation.calibration import CalibrationBins, calibration_bins, calibration_change
from tastemaker.evaluation.exposure import exposure_shares, mean_exposure, share_change
from tastemaker.evaluation.growth import median_growth
from tastemaker.evaluation.links import LINK_METRICS, link_metrics, summarise
from tastemaker.evaluation.metrics import (
    auc,
    average_precision,
    dcg_at_k,
    discounts,
    first_rank,
    labels_in_order,
    median_rank,
    ndcg_at_k,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
)
from tastemaker.evaluation.slices import PerQuery, Slice, compare_slices
from tastemaker.evaluation.truth import Judgement, judge, read_expected, true_gains

__all__ = [
    "LINK_METRICS",
    "CalibrationBins",
    "Estimate",
    "Judgement",
    "PerQuery",
    "Slice",
    "auc",
    "average_precision",
    "calibration_bins",
    "calibration_change",
    "compare_slices",
    "dcg_at_k",
    "discounts",
    "exposure_shares",
    "first_rank",
    "judge",
    "labels_in_order",
    "link_metrics",
    "mean_exposure",
    "mean_interval",
    "median_growth",
    "median_interval",
    "median_rank",
    "ndcg_at_k",
    "paired_difference",
    "precision_at_k",
    "read_expected",
    "recall_at_k",
    "reciprocal_rank",
    "share_change",
    "summarise",
    "true_gains",
]
