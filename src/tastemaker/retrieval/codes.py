"""Vectors in a byte a column: scores of every row with a bound on their error, at a quarter of the bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numkong
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tastemaker.retrieval.projection import read_tensors
from tastemaker.retrieval.selection import Floats, Ids

Scores = NDArray[np.float64]

LEVELS = 127
ALIGNED = 64
"""Rows begin at multiples of a cache line: half as many lines are touched, and no kernel has a remainder."""
BLOCK = 16_384
GATHER = 2_048
"""Rows gathered at a time: 0.8 MB stays in the second-level cache."""
ROUNDING = 1e-6
"""Share of ``|query| |row|`` that float32 sums over at most 512 columns may be off, taken generously (their bound is
512 * 6e-8 for sums in order; the kernels keep 8 or more partial sums)."""


class ByteCodes:
    """Row ``i`` is ``middle + step * codes[i]``, off by less than half a step in each column.

    codes: int8 (n, columns padded to 64); middle, step: float32 (d,); worst: the largest length of a row's error,
    in steps; longest, farthest: the largest length of a row's codes, and of a row. From these follows, by Cauchy and
    Schwarz, how far a score can be off: a search that rescores what may be better than the k-th is exact.
    """

    def __init__(
        self,
        codes: NDArray[np.int8],
        middle: Floats,
        step: Floats,
        worst: float,
        longest: float,
        farthest: float,
    ) -> None:
        self.codes = codes
        self.middle = middle
        self.step = step
        self.worst = worst
        self.longest = longest
        self.farthest = farthest

    @classmethod
    def fit(cls, vectors: Floats) -> Self:
        """Codes of (n, d) finite rows, block by block."""
        n, width = vectors.shape
        low = np.full(width, np.inf, dtype=np.float64)
        high = -low
        for start in range(0, n, BLOCK):
            part = vectors[start : start + BLOCK]
            low, high = np.minimum(low, part.min(axis=0)), np.maximum(high, part.max(axis=0))
        middle = ((low + high) / 2).astype(np.float32)
        step = np.maximum((high - low) / (2 * LEVELS), 1e-12).astype(np.float32)
        codes = np.zeros((n, -(-width // ALIGNED) * ALIGNED), dtype=np.int8)
        worst = longest = farthest = 0.0
        for start in range(0, n, BLOCK):
            part = vectors[start : start + BLOCK]
            exact = (part.astype(np.float64) - middle) / step
            rounded = np.clip(np.rint(exact), -LEVELS, LEVELS)
            codes[start : start + BLOCK, :width] = rounded
            worst = max(worst, float(np.linalg.norm(exact - rounded, axis=1).max()))
            longest = max(longest, float(np.linalg.norm(rounded, axis=1).max()))
            farthest = max(farthest, float(np.linalg.norm(part, axis=1).max()))
        return cls(codes, middle, step, worst, longest, farthest)

    def scores(self, query: Floats, ids: Ids | None = None, *, fine: bool = False) -> tuple[Scores, float]:
        """((m,) about the inner products of all rows or of ``ids``, by how much each may be off at most).

        ``fine`` gives the query two bytes a column, not one: that takes half of the error away.
        """
        scaled = query.astype(np.float64) * self.step
        unit = max(float(np.abs(scaled).max()) / LEVELS, 1e-30)
        first = np.rint(scaled / unit)
        rest = scaled - unit * first
        parts = np.zeros((1 + fine, self.codes.shape[1]), dtype=np.int8)
        parts[0, : len(query)] = first
        if fine:
            second = np.rint(rest / unit * (2 * LEVELS))
            parts[1, : len(query)] = second
            rest = rest - unit / (2 * LEVELS) * second
        products = self._products(parts, ids)
        found: Scores = products[0] * unit
        if fine:
            found += products[1] * (unit / (2 * LEVELS))
        found += float(query.astype(np.float64) @ self.middle)
        error = float(np.linalg.norm(scaled)) * self.worst + float(np.linalg.norm(rest)) * self.longest
        return found, error + ROUNDING * float(np.linalg.norm(query)) * self.farthest

    def _products(self, parts: NDArray[np.int8], ids: Ids | None) -> Scores:
        """(len(parts), m) integer products, exact."""
        if ids is None:
            return _dots(parts, self.codes)
        found = np.empty((len(parts), len(ids)), dtype=np.float64)
        block = np.empty((min(GATHER, len(ids)), self.codes.shape[1]), dtype=np.int8)
        for start in range(0, len(ids), GATHER):
            some = ids[start : start + GATHER]
            # Without the check of each id, half of the time.
            rows = np.take(self.codes, some, axis=0, out=block[: len(some)], mode="clip")
            found[:, start : start + len(some)] = _dots(parts, rows)
        return found

    def save(self, path: Path) -> None:
        """Writes a safetensors file."""
        bounds = np.array([self.worst, self.longest, self.farthest], dtype=np.float64)
        tensors: dict[str, Any] = {"middle": self.middle, "step": self.step, "bounds": bounds}
        save_file(tensors | {"codes": self.codes}, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what :meth:`save` wrote. Raises IndexingError with the file's name."""
        tensors: dict[str, Any] = dict(read_tensors(path, "codes", "middle", "step", "bounds"))
        return cls(
            tensors["codes"], tensors["middle"], tensors["step"], *(float(b) for b in tensors["bounds"])
        )

    @property
    def nbytes(self) -> int:
        return int(self.codes.nbytes)


def _dots(parts: NDArray[np.int8], rows: NDArray[np.int8]) -> Scores:
    products: Scores = np.asarray(numkong.cdist(parts, rows, "dot"))
    return products
