"""Codes that are worked out once per snapshot, so that a request compares integers instead of words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tastemaker.schema.tables import PLATFORMS


@dataclass(frozen=True)
class Words:
    """A text (or texts) column: ``codes[i]`` belongs to ``row[i]``; ``values``: folded word -> code."""

    values: dict[str, int]
    codes: np.ndarray
    row: np.ndarray
    known: np.ndarray

    def matches(self, wanted: frozenset[str]) -> np.ndarray:
        """float64 by row: 1 where a value is in ``wanted`` (folded), else 0; NaN where none is known."""
        hit = np.zeros(len(self.values), dtype=bool)
        hit[[self.values[word] for word in wanted if word in self.values]] = True
        found = np.zeros(len(self.known))
        found[self.row[hit[self.codes]]] = 1.0
        found[~self.known] = np.nan
        return found


def words(column: pa.ChunkedArray) -> Words:
    """The codes of a string or list-of-strings column; blank and null values are unknown."""
    row: list[int] = []
    codes: list[int] = []
    values: dict[str, int] = {}
    for i, value in enumerate(column.to_pylist()):
        for word in value if isinstance(value, list) else [value]:
            folded = (word or "").strip().casefold()
            if folded:
                row.append(i)
                codes.append(values.setdefault(folded, len(values)))
    rows = np.array(row, dtype=np.int64)
    known = np.zeros(len(column), dtype=bool)
    known[rows] = True
    return Words(values, np.array(codes, dtype=np.int64), rows, known)


def platform_codes(column: pa.ChunkedArray) -> np.ndarray:
    """float64: the place of each platform in ``schema.tables.PLATFORMS``; NaN for another one."""
    place = {name: float(i) for i, name in enumerate(PLATFORMS)}
    return np.array([place.get(name, np.nan) for name in column.to_pylist()], dtype=np.float64)


def creator_codes(creator_id: pa.ChunkedArray) -> np.ndarray:
    """int64: rows of one creator share a code; codes count up from 0 in the order of first sight."""
    codes: dict[str, int] = {}
    return np.array([codes.setdefault(c, len(codes)) for c in creator_id.to_pylist()], dtype=np.int64)


def collaboration_codes(
    creator_id: pa.ChunkedArray, codes: np.ndarray, wanted: pa.ChunkedArray
) -> np.ndarray:
    """int64: the code of each creator in ``wanted``; -1 for one that is not in ``creator_id``."""
    place = dict(zip(creator_id.to_pylist(), codes.tolist(), strict=True))
    return np.array([place.get(c, -1) for c in wanted.to_pylist()], dtype=np.int64)


def brand_positions(collaborations: pa.Table) -> dict[str, np.ndarray]:
    """Brand id, and folded brand name -> positions in ``collaborations``."""
    found: dict[str, list[int]] = {}
    for position, pair in enumerate(collaborations.select(["brand_id", "brand_name"]).to_pylist()):
        for key in {pair["brand_id"] or "", (pair["brand_name"] or "").strip().casefold()} - {""}:
            found.setdefault(key, []).append(position)
    return {key: np.array(positions, dtype=np.int64) for key, positions in found.items()}


def spans(start: np.ndarray, count: np.ndarray) -> np.ndarray:
    """int64: start[0], ..., start[0] + count[0] - 1, start[1], ... : the places of all elements of all spans."""
    before = np.cumsum(count) - count
    return np.repeat(start - before, count) + np.arange(int(count.sum()))
