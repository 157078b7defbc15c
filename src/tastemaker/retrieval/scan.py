"""Exact search over rows in full precision: for one query, and for many under one filter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tastemaker.retrieval.selection import Floats, Ids, Selection

GATHER = 1024
"""Rows gathered at a time: the block stays in the second-level cache (1,024 x 348 float32 is 1.4 MB)."""


TOGETHER = 4096
"""Rows that a batch of queries multiplies at a time."""
ROUNDING = 1e-6
"""Share of ``|query| |row|`` by which two float32 sums over at most 512 columns may differ, taken generously."""
SAMPLED = 64
"""Scores a wanted one from which its place is found in a sample first, of every STRIDE-th."""
STRIDE = 16

SCAN, CODES, LISTS = "scan", "codes", "lists"
"""Plans. ``scan``: every allowed row in full precision. ``codes``: every allowed row in 8 bits, then in full precision
all that the codes' error bound can not rule out; the answer is that of ``scan``, to the last bit. ``lists``: some
inverted lists; all but an estimated 0.3 % of the answer at most."""


@dataclass(frozen=True)
class Found:
    """ids: int64 (m,); scores: float32 (m,), inner products, best first, ties by id; plan: which way they were found;
    missed: the share of the answer that is expected to be missing, 0 where the plan is exact."""

    ids: Ids
    scores: Floats
    plan: str = SCAN
    missed: float = 0.0

    @property
    def exact(self) -> bool:
        return self.plan != LISTS


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
        scores[part] = inner_products(np.take(vectors, ids[part], axis=0), query)
    return best(ids, scores, k)


def scan_many(vectors: Floats, queries: Floats, k: int, selection: Selection) -> list[Found]:
    """:func:`scan` for each of ``queries``, rows read once for all of them.

    A matrix product says who is near the k best; those are scored once more as :func:`scan` does, so that the answers
    are the same bits.
    """
    if not selection.count:
        return [Found(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)) for _ in queries]
    turned = np.ascontiguousarray(queries.T)
    longest = 0.0
    least = np.full(len(queries), -np.inf, dtype=np.float32)
    near: list[list[tuple[Ids, Floats]]] = [[] for _ in queries]
    for start in range(0, selection.count, TOGETHER):
        stop = min(start + TOGETHER, selection.count)
        ids = np.arange(start, stop) if selection.everything else selection.ids[start:stop]
        rows = vectors[start:stop] if selection.everything else np.take(vectors, ids, axis=0)
        longest = max(longest, float(np.sqrt(np.einsum("ij,ij->i", rows, rows).max())))
        slack = 2 * ROUNDING * longest * np.linalg.norm(queries, axis=1)
        scores = rows @ turned
        at, asked = np.nonzero(scores >= least - slack)
        order = np.argsort(asked, kind="stable")
        cuts = np.searchsorted(asked[order], np.arange(len(queries) + 1))
        for number in np.unique(asked):
            mine = at[order[cuts[number] : cuts[number + 1]]]
            near[number].append((ids[mine], scores[mine, number]))
            least[number] = _tidied(near[number], k, float(slack[number]))
    return [_rescored(vectors, query, k, found) for query, found in zip(queries, near, strict=True)]


def _tidied(near: list[tuple[Ids, Floats]], k: int, slack: float) -> float:
    """Merges what is near, drops what can not be among the ``k`` best any more, and tells the k-th score."""
    ids, scores = (np.concatenate(parts) for parts in zip(*near, strict=True))
    if len(ids) <= k:
        near[:] = [(ids, scores)]
        return -np.inf
    kth = kth_largest(scores, k)
    kept = scores >= kth - slack
    near[:] = [(ids[kept], scores[kept])]
    return kth


def _rescored(vectors: Floats, query: Floats, k: int, near: list[tuple[Ids, Floats]]) -> Found:
    ids = np.sort(np.concatenate([ids for ids, _ in near]))
    return Found(*best(ids, inner_products(np.take(vectors, ids, axis=0), query), k))


def inner_products(rows: Floats, query: Floats) -> Floats:
    """(n,) inner products. Unlike a BLAS product, einsum gives a row the same bits whatever stands around
    it: equal rows tie exactly, and a score does not depend on the filter (and at this shape it is not
    slower)."""
    products: Floats = np.einsum("ij,j->i", rows, query)
    return products


def best(ids: Ids, scores: Floats, k: int) -> tuple[Ids, Floats]:
    """The ``k`` largest scores with their ids, best first, ties by id."""
    if k < len(scores):
        least = kth_largest(scores, k)
        near = np.flatnonzero(scores >= least)
        ids, scores = ids[near], scores[near]
    order = np.lexsort((ids, -scores))[:k]
    return ids[order].astype(np.int64), scores[order]


def kth_largest(scores: NDArray[np.floating], k: int) -> float:
    """The ``k``-th largest of at least ``k`` scores."""
    if len(scores) > SAMPLED * k:
        # Of few, those above what a sample says is safely deep; partition is slow on many.
        part = scores[::STRIDE]
        deep = min(2 * k // STRIDE + 32, len(part))
        high = scores[scores >= np.partition(part, len(part) - deep)[len(part) - deep]]
        scores = high if len(high) >= k else scores
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])
