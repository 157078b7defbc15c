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

WINDOWS = (1.0, 2.0, 3.0)
"""Months of posts that a reading may be an average of; where the readings can not tell, the first."""
DOUBT = 3.0
"""By how much a longer window must be likelier (natural logarithm): seldom is a month as short as it takes to tell."""


@dataclass(frozen=True)
class Covariance:
    """Variances of ln(value): between creators, forgotten with the time constant ``months``, and noise.

    Readings closer than the ``window`` (months) share the posts that they are averages of, and so a part of the noise.
    """

    between: float
    forgotten: float
    months: float
    noise: float
    window: float = WINDOWS[0]

    def forecast(
        self, seen: np.ndarray, times: np.ndarray, at: float, coarse: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance (n,) at month ``at``, from deviations ``seen`` (n, k) at ``times`` (k,); NaN unseen.

        ``coarse`` (n, k): the variance of each reading that its rounding brings.
        """
        known = np.isfinite(seen)
        among = np.where(known[:, :, None] & known[:, None, :], self._kernel(times[:, None] - times), 0.0)
        place = np.arange(len(times))
        among[:, place, place] += np.where(known, coarse, 1.0)
        to = np.where(known, self._kernel(times - at), 0.0)
        weight = np.linalg.solve(among, to[:, :, None])[:, :, 0]
        mean = (weight * np.where(known, seen, 0.0)).sum(axis=1)
        return mean, self.between + self.forgotten + self.noise - (weight * to).sum(axis=1)

    def _kernel(self, lag: np.ndarray) -> np.ndarray:
        shared = self.noise * np.maximum(1.0 - np.abs(lag) / self.window, 0.0)
        return np.asarray(self.between + self.forgotten * np.exp(-np.abs(lag) / self.months) + shared)


def fit_covariance(deviation: np.ndarray, times: np.ndarray, coarse: np.ndarray) -> Covariance:
    """Most likely under Student t errors of every forecast that the known months allow, from each month to each later.

    ``deviation`` (n, k): ln(value) about its month, NaN unknown; ``coarse`` (n, k): its variance by rounding. A coarse
    grid, then each number in finer steps.
    """
    steps = list(_forecasts(deviation, times, coarse))
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
        best = min(
            (replace(best, window=window) for window in WINDOWS),
            key=lambda c: _loss(c, steps) + (DOUBT if c.window > WINDOWS[0] else 0.0),
        )
    return best


def _unit(deviation: np.ndarray) -> float:
    """The scale of the search: robust variance of a change from a known month to the next known, halved."""
    change = np.diff(deviation, axis=1)
    known = np.abs(change[np.isfinite(change)])
    return float(max(0.5 * (1.4826 * np.median(known)) ** 2, 1e-8)) if known.size else 1e-8


_Step = tuple[np.ndarray, np.ndarray, np.ndarray, float, np.ndarray, np.ndarray]


def _forecasts(deviation: np.ndarray, times: np.ndarray, coarse: np.ndarray) -> Iterator[_Step]:
    """(seen, how coarse, their times, month, what came, how coarse) of who is there in a month and a later one."""
    for target in range(1, len(times)):
        for origin in range(target):
            rows = np.isfinite(deviation[:, origin]) & np.isfinite(deviation[:, target])
            past = slice(origin + 1)
            yield (
                deviation[rows, past],
                coarse[rows, past],
                times[past],
                float(times[target]),
                deviation[rows, target],
                coarse[rows, target],
            )


def _loss(covariance: Covariance, steps: list[_Step]) -> float:
    total = 0.0
    for seen, coarse, times, at, came, rounded in steps:
        mean, left = covariance.forecast(seen, times, at, coarse)
        left = left + rounded
        tails = np.log1p((came - mean) ** 2 / (FREEDOM * left))
        total += float((0.5 * np.log(left) + 0.5 * (FREEDOM + 1.0) * tails).sum())
    return total
