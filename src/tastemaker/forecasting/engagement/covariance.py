"""How the readings of one creator hang together over time, and what they say of a later month (kriging).

A reading is the creator's own level + a part that is forgotten over months (an Ornstein-Uhlenbeck process) + noise of
the month. Cressie, Statistics for Spatial Data (1993), chapter 3, in one dimension: time. One model serves any gap
and any history: short gaps keep the last reading, long ones fall back on the level, few readings on the crowd's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

FREEDOM = 3.0
"""Degrees of freedom of the Student t that errors are judged by: some creators jump tenfold, and must not decide."""


@dataclass(frozen=True)
class Covariance:
    """Variances of ln(value): between creators, forgotten with the time constant ``months``, and noise of a month."""

    between: float
    forgotten: float
    months: float
    noise: float

    def forecast(self, seen: np.ndarray, times: np.ndarray, at: float) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance (n,) at month ``at``, from deviations ``seen`` (n, k) at ``times`` (k,); NaN unseen."""
        total = self.between + self.forgotten + self.noise
        mean, variance = np.zeros(len(seen)), np.full(len(seen), total)
        for rows, columns in _patterns(seen):
            weight, left = self.weights(times[columns], at)
            mean[rows], variance[rows] = seen[np.ix_(rows, columns)] @ weight, left
        return mean, variance

    def weights(self, times: np.ndarray, at: float) -> tuple[np.ndarray, float]:
        """Weights of readings at ``times``, and the variance that they leave at ``at``."""
        among = self._kernel(times[:, None] - times) + self.noise * np.eye(len(times))
        to = self._kernel(times - at)
        weight = np.linalg.solve(among, to)
        return weight, self.between + self.forgotten + self.noise - float(weight @ to)

    def _kernel(self, lag: np.ndarray) -> np.ndarray:
        return np.asarray(self.between + self.forgotten * np.exp(-np.abs(lag) / self.months))


def fit_covariance(deviation: np.ndarray, times: np.ndarray) -> Covariance:
    """Most likely under Student t errors of every forecast that the known months allow, from each month to each later.

    ``deviation`` (n, k): ln(value) about its month, NaN unknown. A coarse grid, then each number in finer steps.
    """
    steps = list(_forecasts(deviation, times))
    unit = _unit(deviation)
    best = min(
        (
            Covariance(b * unit, f * unit, m, n * unit)
            for b, f, m, n in product((1, 4, 16), (0.1, 0.5, 2), (2.0, 6.0, 24.0), (0.01, 0.1, 0.5))
        ),
        key=lambda c: _loss(c, steps),
    )
    for factor in (2.0, 2.0, 1.4, 1.4):
        for name in ("between", "forgotten", "months", "noise"):
            here = getattr(best, name)
            # Beyond these a number no longer changes a forecast, and the search would drift without end.
            low, high = (0.5, 48.0) if name == "months" else (1e-3 * unit, 100.0 * unit)
            tries = [
                replace(best, **{name: float(np.clip(v, low, high))})
                for v in (here / factor, here, here * factor)
            ]
            best = min(tries, key=lambda c: _loss(c, steps))
    return best


def _unit(deviation: np.ndarray) -> float:
    """The scale of the search: robust variance of a change from a known month to the next known, halved."""
    change = np.diff(deviation, axis=1)
    known = np.abs(change[np.isfinite(change)])
    return float(max(0.5 * (1.4826 * np.median(known)) ** 2, 1e-8)) if known.size else 1e-8


_Step = tuple[np.ndarray, np.ndarray, float, np.ndarray]


def _forecasts(deviation: np.ndarray, times: np.ndarray) -> Iterator[_Step]:
    """(seen, their times, month, what came) of creators with the same months seen."""
    for target in range(1, len(times)):
        for origin in range(target):
            rows = np.isfinite(deviation[:, origin]) & np.isfinite(deviation[:, target])
            seen, came = deviation[rows, : origin + 1], deviation[rows, target]
            for part, columns in _patterns(seen):
                yield seen[np.ix_(part, columns)], times[columns], float(times[target]), came[part]


def _patterns(seen: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(rows, columns) of every set of known columns that occurs, the empty one left out."""
    known = np.isfinite(seen)
    code = known @ (1 << np.arange(seen.shape[1]))
    for value in np.unique(code[code > 0]):
        rows = np.flatnonzero(code == value)
        yield rows, np.flatnonzero(known[rows[0]])


def _loss(covariance: Covariance, steps: list[_Step]) -> float:
    total = 0.0
    for seen, times, at, came in steps:
        weight, left = covariance.weights(times, at)
        error = came - seen @ weight
        tails = np.log1p(error * error / (FREEDOM * left)).sum()
        total += 0.5 * len(came) * np.log(left) + 0.5 * (FREEDOM + 1.0) * float(tails)
    return float(total)
