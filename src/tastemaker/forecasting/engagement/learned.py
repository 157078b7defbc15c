"""What known steps teach beyond the covariance: a correction of the median, and how far to trust it for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

RIDGE = 0.2
DRAWS, DOUBT = 100, 0.5
STEPS_OF_DOUBT = 2.0
REACH, FIRST_REACH, STEPS = 3.0, 8.0, 40
"""The bounded loss: its width in median errors, how much wider it starts, and the steps of the fit."""
NARROWEST, WIDEST = 1.0 / 3.0, 3.0
LEAST_ERROR = 0.02


def closeness(gaps: np.ndarray, gap: float, bandwidth: float) -> np.ndarray:
    """Weight (n,) of steps over ``gaps`` months for one over ``gap``: 1 for the closest there is."""
    distance = np.abs(np.log(gaps / gap)) / bandwidth
    return np.asarray(np.exp(distance.min(initial=np.inf) - distance))


@dataclass(frozen=True)
class Scaled:
    """Columns about their median and in units of their spread; an unknown value is the median."""

    columns: tuple[str, ...]
    middle: np.ndarray
    size: np.ndarray

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: tuple[str, ...], *, centred: bool = True) -> Self:
        """Columns that are unknown or the same throughout are left out."""
        x = rows[list(columns)].to_numpy(dtype=np.float64)
        kept = [
            i
            for i in range(len(columns))
            if np.nanmax(x[:, i], initial=0.0) > np.nanmin(x[:, i], initial=0.0)
        ]
        kept = [i for i in kept if np.nanstd(x[:, i]) > 1e-9]
        x = x[:, kept]
        middle = np.nanmedian(x, axis=0) if centred and kept else np.zeros(len(kept))
        return cls(tuple(columns[i] for i in kept), middle, np.nanstd(x, axis=0) if kept else np.ones(0))

    def of(self, rows: pd.DataFrame) -> np.ndarray:
        x = rows[list(self.columns)].to_numpy(dtype=np.float64)
        return np.asarray(np.nan_to_num((x - self.middle) / self.size, nan=0.0))


def bounded_fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Coefficients (columns,) without a constant under Welsch's bounded loss, drawn to 0 by a ridge.

    Iteratively reweighted least squares (Dennis and Welsch 1978), the loss narrowed step by step: what is asked for is
    a small *median* error, and half of the errors, the large ones, do not enter it.
    """
    w, learned = weight / weight.sum(), np.zeros(x.shape[1])
    for step in range(STEPS):
        error = y - x @ learned
        reach = REACH * weighted_median(np.abs(error), w) * max(1.0, FIRST_REACH * 0.8**step)
        v = w * np.exp(-0.5 * (error / max(reach, 1e-9)) ** 2)
        v /= v.sum()
        learned = np.linalg.solve((x * v[:, None]).T @ x + RIDGE * np.eye(x.shape[1]), x.T @ (v * y))
    return np.asarray(learned)


def trust(change: np.ndarray, came: np.ndarray, weight: np.ndarray, creator: np.ndarray) -> float:
    """The part of the expected ``change``, 0..1, of which the weighted median error is least; 1 without rows.

    0 where that gains no more than half its standard error over creators (a Bayesian bootstrap, Rubin 1981; steps of
    one creator are drawn together). Of neighbouring parts the mean counts: a median moves in jumps.
    """
    if not len(came):
        return 1.0
    parts = np.linspace(0.0, 1.0, 9)
    who, number = np.unique(creator, return_inverse=True)
    drawn = np.random.default_rng(0).exponential(size=(DRAWS, len(who)))
    off = np.empty((DRAWS + 1, len(parts)))
    for i, part in enumerate(parts):
        error = np.abs(came - part * change)
        off[0, i] = weighted_median(error, weight)
        off[1:, i] = [weighted_median(error, weight * one[number]) for one in drawn]
    smooth = (
        np.pad(off, ((0, 0), (1, 1)), mode="edge")[:, :-2]
        + off
        + np.pad(off, ((0, 0), (1, 1)), mode="edge")[:, 2:]
    ) / 3.0
    gain = off[:, :1] - smooth
    best = int(np.argmax(gain[0]))
    return float(parts[best]) if gain[0, best] > DOUBT * gain[1:, best].std() else 0.0


def drift(shifts: np.ndarray, spans: np.ndarray) -> tuple[float, float]:
    """What a list gains in a month, and how far it strays from that (standard deviation per square root of a month).

    A list moves together by whatever the season brings; a few steps tell little of the next, so their median is drawn
    to 0.
    """
    n = len(shifts)
    mean = float(np.median(shifts / spans)) * n / (n + STEPS_OF_DOUBT)
    return mean, float(np.sqrt(np.mean((shifts - mean * spans) ** 2 / spans)))


def weighted_median(values: np.ndarray, weight: np.ndarray) -> float:
    """The least value that half of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, 0.5 * reached[-1])])


def log_ridge(x: np.ndarray, error: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Coefficients of ln|error| by ridge regression: which rows err more than others, the mean left aside."""
    y = np.log(np.maximum(np.abs(error), LEAST_ERROR))
    w = weight / weight.sum()
    x, y = x - w @ x, y - w @ y
    return np.asarray(np.linalg.solve((x * w[:, None]).T @ x + 0.05 * np.eye(x.shape[1]), x.T @ (w * y)))


def relative_spread(x: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """How much wider than usual each row's errors are, held within a third and three times."""
    return np.asarray(np.clip(np.exp(x @ coefficients), NARROWEST, WIDEST))
