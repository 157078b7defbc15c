"""Skew: features as they were served against the same features made again from the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import EvaluationError

SMALL = 0.01


@dataclass(frozen=True)
class FeatureSkew:
    """One feature over all values compared. ``differ``: both known, further apart than allowed; ``lost``: known when
    served, unknown now; ``found``: the other way round; ``largest``: the largest relative difference, 0 without one.
    """

    feature: str
    compared: int
    differ: int
    lost: int
    found: int
    largest: float

    @property
    def mismatches(self) -> int:
        return self.differ + self.lost + self.found

    @property
    def share(self) -> float:
        """Of the compared values, 0..1."""
        return self.mismatches / max(self.compared, 1)


@dataclass(frozen=True)
class SkewReport:
    """``features``: worst first. ``alarm``: a feature has more mismatches than allowed, or an account that was shown
    is not in the tables."""

    bundle: str
    since: datetime
    until: datetime
    made_from: str
    decisions: int
    sampled: int
    compared: int
    accounts: int
    missing_accounts: tuple[str, ...]
    features: tuple[FeatureSkew, ...]
    most_mismatches: float
    notes: tuple[str, ...]

    @property
    def skewed(self) -> tuple[FeatureSkew, ...]:
        return tuple(f for f in self.features if f.share > self.most_mismatches)

    @property
    def alarm(self) -> bool:
        return bool(self.skewed or self.missing_accounts)

    def to_json(self) -> dict[str, Any]:
        features = [asdict(f) | {"mismatches": f.mismatches, "share": f.share} for f in self.features]
        times = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        skewed = [f.feature for f in self.skewed]
        return asdict(self) | times | {"features": features, "skewed": skewed, "alarm": self.alarm}


def in_sample(decision_id: str, share: float) -> bool:
    """Whether a decision is one of the ``share`` (0..1) that is made again: by a hash of its id, the same on every
    machine and every day."""
    place = int.from_bytes(hashlib.sha256(decision_id.encode()).digest()[:8], "big")
    return place < share * 2**64


def compare_features(
    columns: Sequence[str], served: NDArray[np.floating], again: NDArray[np.floating], tolerance: float
) -> tuple[FeatureSkew, ...]:
    """Each column of ``served`` (n, columns) against ``again``, most mismatches first.

    Two values differ if they are more than ``tolerance`` apart, relative to the larger of them (to :data:`SMALL`, where
    both are smaller: a sum near zero has no relative precision); both
    unknown (NaN) is no difference. Raises EvaluationError for other shapes.
    """
    then, now = np.asarray(served, dtype=np.float64), np.asarray(again, dtype=np.float64)
    if then.shape != now.shape or then.shape[1:] != (len(columns),):
        raise EvaluationError(f"{then.shape} served values against {now.shape} of {len(columns)} columns")
    known_then, known_now = ~np.isnan(then), ~np.isnan(now)
    both = known_then & known_now
    scale = np.maximum(np.maximum(np.abs(then), np.abs(now)), SMALL)
    apart = np.where(both, np.abs(then - now) / scale, 0.0)
    counts = (both & (apart > tolerance), known_then & ~known_now, known_now & ~known_then)
    differ, lost, found = (c.sum(axis=0).tolist() for c in counts)
    largest = apart.max(axis=0, initial=0.0).tolist()
    told = (
        FeatureSkew(name, len(then), *row)
        for name, *row in zip(columns, differ, lost, found, largest, strict=True)
    )
    return tuple(sorted(told, key=lambda f: (-f.mismatches, f.feature)))
