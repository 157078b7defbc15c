"""The world's clock and its random streams. Days are floats counted from :data:`START`; tables hold UTC instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

START = datetime(2024, 7, 1, tzinfo=UTC)
"""Day 0: the oldest facts. Campaigns begin two months later, so that the first decisions see some history."""

NOW = datetime(2026, 9, 1, tzinfo=UTC)
"""The world's present: nothing in it was observed later."""

NOW_DAY = float((NOW - START).days)
FIRST_DECISION_DAY = 62.0
MONTH = 30.0

_START_SECONDS = int(START.timestamp())
_STREAMS = (
    "creators", "growth", "audiences", "brands", "briefs", "plans", "campaigns", "outcomes", "posts", "texts",
    "readings", "comments", "snapshots", "followers",
)  # fmt: skip


def streams(seed: int) -> dict[str, np.random.Generator]:
    """One independent generator per part of the world: drawing more in one part leaves the others as they were."""
    children = np.random.SeedSequence(seed).spawn(len(_STREAMS))
    return {name: np.random.default_rng(child) for name, child in zip(_STREAMS, children, strict=True)}


def instant(day: float) -> datetime:
    """The UTC instant of a day, to the second (as :func:`instants`)."""
    return START + timedelta(seconds=int(np.rint(day * 86_400)))


def instants(days: Floats) -> pa.Array:
    """Days to UTC timestamps, to the second; NaN gives null."""
    known = np.isfinite(days)
    seconds = np.rint(np.where(known, days, 0.0) * 86_400).astype(np.int64) + _START_SECONDS
    return pa.array(seconds * 1_000_000, type=pa.int64(), mask=~known).cast(pa.timestamp("us", tz="UTC"))
