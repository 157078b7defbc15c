"""Logistic regression within bounds: what is evidence against an account can not come to speak for it."""

from __future__ import annotations

import numpy as np

from tastemaker.errors import FeatureError

STEPS, SWEEPS = 60, 200
TOLERANCE = 1e-8


def bounded_logistic(
    columns: np.ndarray,
    label: np.ndarray,
    offset: float,
    lower: np.ndarray,
    upper: np.ndarray,
    strength: float,
    start: np.ndarray,
) -> np.ndarray:
    """Weights (k,) in ``lower``..``upper`` of the log-odds ``offset`` + columns @ weights that ``label`` (n,) is true.

    Least mean log-loss plus ``strength`` / 2 * sum of (weights - start)^2, by Newton steps, each solved within the
    bounds by coordinate descent and halved until the loss falls. Deterministic.
    Raises FeatureError where it does not converge.
    """
    y = label.astype(np.float64)
    weights: np.ndarray = np.clip(start, lower, upper)
    loss = _loss(columns, y, offset, weights, start, strength)
    for _ in range(STEPS):
        p = 0.5 * (1.0 + np.tanh(0.5 * (offset + columns @ weights)))
        slope = columns.T @ (p - y) / len(y) + strength * (weights - start)
        bend = (columns * (p * (1.0 - p))[:, None]).T @ columns / len(y) + strength * np.eye(len(weights))
        step = _within(slope, bend, lower - weights, upper - weights)
        share = 1.0
        while share > 1e-6:
            nearer = _loss(columns, y, offset, weights + share * step, start, strength)
            if nearer <= loss:
                break
            share /= 2.0
        else:
            return weights
        weights = np.asarray(weights + share * step)
        if loss - nearer < TOLERANCE:
            return weights
        loss = nearer
    raise FeatureError(
        f"the weights did not settle within {STEPS} steps; raise strength ({strength:g}) to hold them closer"
    )


def _loss(
    columns: np.ndarray, y: np.ndarray, offset: float, weights: np.ndarray, start: np.ndarray, strength: float
) -> float:
    log_odds = offset + columns @ weights
    losses = np.logaddexp(0.0, log_odds) - y * log_odds
    return float(losses.mean() + 0.5 * strength * ((weights - start) ** 2).sum())


def _within(slope: np.ndarray, bend: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """The step that minimises slope @ s + s @ bend @ s / 2 within the bounds."""
    step = np.zeros(len(slope))
    for _ in range(SWEEPS):
        moved = 0.0
        for k in range(len(step)):
            to = step[k] - (slope[k] + bend[k] @ step) / bend[k, k]
            to = min(max(to, lower[k]), upper[k])
            moved = max(moved, abs(to - step[k]))
            step[k] = to
        if moved < 1e-9:
            break
    return step
