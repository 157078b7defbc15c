"""What a comparison of two models found. Differences are the second's less the first's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tastemaker.evaluation import CalibrationBins, Estimate, Slice
from tastemaker.evaluation.metrics import Floats
from tastemaker.evaluation.off_policy import OffPolicyEstimate
from tastemaker.evaluation.off_policy.overlap import finite


@dataclass(frozen=True)
class Side:
    """One of the two. ``trained_until``: nothing that became known from then on taught it; None: it learned nothing.

    ``bytes``: of its bundle's files.
    """

    name: str
    bundle: str
    ranker: str
    trained_until: pd.Timestamp | None
    bytes: int


@dataclass(frozen=True)
class Backtest:
    """NDCG by realised value on the later campaigns, over the creators who were chosen in them.

    ``per_campaign``: campaign -> first, second, those in which both can be judged. ``by_cutoff``: a row per side, mean
    NDCG at cut-offs 1, 2, ...
    """

    cutoff: int
    per_campaign: pd.DataFrame
    first: Estimate
    second: Estimate
    difference: Estimate
    by_cutoff: tuple[Floats, Floats]

    @property
    def campaigns(self) -> int:
        """How many campaigns both could be judged in."""
        return len(self.per_campaign)


@dataclass(frozen=True)
class Calibration:
    """Bins of predicted and realised value in multiples of the objective's mean; None for a side that promises
    nothing. ``change``: of the expected calibration error, None unless both promise. ``weighted``: by the inverse of
    the logged propensity, so that it speaks of everyone who could be shown; otherwise of those who were chosen."""

    first: CalibrationBins | None
    second: CalibrationBins | None
    change: Estimate | None
    weighted: bool = False


@dataclass(frozen=True)
class Replayed:
    """Off-policy: what the best ``k`` of those considered would have brought, per place; 1 is what a creator chosen in
    the past brought on average. ``left_out``: decisions with a result that is not known yet."""

    k: int
    decisions: int
    left_out: int
    first: OffPolicyEstimate
    second: OffPolicyEstimate
    difference: OffPolicyEstimate


@dataclass(frozen=True)
class Exposure:
    """Shares of attention (0..1) in what both would show for the same later briefs.

    ``by_size``, ``by_country``: group -> columns first and second. ``small``: change of the share that
    small creators get; ``small_first``: that share in the first.
    """

    briefs: int
    by_size: pd.DataFrame
    by_country: pd.DataFrame
    small_first: float
    small: Estimate


@dataclass(frozen=True)
class Latency:
    """Milliseconds of an answer on this machine, both in turn on the same briefs, and the growth of the median."""

    briefs: int
    first: tuple[float, float]
    second: tuple[float, float]
    growth: Estimate


@dataclass(frozen=True)
class Comparison:
    """Parts that could not be made are None or empty; ``problems`` say why, ``notes`` what to know of the others.

    ``since``: the later campaigns are those first decided from then on, after both were trained.
    """

    first: Side
    second: Side
    since: pd.Timestamp | None
    campaigns: int
    backtest: Backtest | None
    calibration: Calibration | None
    replayed: Replayed | None
    slices: tuple[Slice, ...]
    exposure: Exposure | None
    latency: Latency | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def size_growth(self) -> float:
        """Growth of the bundle, as a share of the first's; NaN where that can not be read."""
        return self.second.bytes / self.first.bytes - 1.0 if self.first.bytes else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Ready for ``json.dumps``; what is not known is null."""
        return {
            "first": _side(self.first),
            "second": _side(self.second),
            "since": None if self.since is None else self.since.isoformat(),
            "campaigns": self.campaigns,
            "backtest": None if self.backtest is None else _backtest(self.backtest),
            "calibration": None if self.calibration is None else _calibration(self.calibration),
            "off_policy": None if self.replayed is None else _replayed(self.replayed),
            "slices": [part.to_json() for part in self.slices],
            "exposure": None if self.exposure is None else _exposure(self.exposure),
            "latency": None if self.latency is None else _latency(self.latency),
            "size": {
                "first": self.first.bytes,
                "second": self.second.bytes,
                "growth": finite(self.size_growth),
            },
            "problems": list(self.problems),
            "notes": list(self.notes),
        }

    def metrics(self) -> dict[str, float]:
        """The figures of a run, by name; those that are not known are left out."""
        found: dict[str, Estimate | None] = {
            "off_policy.difference": self.replayed.difference.estimate if self.replayed else None,
            "calibration.change": self.calibration.change if self.calibration else None,
            "small_share.change": self.exposure.small if self.exposure else None,
            "latency.growth": self.latency.growth if self.latency else None,
        }
        if self.backtest is not None:
            name = f"ndcg{self.backtest.cutoff}"
            found[f"{name}.first"], found[f"{name}.second"] = self.backtest.first, self.backtest.second
            found[f"{name}.difference"] = self.backtest.difference
        metrics = {"size.growth": self.size_growth, "campaigns": float(self.campaigns)}
        for name, estimate in found.items():
            if estimate is not None:
                metrics |= {
                    name: estimate.value,
                    f"{name}.low": estimate.low,
                    f"{name}.high": estimate.high,
                }
        return {name: value for name, value in metrics.items() if np.isfinite(value)}


def _side(side: Side) -> dict[str, Any]:
    until = None if side.trained_until is None else side.trained_until.isoformat()
    return {"name": side.name, "bundle": side.bundle, "ranker": side.ranker, "trained_until": until}


def _backtest(part: Backtest) -> dict[str, Any]:
    return {
        "metric": f"ndcg@{part.cutoff}",
        "campaigns": part.campaigns,
        "first": part.first.to_json(),
        "second": part.second.to_json(),
        "difference": part.difference.to_json(),
    }


def _calibration(part: Calibration) -> dict[str, Any]:
    first, second = (None if bins is None else bins.error for bins in (part.first, part.second))
    change = None if part.change is None else part.change.to_json()
    return {"weighted": part.weighted, "error": {"first": first, "second": second, "change": change}}


def _replayed(part: Replayed) -> dict[str, Any]:
    return {
        "k": part.k,
        "decisions": part.decisions,
        "left_out": part.left_out,
        "first": part.first.to_json(),
        "second": part.second.to_json(),
        "difference": part.difference.to_json(),
    }


def _exposure(part: Exposure) -> dict[str, Any]:
    return {
        "briefs": part.briefs,
        "by_size": _groups(part.by_size),
        "by_country": _groups(part.by_country),
        "small": {"first": part.small_first, "change": part.small.to_json()},
    }


def _groups(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    return {
        str(group): {"first": float(row["first"]), "second": float(row["second"])}
        for group, row in table.iterrows()
    }


def _latency(part: Latency) -> dict[str, Any]:
    sides = {
        name: {"median_ms": median, "p95_ms": p95}
        for name, (median, p95) in (("first", part.first), ("second", part.second))
    }
    return sides | {"briefs": part.briefs, "growth": part.growth.to_json()}
