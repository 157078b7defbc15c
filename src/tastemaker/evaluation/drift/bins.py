"""Where a value falls: bins by quantiles with a bin of its own for a point mass, and categories by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tastemaker.evaluation.metrics import Floats

Codes = NDArray[np.int64]
UNKNOWN = -1
ROWS_PER_BIN = 20
"""Fewer reference rows than this make fewer bins: a bin of three rows is noise."""
MOST_CATEGORIES = 12
OTHER = "other"


@dataclass(frozen=True)
class NumberBins:
    """``points``: values that at least one bin's share of the reference has, each a bin of its own; ``edges``:
    ascending inner edges of the bins of all other values.

    Quantiles alone would put the zeros of a count into several equal edges, and a constant into none.
    """

    points: tuple[float, ...]
    edges: tuple[float, ...]

    @classmethod
    def fit(cls, values: Floats, bins: int) -> Self:
        """``values`` (n,), NaN unknown; at most ``bins`` bins of about equal counts, and one for what lies between."""
        known = values[~np.isnan(values)]
        bins = int(np.clip(len(known) // ROWS_PER_BIN, 2, bins))
        found, counts = np.unique(known, return_counts=True)
        points = found[counts * bins >= len(known)] if len(known) else found
        rest = known[~np.isin(known, points)]
        parts = max(1, round(bins * len(rest) / max(len(known), 1)))
        inner = np.unique(np.quantile(rest, np.arange(1, parts) / parts)) if len(rest) else np.empty(0)
        return cls(tuple(map(float, points)), tuple(map(float, inner)))

    @property
    def count(self) -> int:
        return len(self.points) + len(self.edges) + 1

    def codes(self, values: Floats) -> Codes:
        """The bin (0..count-1) of each value, :data:`UNKNOWN` for NaN."""
        points = np.array(self.points)
        code = len(points) + np.searchsorted(np.array(self.edges), values, side="right")
        place = np.searchsorted(points, values)
        inside = place < len(points)
        hit = np.zeros(len(values), bool)
        hit[inside] = points[place[inside]] == values[inside]
        return np.where(np.isnan(values), UNKNOWN, np.where(hit, place, code)).astype(np.int64)

    def to_json(self) -> dict[str, Any]:
        return {"points": list(self.points), "edges": list(self.edges)}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Self:
        return cls(tuple(saved["points"]), tuple(saved["edges"]))


@dataclass(frozen=True)
class CategoryBins:
    """The names that the reference has most of; every other name is :data:`OTHER`, the last bin."""

    names: tuple[str, ...]

    @classmethod
    def fit(cls, values: Sequence[str | None]) -> Self:
        found, counts = np.unique(
            np.array([v for v in values if v is not None], dtype=str), return_counts=True
        )
        most = np.lexsort((found, -counts))[:MOST_CATEGORIES]
        return cls(tuple(sorted(str(found[i]) for i in most)))

    @property
    def count(self) -> int:
        return len(self.names) + 1

    def codes(self, values: Sequence[str | None]) -> Codes:
        """The bin of each name, :data:`UNKNOWN` for None."""
        place = {name: i for i, name in enumerate(self.names)}
        return np.array([UNKNOWN if v is None else place.get(v, len(place)) for v in values], dtype=np.int64)

    def name(self, code: int) -> str:
        return self.names[code] if code < len(self.names) else OTHER

    def to_json(self) -> dict[str, Any]:
        return {"names": list(self.names)}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Self:
        return cls(tuple(saved["names"]))


Bins = NumberBins | CategoryBins


def bins_from_json(saved: dict[str, Any]) -> Bins:
    return CategoryBins.from_json(saved) if "names" in saved else NumberBins.from_json(saved)
