"""Counts out of exposures whose chance differs from unit to unit: the beta-binomial and its predictions.

A unit's chance is Beta(shape, shape x (1 - p) / p) around its mean ``p`` (Skellam 1948): its coefficient of variation
is sqrt((1 - p) / shape) or nearly so, the same for small chances of any size; for rare events the count tends to the
negative binomial of size ``shape``. A mean that is itself uncertain (normal on the log-odds) is integrated out by
Gauss-Hermite quadrature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import bdtr, betaincinv, betaln, expit, polygamma, psi

NODES, BETA_NODES = 7, 15
_FAR = 8.0
_SMALLEST = 1e-12


def log_likelihood(eta: np.ndarray, k: np.ndarray, n: np.ndarray, shape: float) -> np.ndarray:
    """Log-probability (m,) of k of n without the binomial coefficient; ``eta`` (m,): log-odds of the mean."""
    other = shape * np.exp(-eta)
    return np.asarray(betaln(k + shape, n - k + other) - betaln(shape, other))


def slope_and_curvature(
    eta: np.ndarray, k: np.ndarray, n: np.ndarray, shape: float
) -> tuple[np.ndarray, np.ndarray]:
    """First derivative of :func:`log_likelihood` by ``eta``, and minus the second (both (m,))."""
    b = shape * np.exp(-eta)
    first = psi(n - k + b) - psi(n + shape + b) - psi(b) + psi(shape + b)
    second = polygamma(1, n - k + b) - polygamma(1, n + shape + b) - polygamma(1, b) + polygamma(1, shape + b)
    return -b * first, -b * (b * second + first)


@cache
def _normal_nodes() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


@dataclass(frozen=True)
class Chances:
    """The chance of m new units: log-odds of the mean ~ Normal(``centre``, ``variance``), each (m,), Beta around it."""

    centre: np.ndarray
    variance: np.ndarray
    shape: float

    def mean(self) -> np.ndarray:
        """Expected chance (m,)."""
        nodes, weights = _normal_nodes()
        return np.asarray(expit(self._log_odds(nodes)) @ weights)

    def log_probability(self, k: np.ndarray, n: np.ndarray) -> np.ndarray:
        """Log of the predictive probability (m,) of k of n, without the binomial coefficient."""
        nodes, weights = _normal_nodes()
        eta = self._log_odds(nodes)
        each = log_likelihood(eta, k[:, None], n[:, None], self.shape)
        top = each.max(axis=1)
        return np.asarray(top + np.log(np.exp(each - top[:, None]) @ weights))

    def at_most(self, k: np.ndarray, n: np.ndarray) -> np.ndarray:
        """P(count <= k) of n exposures (m,); 0 for k < 0."""
        return self._at_most(self._points(), k, n)

    def quantiles(self, n: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
        """The least counts (len(levels), m) that are reached with at least these probabilities."""
        points, n = self._points(), np.asarray(n, dtype=np.float64)
        low, high = _bracket(points, n)
        return np.stack(
            [least_counts(lambda k: self._at_most(points, k, n), low, high, level) for level in levels]
        )

    def _log_odds(self, nodes: np.ndarray) -> np.ndarray:
        return np.asarray(self.centre[:, None] + np.sqrt(self.variance)[:, None] * nodes)

    def _points(self) -> np.ndarray:
        """Chances (m, NODES, BETA_NODES): middles of equally likely parts of the Beta at each node of the mean."""
        nodes, _ = _normal_nodes()
        other = self.shape * np.exp(-self._log_odds(nodes))
        parts = (np.arange(BETA_NODES) + 0.5) / BETA_NODES
        found = betaincinv(self.shape, other[:, :, None], parts)
        return np.asarray(np.clip(found, _SMALLEST, 1 - _SMALLEST))

    def _at_most(self, points: np.ndarray, k: np.ndarray, n: np.ndarray) -> np.ndarray:
        _, weights = _normal_nodes()
        held = np.maximum(k, 0.0)[:, None, None]
        each = bdtr(held, np.asarray(n, dtype=np.int64)[:, None, None], points).mean(axis=2)
        return np.where(k < 0, 0.0, each @ weights)


def least_counts(
    at_most: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray, level: float
) -> np.ndarray:
    """The least whole k (m,) with ``at_most(k) >= level``, by halving; too low at ``low``, reached at ``high``."""
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        enough = at_most(middle) >= level
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def _bracket(points: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts (m,), whole, that are surely too low and surely high enough: _FAR deviations beyond every chance."""
    few, many = n * points.min(axis=(1, 2)), n * points.max(axis=(1, 2))
    low = np.maximum(np.floor(few - _FAR * np.sqrt(few) - 1.0), -1.0)
    return low, np.minimum(np.ceil(many + _FAR * np.sqrt(many) + _FAR**2), n)
