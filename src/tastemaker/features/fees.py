"""What an account would ask: its own recent quotes, else what peers of its size ask."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from tastemaker.features.snapshot import to_numpy

SCALE = 1_000
"""Logs are summed as integers (thousandths): integer sums do not hang on the order of the buckets."""

MIN_QUOTES = 8
SHRINKAGE = 10.0
SLOPES = (0.2, 1.5)
"""Fees grow with followers, and hardly faster than them: a slope fitted on few quotes is kept within this."""

ANY = ""
Key = tuple[int, str, str]
"""(moment, platform, category or ANY)."""

Sums = tuple[int, int, int, int, int]
"""n, sum x, sum y, sum x^2, sum xy with x = ln(1 + followers), y = ln(fee), in thousandths."""


@dataclass(frozen=True)
class FeeSums:
    """Sufficient statistics of the regressions of ln(fee) on ln(1 + followers)."""

    sums: dict[Key, Sums] = field(default_factory=dict)

    def __add__(self, other: FeeSums) -> FeeSums:
        total = dict(self.sums)
        for key, sums in other.sums.items():
            total[key] = _plus(total.get(key, (0, 0, 0, 0, 0)), sums)
        return FeeSums(total)

    def curves(self) -> FeeCurves:
        """Least squares per moment and platform; a category moves the line up or down by its shrunk mean residual."""
        pooled: dict[Key, Sums] = {}
        for (t, platform, _), sums in self.sums.items():
            pooled[t, platform, ANY] = _plus(pooled.get((t, platform, ANY), (0, 0, 0, 0, 0)), sums)
        lines = {key[:2]: _line(sums) for key, sums in pooled.items() if sums[0] >= MIN_QUOTES}
        offsets = {}
        for (t, platform, category), (n, x, y, _, _) in self.sums.items():
            if (t, platform) in lines:
                level, slope = lines[t, platform]
                residual = y / SCALE - n * level - slope * x / SCALE
                offsets[t, platform, category] = residual / (n + SHRINKAGE)
        return FeeCurves(lines, offsets)


@dataclass(frozen=True)
class FeeCurves:
    """(moment, platform) -> level and slope; (moment, platform, category) -> offset, all of ln(fee in US dollars)."""

    lines: dict[tuple[int, str], tuple[float, float]]
    offsets: dict[Key, float]

    def estimate(self, rows: pa.Table) -> np.ndarray:
        """US dollars for each row by its peers, NaN where followers are unknown or too few peers were ever quoted."""
        keys = list(zip(*(rows.column(n).to_pylist() for n in ("t", "platform", "category")), strict=True))
        unknown = (float("nan"), float("nan"))
        lines = np.array([self.lines.get((t, p), unknown) for t, p, _ in keys], dtype=np.float64).reshape(
            -1, 2
        )
        offsets = np.array([self.offsets.get((t, p, (c or ANY).strip().casefold()), 0.0) for t, p, c in keys])
        size = np.log1p(to_numpy(rows.column("followers")))
        fee: np.ndarray = np.exp(lines[:, 0] + lines[:, 1] * size + offsets)
        return fee


def fee_sums(rows: pa.Table) -> FeeSums:
    """The sums over quoted creators, each counted once, by the account with most followers (ties: account_id)."""
    followers, quoted = to_numpy(rows.column("followers")), to_numpy(rows.column("quoted"))
    names = ("t", "creator_id", "account_id", "platform", "category")
    lead: dict[tuple[int, str], tuple[float, str, Key, float]] = {}
    columns = (rows.column(n).to_pylist() for n in names)
    for t, creator, account, platform, category, size, fee in zip(*columns, followers, quoted, strict=True):
        if np.isnan(size) or np.isnan(fee):
            continue
        key = (t, platform, (category or ANY).strip().casefold())
        before = lead.get((t, creator))
        if before is None or (-size, account) < before[:2]:
            lead[t, creator] = (-size, account, key, fee)
    sums: dict[Key, Sums] = {}
    for size, _, key, fee in lead.values():
        x, y = round(float(np.log1p(-size)) * SCALE), round(float(np.log(fee)) * SCALE)
        sums[key] = _plus(sums.get(key, (0, 0, 0, 0, 0)), (1, x, y, x * x, x * y))
    return FeeSums(sums)


def _plus(a: Sums, b: Sums) -> Sums:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4])


def _line(sums: Sums) -> tuple[float, float]:
    """Level and slope of ln(fee) = level + slope * ln(1 + followers)."""
    n, x, y, xx, xy = sums
    across = n * xx - x * x
    slope = (n * xy - x * y) / across if across else 1.0
    slope = min(max(slope, SLOPES[0]), SLOPES[1])
    return (y - slope * x) / n / SCALE, slope
