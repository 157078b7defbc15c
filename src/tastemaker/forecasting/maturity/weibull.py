"""How a total grows with age: a Weibull curve, fitted to pairs of readings of the same series.

share(age) = G(age) / G(horizon), G(t) = 1 - exp(-(t / scale)^form): the growth curve of loss development (Clark 2003).
Of a pair of readings the earlier is a part of the later, G(t1) / G(t2) of it on average whatever the total may become:
the chain-ladder's assumption (Mack 1993), so that a series which is still growing tells as much as a finished one and
right-censoring leaves no bias.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import brentq

_STEPS = 100
_LONGEST = 1.0
_LOW, _HIGH = np.array([-5.0, -2.5]), np.array([7.0, 2.0])
"""Bounds of (log scale in days, log form): no reading tells a curve apart from the one at the bound."""


@dataclass(frozen=True)
class Pairs:
    """n pairs of readings of one series each: ``total`` was there at age ``late``, ``part`` (0..1) of it at ``early``.

    ``spread`` (n,): the correlation of a count's single events (Williams 1982); at 0 they come one by one.
    """

    early: np.ndarray
    late: np.ndarray
    part: np.ndarray
    total: np.ndarray
    spread: np.ndarray

    def __len__(self) -> int:
        return len(self.part)

    def rows(self, index: np.ndarray) -> Pairs:
        return Pairs(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def weight(self) -> np.ndarray:
        """Inverse variance (n,) of the part, up to part x (1 - part)."""
        return _weight(self.total, self.spread)


def log_grown(age: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log G(age) (n,) and its derivatives (n, 2) by ``theta`` = (log scale, log form)."""
    form = np.exp(theta[1])
    with np.errstate(divide="ignore"):
        log_u = form * (np.log(age) - theta[0])
    u = np.exp(np.clip(log_u, -700.0, 6.0))
    left = -np.expm1(-u)
    pull = np.where(u > 0, np.exp(-u) * u / np.maximum(left, 1e-300), 1.0)
    return np.log(np.maximum(left, 1e-300)), np.stack(
        [-form * pull, pull * np.where(np.isfinite(log_u), log_u, 0.0)], axis=-1
    )


def expected_part(pairs: Pairs, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """G(early) / G(late) (n,), and its derivatives (n, 2)."""
    early, early_slope = log_grown(pairs.early, theta)
    late, late_slope = log_grown(pairs.late, theta)
    part = np.clip(np.exp(early - late), 1e-9, 1.0 - 1e-9)
    return part, part[:, None] * (early_slope - late_slope)


def information(pairs: Pairs, theta: np.ndarray) -> np.ndarray:
    """Fisher information (2, 2) of the pairs on ``theta``."""
    part, slope = expected_part(pairs, theta)
    weight = pairs.weight() / (part * (1.0 - part))
    return np.asarray((slope * weight[:, None]).T @ slope)


def fit_curve(pairs: Pairs, prior: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """The ``theta`` (2,) of the highest quasi-likelihood x Normal(``prior``, diagonal ``precision``)."""
    theta, height = prior.copy(), _height(pairs, prior, prior, precision)
    for _ in range(_STEPS):
        part, slope = expected_part(pairs, theta)
        weight = pairs.weight() / (part * (1.0 - part))
        gradient = slope.T @ (weight * (pairs.part - part)) - precision * (theta - prior)
        fisher = (slope * weight[:, None]).T @ slope + np.diag(precision)
        step = np.linalg.solve(fisher, gradient)
        step *= min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-12))
        while np.abs(step).max() > 1e-9:
            new = np.clip(theta + step, _LOW, _HIGH)
            reached = _height(pairs, new, prior, precision)
            if reached >= height:
                break
            step /= 2
        else:
            break
        moved, theta, height = np.abs(new - theta).max(), new, reached
        if moved < 1e-8:
            break
    return theta


def fit_spread(pairs: Pairs, part: np.ndarray) -> float:
    """The one spread (0..0.99) at which Pearson's statistic around the expected ``part`` (n,) is what it should be."""
    square = (pairs.part - part) ** 2 / (part * (1.0 - part))

    def excess(spread: float) -> float:
        return float((square * _weight(pairs.total, spread)).sum() - max(len(pairs) - 2, 1))

    if excess(0.0) <= 0:
        return 0.0
    return 0.99 if excess(0.99) >= 0 else float(brentq(excess, 0.0, 0.99, xtol=1e-6))


def _weight(total: np.ndarray, spread: np.ndarray | float) -> np.ndarray:
    return np.asarray(total / (1.0 + np.maximum(total - 1.0, 0.0) * spread))


def _height(pairs: Pairs, theta: np.ndarray, prior: np.ndarray, precision: np.ndarray) -> float:
    part, _ = expected_part(pairs, theta)
    likely = pairs.part * np.log(part) + (1.0 - pairs.part) * np.log1p(-part)
    return float((pairs.weight() * likely).sum() - 0.5 * (precision * (theta - prior) ** 2).sum())
