"""A comparison with every part, to be changed part by part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tastemaker.evaluation import CalibrationBins, Estimate, Slice
from tastemaker.evaluation.off_policy import OffPolicyEstimate
from tastemaker.training.comparison import (
    Backtest,
    Calibration,
    Comparison,
    Exposure,
    Latency,
    Replayed,
    Side,
)

TOO_FEW = Estimate(-0.05, float("nan"), float("nan"))
SINCE = pd.Timestamp("2026-03-01", tz="UTC")


def estimated(value: float, low: float, high: float, reason: str | None = None) -> OffPolicyEstimate:
    return OffPolicyEstimate("dr", Estimate(value, low, high), 40.0, 9.0, reason)


def piece(name: str, low: float, high: float, queries: int = 30) -> Slice:
    middle = (low + high) / 2
    return Slice("platform", name, queries, 0.6, 0.6 + middle, Estimate(middle, low, high))


def backtest(low: float, high: float, campaigns: int = 40) -> Backtest:
    middle = (low + high) / 2
    first = np.linspace(0.4, 0.9, campaigns)
    table = pd.DataFrame({"first": first, "second": first + middle})
    lines = (np.linspace(0.5, 0.8, 20), np.linspace(0.55, 0.82, 20))
    means = Estimate(0.65, 0.6, 0.7), Estimate(0.66, 0.61, 0.71)
    return Backtest(10, table, *means, Estimate(middle, low, high), lines)


def bins() -> CalibrationBins:
    edges = np.linspace(0.2, 2.0, 10)
    return CalibrationBins(edges, edges * 1.1, np.full(10, 50.0))


def comparison(**changes: Any) -> Comparison:
    """Every rule holds; ``changes`` are fields of it."""
    groups = pd.DataFrame({"first": [0.7, 0.3], "second": [0.68, 0.32]}, index=["micro", "mid"])
    whole = Comparison(
        first=Side("version 1 (champion)", "aa", "value", SINCE, 1_000_000),
        second=Side("version 2", "bb", "value", SINCE, 1_100_000),
        since=SINCE,
        campaigns=45,
        backtest=backtest(0.001, 0.031),
        calibration=Calibration(bins(), bins(), Estimate(0.01, -0.05, 0.07)),
        replayed=Replayed(
            10, 38, 7, estimated(1.0, 0.8, 1.2), estimated(1.1, 0.9, 1.3), estimated(0.1, -0.1, 0.3)
        ),
        slices=(piece("tiktok", -0.02, 0.03), replace(piece("youtube", -0.2, 0.1, 4), difference=TOO_FEW)),
        exposure=Exposure(30, groups, groups, 0.7, Estimate(-0.02, -0.05, 0.01)),
        latency=Latency(30, (20.0, 40.0), (22.0, 41.0), Estimate(0.1, 0.05, 0.2)),
        problems=(),
        notes=(),
    )
    return replace(whole, **changes)
