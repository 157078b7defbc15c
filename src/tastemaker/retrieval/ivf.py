"""FAISS inverted lists with 8-bit codes: most lists are never opened, what is found is rescored in full
precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import IndexingError
from tastemaker.retrieval.index import (
    VECTORS,
    Floats,
    Ids,
    Index,
    Mask,
    best,
    inner_products,
    read_array,
    scan,
)

LISTS = "lists.faiss"

# FAISS ships type stubs of its C++ signatures, which are not those of its Python classes.
swig: Any = faiss

POINTS_PER_LIST = 39
"""FAISS asks for at least so many training points a centroid."""

BLAS_THRESHOLD = 1_200
"""FAISS 1.15 takes its slow path for batches below 128,000 unless told; that costs 10x on batches such as
ours."""


class IVFIndex(Index):
    """Few allowed rows are scanned exactly; for more, lists are opened in order of similarity until they
    hold enough.

    exact_below: allowed rows up to which the search is exact (and finds exactly what ExactIndex finds).
    cover: lists are opened until they hold ``cover * k`` allowed rows, and at least ``cover_least``. Counting
    allowed rows instead of fixing the number of lists is what keeps the recall up under narrow filters.
    """

    def __init__(
        self, *, exact_below: int = 12_000, cover: int = 25, cover_least: int = 5_000, seed: int = 0
    ) -> None:
        self.exact_below = exact_below
        self.cover = cover
        self.cover_least = cover_least
        self.seed = seed

    def _fit(self) -> None:
        _one_thread()
        n, width = self.vectors_.shape
        lists = int(np.clip(2 * np.sqrt(n), 1, max(1, n // POINTS_PER_LIST)))
        index = swig.index_factory(width, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.cp.seed = self.seed + 1
        index.cp.max_points_per_centroid = 64
        index.cp.min_points_per_centroid = 1
        index.train(self.vectors_)
        index.add(self.vectors_)
        self._adopt(index)

    def _adopt(self, index: Any) -> None:
        self.faiss_ = index
        self.centroids_: Floats = index.quantizer.reconstruct_n(0, index.nlist)
        self.list_of_: NDArray[np.int32] = np.empty(len(self), dtype=np.int32)
        for number in range(index.nlist):
            size = index.invlists.list_size(number)
            if size:
                self.list_of_[faiss.rev_swig_ptr(index.invlists.get_ids(number), size)] = number

    def _search(self, query: Floats, k: int, allowed: Mask | None) -> tuple[Ids, Floats]:
        eligible = len(self) if allowed is None else int(np.count_nonzero(allowed))
        if eligible == len(self):
            allowed = None
        # A zero query ties all rows: only the scan knows which ids come first.
        if eligible <= max(self.exact_below, k) or not query.any():
            return scan(self.vectors_, query, k, None if allowed is None else np.flatnonzero(allowed))
        probes = self._probes(query, max(self.cover * k, self.cover_least), allowed)
        # Twice the wanted depth: the error of 8-bit codes moves neighbours by a few places, not by k of them.
        ids = self._approximate(query, min(2 * k + 32, eligible), probes, allowed)
        return best(ids, inner_products(self.vectors_[ids], query), k)

    def _probes(self, query: Floats, wanted: int, allowed: Mask | None) -> int:
        """How many of the most similar lists hold ``wanted`` allowed rows together."""
        members = self.list_of_ if allowed is None else self.list_of_[allowed]
        sizes = np.bincount(members, minlength=len(self.centroids_))
        nearest = np.argsort(-(self.centroids_ @ query), kind="stable")
        return min(int(np.searchsorted(np.cumsum(sizes[nearest]), wanted)) + 1, len(sizes))

    def _approximate(self, query: Floats, depth: int, probes: int, allowed: Mask | None) -> Ids:
        _one_thread()
        # The bitmap lives as long as this frame: FAISS keeps a pointer only. (IDSelectorBatch is 9 times
        # slower.)
        bits = None if allowed is None else np.packbits(allowed, bitorder="little")
        selector = None if bits is None else swig.IDSelectorBitmap(bits)
        parameters = swig.SearchParametersIVF(nprobe=probes, sel=selector)
        found: Ids = self.faiss_.search(query[None, :], depth, params=parameters)[1][0]
        return found[found >= 0]

    def save(self, folder: Path) -> None:
        np.save(folder / VECTORS, self.vectors_, allow_pickle=False)
        faiss.write_index(self.faiss_, str(folder / LISTS))

    @classmethod
    def load(cls, folder: Path) -> Self:
        loaded = cls()
        loaded.vectors_ = read_array(folder / VECTORS).astype(np.float32, copy=False)
        try:
            index = faiss.read_index(str(folder / LISTS))
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise IndexingError(
                f"{folder / LISTS}: can not be read: {reason}; build the index again"
            ) from None
        if (index.ntotal, index.d) != loaded.vectors_.shape:
            raise IndexingError(
                f"{folder / LISTS}: holds {index.ntotal} vectors of width {index.d}, {VECTORS} beside it "
                f"{loaded.vectors_.shape}; build the index again"
            )
        loaded._adopt(index)
        return loaded


def _one_thread() -> None:
    """One thread: sums in one order, so the same bits each time. The setting belongs to the calling
    thread."""
    faiss.omp_set_num_threads(1)
    faiss.cvar.distance_compute_blas_threshold = BLAS_THRESHOLD
