"""Vectors in a byte a column: scores of every row with a bound on their error, at a quarter of the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numkong
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tastemaker.retrieval.projection import read_tensors
from tastemaker.retrieval.selection import Floats, Ids

LEVELS = 127
ALIGNED = 64
"""Rows begin at multiples of a cache line: half as many lines are touched, and no kernel has a remainder."""
BLOCK = 16_384
TOGETHER = 2_048
"""Rows multiplied at a time: 0.8 MB."""
ROUNDING = 1e-6
"""Share of ``|query| |row|`` that float32 sums over at most 512 columns may be off, taken generously (their bound is
512 * 6e-8 for sums in order; the kernels keep 8 or more partial sums)."""


class ByteCodes:
    """Row ``i`` is ``middle + step * codes[i]``, off by less than half a step in each column.

    codes: int8 (n, columns padded to 64); middle, step, usual: float32 (d,), usual the average of the codes; worst: the
    largest length of a row's error, in steps; longest: the largest distance of a row's codes from ``usual``; farthest:
    the largest length of a row. From these follows, by Cauchy and Schwarz, how far a score can be off: a search that
    rescores what may be better than the k-th is exact.
    """

    def __init__(
        self,
        codes: NDArray[np.int8],
        middle: Floats,
        step: Floats,
        usual: Floats,
        worst: float,
        longest: float,
        farthest: float,
    ) -> None:
        self.codes = codes
        self.middle = middle
        self.step = step
        self.usual = usual
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
        sample = vectors[:: max(1, n // BLOCK)].mean(axis=0, dtype=np.float64)
        usual = ((sample - middle) / step).astype(np.float32)
        for start in range(0, n, BLOCK):
            part = vectors[start : start + BLOCK]
            exact = (part.astype(np.float64) - middle) / step
            rounded = np.clip(np.rint(exact), -LEVELS, LEVELS)
            codes[start : start + BLOCK, :width] = rounded
            worst = max(worst, float(np.linalg.norm(exact - rounded, axis=1).max()))
            longest = max(longest, float(np.linalg.norm(rounded - usual, axis=1).max()))
            farthest = max(farthest, float(np.linalg.norm(part, axis=1).max()))
        return cls(codes, middle, step, usual, worst, longest, farthest)

    def scores(self, query: Floats, ids: Ids | None = None, *, fine: bool = False) -> tuple[Floats, float]:
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
        # What the bytes of the query leave out is made good for the average row.
        base = float(query.astype(np.float64) @ self.middle + rest @ self.usual)
        found = np.empty(len(self.codes) if ids is None else len(ids), dtype=np.float32)
        for start, products in self._products(parts, ids):
            scores = products[0] * unit + base
            if fine:
                scores += products[1] * (unit / (2 * LEVELS))
            found[start : start + len(scores)] = scores
        error = float(np.linalg.norm(scaled)) * self.worst + float(np.linalg.norm(rest)) * self.longest
        size = float(np.linalg.norm(query)) * self.farthest + abs(base)
        return found, error + ROUNDING * size

    def _products(
        self, parts: NDArray[np.int8], ids: Ids | None
    ) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """(first, (len(parts), m) integer products), exact, of blocks of rows that stay in the second-level cache."""
        if ids is None:
            for start in range(0, len(self.codes), TOGETHER):
                yield start, _dots(parts, self.codes[start : start + TOGETHER])
            return
        block = np.empty((min(TOGETHER, len(ids)), self.codes.shape[1]), dtype=np.int8)
        for start in range(0, len(ids), TOGETHER):
            some = ids[start : start + TOGETHER]
            # Without the check of each id, half of the time.
            yield start, _dots(parts, np.take(self.codes, some, axis=0, out=block[: len(some)], mode="clip"))

    def save(self, path: Path) -> None:
        """Writes a safetensors file."""
        bounds = np.array([self.worst, self.longest, self.farthest], dtype=np.float64)
        tensors: dict[str, Any] = {"middle": self.middle, "step": self.step, "usual": self.usual}
        save_file(tensors | {"bounds": bounds, "codes": self.codes}, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what :meth:`save` wrote. Raises IndexingError with the file's name."""
        names = ("codes", "middle", "step", "usual", "bounds")
        tensors: dict[str, Any] = dict(read_tensors(path, *names))
        return cls(*(tensors[name] for name in names[:-1]), *(float(b) for b in tensors["bounds"]))

    @property
    def nbytes(self) -> int:
        return int(self.codes.nbytes)


def _dots(parts: NDArray[np.int8], rows: NDArray[np.int8]) -> NDArray[np.float64]:
    products: NDArray[np.float64] = np.asarray(numkong.cdist(parts, rows, "dot"))
    return products
