"""The platform's average audience: what a coverage is compared with. Reduced from all buckets by whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pyarrow as pa

from tastemaker.features.audience.overlap import COMMON_FACETS
from tastemaker.schema import AUDIENCE_WIDTH, FACET_SLICES
from tastemaker.schema.tables import PLATFORMS

_PARTS = 1_000_000

Cell = tuple[int, str, str]
"""(moment, platform, facet)."""


@dataclass(frozen=True)
class AudienceSums:
    """Cell -> (accounts, sum of their shares by key in millionths): sums of whole numbers, the same in any order."""

    cells: dict[Cell, tuple[int, tuple[int, ...]]] = field(default_factory=dict)

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """The sums of all parts."""
        cells: dict[Cell, tuple[int, tuple[int, ...]]] = {}
        for part in parts:
            for cell, (n, shares) in part.cells.items():
                before, known = cells.get(cell, (0, (0,) * len(shares)))
                cells[cell] = before + n, tuple(a + b for a, b in zip(known, shares, strict=True))
        return cls(cells)


def audience_sums(rows: pa.Table, blocks: Mapping[str, np.ndarray]) -> AudienceSums:
    """The sums of a bucket: ``rows`` with t, platform and ``report_<facet>``, a row of ``blocks[facet]`` or -1."""
    t = rows.column("t").to_numpy()
    place = {name: i for i, name in enumerate(PLATFORMS)}
    platform = np.array([place.get(p, -1) for p in rows.column("platform").to_pylist()], dtype=np.int64)
    cells: dict[Cell, tuple[int, tuple[int, ...]]] = {}
    for facet in COMMON_FACETS:
        report = rows.column(f"report_{facet}").to_numpy()
        known = (report >= 0) & (platform >= 0)
        parts = np.rint(blocks[facet].astype(np.float64) * _PARTS).astype(np.int64)
        code = t[known].astype(np.int64) * len(PLATFORMS) + platform[known]
        found, which = np.unique(code, return_inverse=True)
        sums = np.zeros((len(found), parts.shape[1]), dtype=np.int64)
        np.add.at(sums, which, parts[report[known]])
        counts = np.bincount(which, minlength=len(found))
        for number, n, row in zip(found.tolist(), counts.tolist(), sums.tolist(), strict=True):
            moment, kind = divmod(number, len(PLATFORMS))
            cells[moment, PLATFORMS[kind], facet] = n, tuple(row)
    return AudienceSums(cells)


def platform_audience(sums: AudienceSums, t: int) -> np.ndarray:
    """float32 (platforms, AUDIENCE_WIDTH): mean shares of the accounts of which a facet is known at moment ``t``.

    Rows in the order of ``schema.tables.PLATFORMS``; NaN throughout a facet that is known of nobody on the platform.
    """
    averages = np.full((len(PLATFORMS), AUDIENCE_WIDTH), np.nan)
    for row, platform in enumerate(PLATFORMS):
        for facet, block in FACET_SLICES.items():
            n, shares = sums.cells.get((t, platform, facet), (0, ()))
            if n:
                averages[row, block] = np.array(shares, dtype=np.float64) / (n * _PARTS)
    return averages.astype(np.float32)
