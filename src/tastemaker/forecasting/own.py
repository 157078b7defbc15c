"""What stays with a creator and no feature tells: learned from results against forecasts, shrunk as they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

STRANGER = -1
"""The code of a creator of whom nothing was ever read."""

MIN_REPEATS = 20
"""Readings of returning creators below which no factor is told from luck."""

MOST = 3.0
"""A logarithm counts at most so much: one campaign that failed altogether says little about the next."""


@dataclass(frozen=True)
class OwnFactor:
    """Creators' own factors of one amount, normal on the log scale (the one-way random effects model).

    ``between``: variance between creators alike in all that a forecast reads; ``within``: of one creator's readings
    from campaign to campaign; ``total``, ``count`` (creators,): sum and number of each one's readings, by code.
    """

    between: float
    within: float
    total: np.ndarray
    count: np.ndarray

    @classmethod
    def fit(cls, readings: np.ndarray, who: np.ndarray, creators: int) -> Self:
        """``readings`` (n,): log(result / forecast); ``who`` (n,): codes, 0 to ``creators`` - 1; those of
        :data:`STRANGER` are passed over.

        Variances by the analysis of variance for unequal groups (Searle, Casella and McCulloch 1992, section 3.6).
        """
        kept = who != STRANGER
        readings, who = readings[kept], who[kept]
        centred = np.clip(readings, -MOST, MOST)
        centred = centred - centred.mean() if len(centred) else centred
        count = np.bincount(who, minlength=creators).astype(np.float64)
        total = np.bincount(who, centred, minlength=creators)
        n, groups = len(centred), int(np.count_nonzero(count))
        if n - groups < MIN_REPEATS or groups < 2:
            return cls(0.0, 1.0, total, count)
        mean = total / np.maximum(count, 1.0)
        within = max(float(((centred - mean[who]) ** 2).sum() / (n - groups)), 1e-6)
        apart = float((count * mean**2).sum() / (groups - 1))
        usual = (n - (count**2).sum() / n) / (groups - 1)
        return cls(max(float((apart - within) / usual), 0.0), within, total, count)

    @classmethod
    def none(cls, creators: int) -> Self:
        """Everyone as the forecast has them."""
        return cls(0.0, 1.0, np.zeros(creators), np.zeros(creators))

    def mean(self, who: np.ndarray) -> np.ndarray:
        """The logarithm of the factor (n,) to be expected of creators ``who``: 0 for strangers, shrunk for others."""
        total, count = _of(self.total, who), _of(self.count, who)
        return np.asarray(total * self._left(count) / self.within)

    def log_mean(self, who: np.ndarray) -> np.ndarray:
        """The logarithm of the factor's mean over a stranger's (n,): what is known of a creator is spread less, and the
        mean of a log-normal amount falls with its spread."""
        return np.asarray(self.mean(who) - 0.5 * (self.between - self._left(_of(self.count, who))))

    def variance(self, who: np.ndarray, pending: np.ndarray) -> np.ndarray:
        """What readings leave open of it (n,). ``pending`` (n,): readings that are under way: they tell nothing yet,
        but what they will tell need not be asked again (hallucinated updates: Desautels, Krause and Burdick 2014)."""
        return self._left(_of(self.count, who) + pending)

    def readings(self, who: np.ndarray) -> np.ndarray:
        """How many there are of each creator (n,)."""
        return _of(self.count, who)

    def variances(self) -> dict[str, Any]:
        """The numbers that are not a creator's, as JSON values."""
        return {"between": self.between, "within": self.within}

    def _left(self, count: np.ndarray) -> np.ndarray:
        return np.asarray(self.between * self.within / (self.within + count * self.between))


def _of(table: np.ndarray, who: np.ndarray) -> np.ndarray:
    """Rows ``who`` of ``table``; 0 for a stranger."""
    return np.asarray(np.append(table, 0.0)[who])
