"""From what is there to what will be: a total scaled up, and how far it may still be off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincinv

from tastemaker.forecasting.rates.overdispersed import least_counts

POINTS = 25
_FAR = 8.0


@dataclass(frozen=True)
class Matured:
    """Per row (n,): the ``share`` that is expected to be there, the final ``value`` and its bounds; NaN unknown."""

    share: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def mature(
    value: np.ndarray, share: np.ndarray, error: np.ndarray, spread: np.ndarray, level: float
) -> Matured:
    """``value`` / ``share``, with the interval of the negative binomial: what is missing when each of N events has come
    with a chance of ``share``, seen ``value`` of them (flat prior on N). The chance itself is Beta: correlated events
    (``spread``) and the curve's standard ``error`` are in its variance. Amounts of money count in their unit.
    """
    out = [np.where(np.isnan(share), np.nan, value / np.where(share > 0, share, np.nan)) for _ in range(3)]
    open_ = np.flatnonzero((share > 0) & (share < 1) & np.isfinite(value))
    tail = (1.0 - level) / 2.0
    if len(open_):
        there = value[open_]
        chance = _chances(share[open_], error[open_], spread[open_])
        for i, wanted in ((1, tail), (2, 1.0 - tail)):
            out[i][open_] = there + _missing(there, chance, wanted)
    final, low, high = out
    return Matured(share, final, np.minimum(low, final), np.maximum(high, final))


def _chances(share: np.ndarray, error: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """(n, POINTS): middles of equally likely parts of a Beta with mean ``share``."""
    most = share * (1.0 - share)
    variance = np.clip(most * spread + error**2, 1e-9 * most, 0.95 * most)
    size = most / variance - 1.0
    parts = (np.arange(POINTS) + 0.5) / POINTS
    found = betaincinv((share * size)[:, None], ((1.0 - share) * size)[:, None], parts)
    return np.asarray(np.clip(found, 1e-4, 1.0 - 1e-9))


def _missing(there: np.ndarray, chance: np.ndarray, level: float) -> np.ndarray:
    def at_most(k: np.ndarray) -> np.ndarray:
        held = np.maximum(k, 0.0)[:, None]
        return np.where(k < 0, 0.0, betainc(there[:, None] + 1.0, held + 1.0, chance).mean(axis=1))

    least = chance.min(axis=1)
    mean, deviation = (there + 1) * (1 - least) / least, np.sqrt((there + 1) * (1 - least)) / least
    low = np.full(len(there), -1.0)
    return least_counts(at_most, low, np.ceil(mean + _FAR * deviation + _FAR**2), level)
