"""What a set brings over unique audience: a weighted coverage of sampled points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Coverage:
    """``f(S) = sum over points of the largest gain that a member of S has there``, gains in units of the KPI.

    A point is a sampled person with a weight. Members who reach the same person count once, at the best of their
    rates: f is monotone and submodular (facility location; with equal rates weighted maximum coverage). Rows are
    options, sparse: those of option i are ``point[start[i]:start[i + 1]]`` (ascending, int64) and ``gain`` (> 0).
    """

    points: int
    start: np.ndarray
    point: np.ndarray
    gain: np.ndarray

    @classmethod
    def dense(cls, gains: np.ndarray) -> Self:
        """From gains (options, points); 0 where an option does not reach a point."""
        option, point = np.nonzero(gains > 0.0)
        start = np.searchsorted(option, np.arange(len(gains) + 1))
        return cls(gains.shape[1], start, point, gains[option, point].astype(np.float64))

    def __len__(self) -> int:
        return len(self.start) - 1

    @cached_property
    def alone(self) -> np.ndarray:
        """(options,) what each brings by itself."""
        return np.asarray(np.bincount(self._option, self.gain, minlength=len(self)))

    def row(self, option: int) -> tuple[np.ndarray, np.ndarray]:
        """(points, gains) of one option."""
        part = slice(self.start[option], self.start[option + 1])
        return self.point[part], self.gain[part]

    def best(self, rows: np.ndarray | list[int]) -> np.ndarray:
        """(points,) the largest gain of the set at each point."""
        best = np.zeros(self.points)
        for option in rows:
            point, gain = self.row(option)
            best[point] = np.maximum(best[point], gain)
        return best

    def value(self, rows: np.ndarray | list[int]) -> float:
        """f of the set."""
        return float(self.best(rows).sum())

    def more(self, best: np.ndarray, option: int) -> float:
        """What ``option`` adds to a set whose :meth:`best` is given."""
        point, gain = self.row(option)
        return float(np.maximum(gain - best[point], 0.0).sum())

    def all_more(self, best: np.ndarray) -> np.ndarray:
        """(options,) :meth:`more` of every option at once."""
        over = np.maximum(self.gain - best[self.point], 0.0)
        return np.asarray(np.bincount(self._option, over, minlength=len(self)))

    def credits(self, rows: np.ndarray | list[int]) -> tuple[np.ndarray, np.ndarray]:
        """(credit, own) of each member, in units of the KPI: a person reached by several is shared in proportion to
        their gains, so that credits sum to :meth:`value`; ``own`` is what the set would lose without the member."""
        gains = np.zeros((len(rows), self.points))
        for k, option in enumerate(rows):
            point, gain = self.row(option)
            gains[k, point] = gain
        total, best = gains.sum(axis=0), gains.max(axis=0, initial=0.0)
        shared = np.divide(best, total, out=np.zeros(self.points), where=total > 0.0)
        others = [np.delete(gains, k, axis=0).max(axis=0, initial=0.0).sum() for k in range(len(rows))]
        return (gains * shared).sum(axis=1), best.sum() - np.array(others)

    def only(self, rows: np.ndarray) -> Coverage:
        """The same points with the options ``rows`` alone."""
        sizes = np.diff(self.start)[rows]
        taken = (
            np.concatenate([np.arange(self.start[r], self.start[r + 1]) for r in rows]) if len(rows) else rows
        )
        return Coverage(
            self.points,
            np.concatenate([[0], np.cumsum(sizes)]),
            self.point[taken.astype(np.int64)],
            self.gain[taken.astype(np.int64)],
        )

    @cached_property
    def _option(self) -> np.ndarray:
        return np.repeat(np.arange(len(self)), np.diff(self.start))
