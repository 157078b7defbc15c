"""FAISS inverted lists of 4-bit codes (FastScan): 90 bytes a vector, 9 ns a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import IndexingError
from tastemaker.retrieval.selection import Floats, Ids, Selection

# FAISS ships type stubs of its C++ signatures, which are not those of its Python classes.
swig: Any = faiss

SAMPLE = 48
"""Training rows a list."""
LEAST_SAMPLE = 16_384

BLAS_THRESHOLD = 1_200
"""FAISS 1.15 takes its slow path for batches below 128,000 unless told; that costs 10x on batches such as
ours."""


class FastLists:
    """Lists of residuals in 4 bits for two columns, by inner product.

    Unlike 8-bit lists they check a filter only for rows that score well enough, so a narrow one costs nothing; and
    they are read at any width (those of 8 bits are ten times slower at one that 8 does not divide).
    """

    FILE = "lists.faiss"

    def __init__(self, index: Any, width: int) -> None:
        self.faiss_ = index
        self.width = width
        self.centroids_: Floats = index.quantizer.reconstruct_n(0, index.nlist)

    @classmethod
    def fit(cls, vectors: Floats, lists: int, seed: int) -> Self:
        """(n, d) rows in ``lists`` lists."""
        _one_thread()
        n, width = vectors.shape
        even = width + width % 2
        index = swig.index_factory(even, f"IVF{lists},PQ{even // 2}x4fs", faiss.METRIC_INNER_PRODUCT)
        # Codes of residuals: at the same depth of rescoring a third of the misses.
        index.by_residual = True
        index.cp.seed = seed + 1
        index.cp.max_points_per_centroid = SAMPLE
        index.cp.min_points_per_centroid = 1
        wanted = min(n, max(SAMPLE * lists, LEAST_SAMPLE))
        picked = np.sort(np.random.default_rng(seed).choice(n, wanted, replace=False))
        index.train(_even(np.take(vectors, picked, axis=0)))
        for start in range(0, n, 65_536):
            index.add(_even(np.asarray(vectors[start : start + 65_536])))
        return cls(index, width)

    def __len__(self) -> int:
        return int(self.faiss_.ntotal)

    def list_of(self) -> NDArray[np.int32]:
        """(n,) the list of each row."""
        numbers = np.empty(len(self), dtype=np.int32)
        lists = self.faiss_.invlists
        for number in range(self.faiss_.nlist):
            size = lists.list_size(number)
            if size:
                numbers[faiss.rev_swig_ptr(lists.get_ids(number), size)] = number
        return numbers

    def open(self, query: Floats, lists: Ids, depth: int, selection: Selection) -> Ids:
        """The at most ``depth`` selected rows of these lists that are nearest by their codes, nearest first."""
        _one_thread()
        query = _even(query[None, :])
        probes = np.ascontiguousarray(lists[None, :], dtype=np.int64)
        coarse = np.ascontiguousarray((self.centroids_[lists] @ query[0])[None, :], dtype=np.float32)
        # The bitmap lives as long as the selection: FAISS keeps a pointer only. (IDSelectorBatch is 9 times slower.)
        selector = None if selection.everything else swig.IDSelectorBitmap(selection.bits)
        parameters = swig.SearchParametersIVF(nprobe=len(lists), sel=selector)
        scores = np.empty((1, depth), dtype=np.float32)
        found = np.empty((1, depth), dtype=np.int64)
        at = swig.swig_ptr
        # The wrapper without _c takes no parameters.
        self.faiss_.search_preassigned_c(
            1, at(query), depth, at(probes), at(coarse), at(scores), at(found), False, parameters
        )
        ids: Ids = found[0][found[0] >= 0]
        return ids

    def save(self, folder: Path) -> None:
        faiss.write_index(self.faiss_, str(folder / self.FILE))

    @classmethod
    def load(cls, folder: Path, width: int) -> Self:
        """What :meth:`save` wrote, of vectors of this width. Raises IndexingError with the file's name."""
        path = folder / cls.FILE
        try:
            index = faiss.read_index(str(path))
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise IndexingError(f"{path}: can not be read: {reason}; build the index again") from None
        if index.d != width + width % 2:
            raise IndexingError(
                f"{path}: holds vectors of width {index.d}, not {width}; build the index again"
            )
        return cls(index, width)

    @property
    def nbytes(self) -> int:
        """Codes, ids and centroids."""
        return len(self) * (int(self.faiss_.code_size) + 8) + int(self.centroids_.nbytes) * 2


def _even(rows: Floats) -> Floats:
    """Rows with a zero column more where their number of columns is odd."""
    if rows.shape[1] % 2:
        rows = np.pad(rows, ((0, 0), (0, 1)))
    return np.ascontiguousarray(rows, dtype=np.float32)


def _one_thread() -> None:
    """One thread: sums in one order, so the same bits each time. The setting belongs to the calling
    thread."""
    faiss.omp_set_num_threads(1)
    faiss.cvar.distance_compute_blas_threshold = BLAS_THRESHOLD
