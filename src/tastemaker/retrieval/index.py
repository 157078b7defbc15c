"""What every vector index does, and the exact one: oracle of the others and, for few rows, the fastest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tastemaker.atomic import atomic_file
from tastemaker.errors import IndexingError
from tastemaker.retrieval.scan import Found, scan, scan_many
from tastemaker.retrieval.selection import Floats, Ids, Mask, Selection

VECTORS = "vectors.npy"


class Index(ABC):
    """Largest inner products over rows of vectors. A row's id is its position in what was fitted.

    A member implements ``_fit``, ``_find``, ``save`` and ``load``; input is checked here, once. After
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
        found = self.find(query, k, self.select(allowed))
        return found.ids, found.scores

    def select(self, allowed: Mask | None = None) -> Selection:
        """What :meth:`find` takes: kept by the caller, its forms serve later queries of the same filter too."""
        if allowed is not None and (allowed.shape != (len(self),) or allowed.dtype != np.bool_):
            raise IndexingError(
                f"the mask must be bool of shape ({len(self)},), one per row; "
                f"got {allowed.dtype} {allowed.shape}"
            )
        return Selection(allowed, len(self))

    def find(
        self, query: NDArray[np.floating], k: int, selection: Selection, *, exact: bool = False
    ) -> Found:
        """As :meth:`search`, over the rows of a selection, with the plan; ``exact`` allows only exact plans."""
        return self._find(self._checked(query[None, :], k, selection)[0], k, selection, exact)

    def find_many(
        self, queries: NDArray[np.floating], k: int, selection: Selection, *, exact: bool = False
    ) -> list[Found]:
        """:meth:`find` for each row of ``queries`` (m, d) under one filter; the same answers, in less time."""
        return self._find_many(self._checked(queries, k, selection), k, selection, exact)

    def _checked(self, queries: NDArray[np.floating], k: int, selection: Selection) -> Floats:
        if queries.ndim != 2 or queries.shape[1] != self.width:
            raise IndexingError(
                f"the index holds vectors of width {self.width}; the query has shape {queries.shape[1:]}"
            )
        if not np.isfinite(queries).all():
            raise IndexingError("the query holds NaN or infinity; give open facets the weight zero instead")
        if k < 1:
            raise IndexingError(f"k is {k}; ask for at least one neighbour")
        if selection.size != len(self):
            raise IndexingError(f"the selection is of {selection.size} rows; the index holds {len(self)}")
        return np.ascontiguousarray(queries, dtype=np.float32)

    @abstractmethod
    def _fit(self) -> None:
        """Builds what the search needs from ``vectors_``."""

    @abstractmethod
    def _find(self, query: Floats, k: int, selection: Selection, exact: bool) -> Found:
        """As :meth:`find`, of checked input."""

    def _find_many(self, queries: Floats, k: int, selection: Selection, exact: bool) -> list[Found]:  # noqa: ARG002
        return scan_many(self.vectors_, queries, k, selection)

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

    def _find(self, query: Floats, k: int, selection: Selection, exact: bool) -> Found:  # noqa: ARG002
        return Found(*scan(self.vectors_, query, k, None if selection.everything else selection.ids))

    def save(self, folder: Path) -> None:
        save_vectors(folder, self.vectors_)

    @classmethod
    def load(cls, folder: Path) -> Self:
        loaded = cls()
        loaded.vectors_ = read_vectors(folder)
        return loaded


def save_vectors(folder: Path, vectors: Floats) -> None:
    """Writes the vectors beside what stands there and then in its place: ``vectors`` may be mapped from that file."""
    with atomic_file(folder / VECTORS) as partial, partial.open("wb") as file:
        np.save(file, vectors, allow_pickle=False)


def read_vectors(folder: Path) -> Floats:
    """The vectors in full precision, (n, d), mapped from their file: a search reads the few rows that it rescores."""
    path = folder / VECTORS
    vectors = read_array(path, mapped=True)
    if vectors.ndim != 2 or 0 in vectors.shape or vectors.dtype != np.float32:
        raise IndexingError(
            f"{path}: holds {vectors.dtype} {vectors.shape}, expected float32 (n, d); build the index again"
        )
    return vectors


def read_array(path: Path, *, mapped: bool = False) -> NDArray[Any]:
    """An array that ``np.save`` wrote, of plain numbers. Raises IndexingError with the file's name."""
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise IndexingError(f"{path}: can not be read as an array: {error}; build the index again") from None
    return array
