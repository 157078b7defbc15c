"""A sample of rows that are always scored: do lists hold what their model says, for this very query?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tastemaker.retrieval.list_model import ListModel, above
from tastemaker.retrieval.selection import Floats, Ids

MOST = 4_096
SLACKS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
"""Standard deviations below the score at which rows of closed lists are counted: rows that a list's model does not
describe show there before they show above it, where a sample holds few."""
SURE = 3.0
"""Standard deviations of a count (Poisson) by which more must be seen than expected."""


class Witnesses:
    """``rows`` (s, d) drawn at random, each with the number of its list (s,).

    The list model takes scores inside a list for normal. A query on one key of one facet, or rows that stand in a list
    without belonging there, have longer tails, and then what closed lists are said to hide is too little. The
    witnesses of closed lists tell so: where more of them than the model expects come near the score, the lists can not
    promise anything.
    """

    def __init__(self, rows: Floats, list_of: NDArray[np.integer]) -> None:
        self.rows = rows
        self.list_of = np.asarray(list_of, dtype=np.int64)

    @classmethod
    def of(cls, vectors: Floats, model: ListModel, seed: int) -> Witnesses:
        """At most ``MOST`` of the rows that ``model`` describes, the same for the same seed."""
        n = len(vectors)
        drawn = np.random.default_rng(seed).choice(n, min(n, MOST), replace=False)
        ids = np.setdiff1d(drawn, model.strange)
        return cls(np.ascontiguousarray(np.take(vectors, ids, axis=0)), model.list_of[ids])

    @property
    def nbytes(self) -> int:
        return int(self.rows.nbytes + self.list_of.nbytes)

    def scores(self, query: Floats) -> Floats:
        """(s,) inner products."""
        found: Floats = self.rows @ query
        return found

    def object_to(self, scores: Floats, score: float, mean: Floats, deviation: Floats, opened: Ids) -> bool:
        """Whether closed lists hold more near ``score`` than ``mean`` and ``deviation`` (lists,) let expect."""
        shut = np.ones(len(mean), dtype=bool)
        shut[opened] = False
        closed = np.flatnonzero(shut[self.list_of])
        if not len(closed):
            return False
        number = self.list_of[closed]
        middle, spread = mean[number], deviation[number]
        one = np.ones(len(closed), dtype=np.int64)
        for slack in SLACKS:
            at = score - slack * spread
            expected = float(above(at, middle, spread, one).sum())
            seen = int(np.count_nonzero(scores[closed] > at))
            if seen > expected + SURE * np.sqrt(expected) + 0.5:
                return True
        return False
