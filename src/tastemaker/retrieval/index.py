"""What every vector index does, and the exact one: oracle of the others and, for few rows, the fastest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import IndexingError

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

VECTORS = "vectors.npy"
GATHER = 1024
"""Rows gathered at a time: the block stays in the second-level cache (1,024 x 348 float32 is 1.4 MB)."""


class Index(ABC):
    """Largest inner products over rows of vectors. A row's id is its position in what was fitted.

    A member implements ``_fit``, ``_search``, ``save`` and ``load``; input is checked here, once. After
    ``fit``, ``vectors_`` holds the rows in full precision, float32 (n, d). Searching is safe from several
    threads.
    """

    vectors_: Floats

    @property
    def width(self) -> int:
        return int(self.vectors_.shape[1])

    def __len__(self) -> int:
        return len(self.vectors_)

    def fit(self, vectors: NDArray[np.floating]) -> Self:
        """Takes (n, d) finite numbers, n and d at least 1. Raises IndexingError for anything else."""
        if vectors.ndim != 2 or 0 in vectors.shape:
            raise IndexingError(f"an index takes (n, d) vectors, at least one; got shape {vectors.shape}")
        bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(bad):
            raise IndexingError(
                f"vector row {bad[0]} holds NaN or infinity; fill unknown values before indexing"
            )
        self.vectors_ = np.ascontiguousarray(vectors, dtype=np.float32)
        self._fit()
        return self

    def search(self, query: NDArray[np.floating], k: int, allowed: Mask | None = None) -> tuple[Ids, Floats]:
        """Ids (int64) and inner products (float32) of the ``k`` best rows, best first, ties by id.

        ``allowed``: bool (n,), the rows that may be found; fewer than ``k`` come back where fewer are
        allowed. Raises IndexingError for a query of another width, a mask of another length or ``k`` below 1.
        """
        if query.shape != (self.width,):
            raise IndexingError(
                f"the index holds vectors of width {self.width}; the query has shape {query.shape}"
            )
        if not np.isfinite(query).all():
            raise IndexingError("the query holds NaN or infinity; give open facets the weight zero instead")
        if k < 1:
            raise IndexingError(f"k is {k}; ask for at least one neighbour")
        if allowed is not None and (allowed.shape != (len(self),) or allowed.dtype != np.bool_):
            raise IndexingError(
                f"the mask must be bool of shape ({len(self)},), one per row; "
                f"got {allowed.dtype} {allowed.shape}"
            )
        return self._search(np.ascontiguousarray(query, dtype=np.float32), k, allowed)

    @abstractmethod
    def _fit(self) -> None:
        """Builds what the search needs from ``vectors_``."""

    @abstractmethod
    def _search(self, query: Floats, k: int, allowed: Mask | None) -> tuple[Ids, Floats]:
        """As :meth:`search`, of checked input."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Writes the index into an existing folder. No pickle."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """The index that :meth:`save` wrote. Raises IndexingError where a file is missing or unreadable."""


class ExactIndex(Index):
    """Every allowed row is looked at; nothing is approximate."""

    def _fit(self) -> None:
        pass

    def _search(self, query: Floats, k: int, allowed: Mask | None) -> tuple[Ids, Floats]:
        ids = None if allowed is None or allowed.all() else np.flatnonzero(allowed)
        return scan(self.vectors_, query, k, ids)

    def save(self, folder: Path) -> None:
        np.save(folder / VECTORS, self.vectors_, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls().fit(read_array(folder / VECTORS))


def scan(vectors: Floats, query: Floats, k: int, ids: Ids | None = None) -> tuple[Ids, Floats]:
    """The ``k`` best of all rows, or of rows ``ids``, by exact inner product."""
    if ids is None:
        return best(np.arange(len(vectors)), inner_products(vectors, query), k)
    # Reading all rows in order is faster than gathering a good part of them.
    if 3 * len(ids) > len(vectors):
        return best(ids, inner_products(vectors, query)[ids], k)
    scores = np.empty(len(ids), dtype=np.float32)
    for start in range(0, len(ids), GATHER):
        part = slice(start, start + GATHER)
        scores[part] = inner_products(vectors[ids[part]], query)
    return best(ids, scores, k)


def inner_products(rows: Floats, query: Floats) -> Floats:
    """(n,) inner products. Unlike a BLAS product, einsum gives a row the same bits whatever stands around
    it: equal rows tie exactly, and a score does not depend on the filter (and at this shape it is not
    slower)."""
    products: Floats = np.einsum("ij,j->i", rows, query)
    return products


def best(ids: Ids, scores: Floats, k: int) -> tuple[Ids, Floats]:
    """The ``k`` largest scores with their ids, best first, ties by id."""
    if k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        near = np.flatnonzero(scores >= least)
        ids, scores = ids[near], scores[near]
    order = np.lexsort((ids, -scores))[:k]
    return ids[order].astype(np.int64), scores[order]


def read_array(path: Path) -> NDArray[Any]:
    """An array that ``np.save`` wrote, of plain numbers. Raises IndexingError with the file's name."""
    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise IndexingError(f"{path}: can not be read as an array: {error}; build the index again") from None
    return array
