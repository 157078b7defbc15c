"""What the inverted lists hold, as normal distributions: which lists a query needs, and what closed ones hide."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tastemaker.retrieval.projection import read_tensors
from tastemaker.retrieval.selection import Floats, Ids

Counts = NDArray[np.int64]

BLOCK = 65_536
GATHERED = 4_096
FAR, STRANGE = 5.0, 100
"""A normal column has one row in 1.7 million so far off; a hundredth of all rows can be scored whatever is asked."""
STEPS = 24


class ListModel:
    """Mean and variance of each list's rows, by column.

    A query's scores in a list are then about normal, of mean ``query @ mean`` and variance ``query² @ variance``
    (columns are near to uncorrelated inside a list: those of content are principal components). With how many rows
    of a list a filter lets pass, that says how many of the k best a list is expected to hold.

    Rows that lie far off their list in some column are no part of that: they are ``strange``, and whoever searches by
    this model looks at them whatever the query.

    list_of: int16 or int32 (n,), the list of each row; sizes: int64 (lists,); strange: int64, ids ascending.
    """

    def __init__(self, mean: Floats, variance: Floats, list_of: NDArray[Any], strange: NDArray[Any]) -> None:
        self.mean = mean
        self.variance = variance
        self.list_of = list_of
        self.strange = strange
        self.sizes: Counts = np.bincount(list_of, minlength=len(mean))

    @classmethod
    def fit(cls, vectors: Floats, list_of: NDArray[np.integer], lists: int) -> Self:
        """The moments of (n, d) rows in ``lists`` lists: once to tell who is strange, and again without them."""
        order = np.argsort(list_of, kind="stable")
        strange = _strange(vectors, list_of, order, *_moments(vectors, list_of, order, lists))
        mean, variance = _moments(vectors, list_of, np.setdiff1d(order, strange, assume_unique=True), lists)
        narrow = np.int16 if lists <= np.iinfo(np.int16).max else np.int32
        return cls(mean, variance, list_of.astype(narrow), strange)

    def moments(self, query: Floats) -> tuple[Floats, Floats]:
        """((lists,) mean, (lists,) standard deviation) of the query's scores in each list."""
        return self.mean @ query, np.sqrt(self.variance @ (query * query))

    def save(self, path: Path) -> None:
        """Writes a safetensors file."""
        tensors: dict[str, Any] = {"mean": self.mean, "variance": self.variance, "list_of": self.list_of}
        save_file({**tensors, "strange": self.strange}, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what :meth:`save` wrote. Raises IndexingError with the file's name."""
        tensors = read_tensors(path, "mean", "variance", "list_of", "strange")
        return cls(tensors["mean"], tensors["variance"], tensors["list_of"], tensors["strange"])

    @property
    def nbytes(self) -> int:
        parts = (self.mean, self.variance, self.list_of, self.sizes, self.strange)
        return sum(int(part.nbytes) for part in parts)


def _moments(vectors: Floats, list_of: NDArray[np.integer], order: Ids, lists: int) -> tuple[Floats, Floats]:
    """((lists, d) mean, (lists, d) variance) of rows ``order``, which come list by list; sums in double precision."""
    width = vectors.shape[1]
    total, square = np.zeros((lists, width)), np.zeros((lists, width))
    order = order[np.argsort(list_of[order], kind="stable")]
    for start in range(0, len(order), BLOCK):
        ids = order[start : start + BLOCK]
        rows = vectors[ids].astype(np.float64)
        number, first = np.unique(list_of[ids], return_index=True)
        total[number] += np.add.reduceat(rows, first, axis=0)
        square[number] += np.add.reduceat(rows**2, first, axis=0)
    size = np.maximum(np.bincount(list_of[order], minlength=lists), 1)[:, None]
    mean = total / size
    variance = np.maximum(square / size - mean**2, 1e-9)
    return mean.astype(np.float32), variance.astype(np.float32)


def _strange(
    vectors: Floats, list_of: NDArray[np.integer], order: Ids, mean: Floats, variance: Floats
) -> Ids:
    """Ids of rows more than ``FAR`` standard deviations off their list in some column: the farthest, at most a
    ``STRANGE``-th of all."""
    far, deviation = np.empty(len(order), dtype=np.float32), np.sqrt(variance)
    for start in range(0, len(order), GATHERED):
        ids = order[start : start + GATHERED]
        number = list_of[ids]
        far[ids] = (np.abs(vectors[ids] - mean[number]) / deviation[number]).max(axis=1)
    found: Ids = np.flatnonzero(far > FAR)
    most = len(order) // STRANGE
    if len(found) > most:
        found = found[np.argsort(-far[found], kind="stable")[:most]]
    return np.sort(found).astype(np.int64)


def above(score: float | Floats, mean: Floats, deviation: Floats, counts: Counts) -> NDArray[np.float64]:
    """(lists,) how many of ``counts`` rows are expected above ``score``.

    The normal tail is Lin's (1989), ``exp(-z (0.717 + 0.416 z)) / 2``: within 2 % of the true tail up to 3
    deviations and above it from 2.6 on, which is where most of what closed lists hide is counted.
    """
    z = (score - mean) / deviation
    far = np.abs(z)
    tail = 0.5 * np.exp(-far * (0.717 + 0.416 * far))
    expected: NDArray[np.float64] = np.where(z < 0, 1.0 - tail, tail) * counts
    return expected


def kth_score(k: int, mean: Floats, deviation: Floats, counts: Counts) -> float:
    """About the score above which ``k`` of ``counts`` rows are expected, found by halving an interval; a little
    below rather than above."""
    held = counts > 0
    mean, deviation, counts = mean[held], deviation[held], counts[held]
    low, high = float((mean - 8 * deviation).min()), float((mean + 8 * deviation).max())
    for _ in range(STEPS):
        middle = (low + high) / 2
        expected = float(above(middle, mean, deviation, counts).sum())
        if expected > k:
            low = middle
        else:
            high = middle
        if k <= expected <= 1.02 * k:
            return middle
    return low
