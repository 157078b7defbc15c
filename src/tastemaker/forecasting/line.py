"""A straight line under a link: the start of every head, and its calibration.

``log``: E[y] = exp(line), estimated by quasi-likelihood with variance mu + mu^2 (the negative binomial with unit
dispersion; McCullagh and Nelder 1989, chapter 9): small counts weigh as counts, large amounts by their ratio, so that
a giant account does not decide the fit. ``odds``: E[y] = 1 / (1 + exp(-line)), logistic regression (Platt 1999).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Link = Literal["log", "odds"]

MAX_LINE = 30.0
_STEPS = 60
_LONGEST_STEP = 2.0


@dataclass(frozen=True)
class Line:
    """``intercept + slope * (x - centre)``; an unknown x counts as ``centre``."""

    centre: float = 0.0
    intercept: float = 0.0
    slope: float = 1.0

    def at(self, x: np.ndarray) -> np.ndarray:
        return self.intercept + self.pull(x)

    def pull(self, x: np.ndarray) -> np.ndarray:
        """What x adds to the intercept: 0 where it is unknown."""
        return self.slope * np.nan_to_num(x - self.centre, nan=0.0)


def response(line: np.ndarray, link: Link) -> np.ndarray:
    """The mean that a linear predictor stands for; the exponent is held within +-30."""
    held = np.clip(line, -MAX_LINE, MAX_LINE)
    return np.asarray(np.exp(held) if link == "log" else 1.0 / (1.0 + np.exp(-held)))


def log_response(line: np.ndarray, link: Link) -> np.ndarray:
    """The logarithm of the mean that a linear predictor stands for."""
    return line if link == "log" else -np.logaddexp(0.0, -line)


def score_and_weight(line: np.ndarray, y: np.ndarray, link: Link) -> tuple[np.ndarray, np.ndarray]:
    """First derivative of the (quasi) log-likelihood by the linear predictor, and the Fisher weight (both (n,))."""
    mean = response(line, link)
    if link == "log":
        return (y - mean) / (1.0 + mean), mean / (1.0 + mean)
    return y - mean, mean * (1.0 - mean)


def loss(line: np.ndarray, y: np.ndarray, link: Link) -> np.ndarray:
    """The negative (quasi) log-likelihood (n,) up to what only depends on y; its derivative is minus the score."""
    held = np.clip(line, -MAX_LINE, MAX_LINE)
    if link == "log":
        return np.asarray((1.0 + y) * np.logaddexp(0.0, held) - y * held)
    return np.asarray(np.logaddexp(0.0, held) - y * held)


def fit_line(
    x: np.ndarray,
    y: np.ndarray,
    link: Link,
    *,
    prior: Line,
    intercept_weight: float,
    slope_weight: float,
    sample_weight: np.ndarray | None = None,
) -> Line:
    """The line that fits best, pulled to ``prior`` with the given weights (precisions; prior observations, roughly).

    The slope stays positive (at least a twentieth of the prior's), so that a calibration never turns an order round.
    """
    weight = np.ones(len(y)) if sample_weight is None else sample_weight
    u = np.nan_to_num(x - prior.centre, nan=0.0)
    intercept, slope = prior.intercept, prior.slope
    for _ in range(_STEPS):
        score, fisher = score_and_weight(intercept + slope * u, y, link)
        s, f = weight * score, weight * fisher
        gradient = np.array(
            [
                s.sum() - intercept_weight * (intercept - prior.intercept),
                (s * u).sum() - slope_weight * (slope - prior.slope),
            ]
        )
        cross = (f * u).sum()
        information = np.array(
            [[f.sum() + intercept_weight, cross], [cross, (f * u * u).sum() + slope_weight]]
        )
        step = np.clip(np.linalg.solve(information, gradient), -_LONGEST_STEP, _LONGEST_STEP)
        intercept, slope = intercept + step[0], slope + step[1]
        if np.abs(step).max() < 1e-10:
            break
    return Line(prior.centre, float(intercept), float(max(slope, 0.05 * prior.slope)))
