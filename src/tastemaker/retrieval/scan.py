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
ROUNDING = 1e-4
"""Share of ``|query| |row|`` by which two float32 sums over up to 800 columns may differ: 2 x 800 half units in
the last place (Higham 2002, section 3.1)."""
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
    lengths = ROUNDING * np.linalg.norm(queries, axis=1)
    longest = 0.0
    near = [_Near(k) for _ in queries]
    for start in range(0, selection.count, TOGETHER):
        stop = min(start + TOGETHER, selection.count)
        ids = np.arange(start, stop) if selection.everything else selection.ids[start:stop]
        rows = vectors[start:stop] if selection.everything else np.take(vectors, ids, axis=0)
        longest = max(longest, float(np.sqrt(np.einsum("ij,ij->i", rows, rows).max())))
        slack = 2 * longest * lengths
        scores = rows @ turned
        if start == 0 and len(rows) > k:
            # The first block tells every query a k-th score, or all of its rows were near.
            for one, score in zip(near, np.partition(scores, -k, axis=0)[-k].tolist(), strict=True):
                one.least = score
        least = np.array([one.least for one in near]) - slack
        at, asked = np.nonzero(scores >= least.astype(np.float32))
        order = np.argsort(asked, kind="stable")
        at, asked = at[order], asked[order]
        cuts = np.searchsorted(asked, np.arange(len(queries) + 1))
        for number in np.unique(asked).tolist():
            mine = at[cuts[number] : cuts[number + 1]]
            near[number].add(ids[mine], scores[mine, number], float(slack[number]))
    return [_rescored(vectors, query, k, one.ids) for query, one in zip(queries, near, strict=True)]


class _Near:
    """The rows that may be among the ``k`` best of one query; tidied whenever ``k`` more have come."""

    def __init__(self, k: int) -> None:
        self.k = k
        self.least = -np.inf
        self._parts: list[tuple[Ids, Floats]] = []
        self._new = 0

    def add(self, ids: Ids, scores: Floats, slack: float) -> None:
        self._parts.append((ids, scores))
        self._new += len(ids)
        if self._new < self.k:
            return
        ids, scores = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        self.least = kth_largest(scores, self.k)
        kept = scores >= self.least - slack
        self._parts, self._new = [(ids[kept], scores[kept])], 0

    @property
    def ids(self) -> Ids:
        return np.sort(np.concatenate([ids for ids, _ in self._parts]))


def _rescored(vectors: Floats, query: Floats, k: int, ids: Ids) -> Found:
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
