"""Group effects around a common level: the mode of their posterior, its curvature, and the evidence for their spreads.

The log-odds of a row are the sum of fixed effects (nearly flat prior) and of one Normal(0, spread^2) effect of each
grouping. Given the spreads, the effects maximise likelihood x prior (Newton); the spreads and the shape of the
beta-binomial maximise the marginal likelihood by Laplace's approximation (Breslow and Clayton 1993, section 2.1) under
a Gamma(2) penalty that keeps the spread of a few groups away from zero (Chung, Rabe-Hesketh, Dorie, Gelman and Liu
2013), and a half-normal one of scale 2 that keeps it finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from tastemaker.forecasting.rates.bordered import Bordered
from tastemaker.forecasting.rates.overdispersed import log_likelihood, slope_and_curvature

FIXED_PRECISION = 1e-2
SPREAD_SCALE = 2.0
_LOG_SPREADS, _LOG_SHAPES = (-5.0, 2.0), (-3.0, 9.0)
_STEPS = 60
_LONGEST = 3.0
_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Design:
    """``k`` of ``n`` (rows,): successes and exposures. The coefficients: ``matrix`` (rows, few), sparse, and after
    them one of ``leaves``, the grouping with the most groups (``leaf`` (rows,): its number, -1 none).

    ``part`` (few + leaves,): -1 fixed, else the number of the grouping; ``centre`` (few + leaves,): means of the prior.
    """

    k: np.ndarray
    n: np.ndarray
    matrix: sparse.csr_array
    leaf: np.ndarray
    leaves: int
    part: np.ndarray
    centre: np.ndarray

    def precision(self, spreads: np.ndarray) -> np.ndarray:
        """Prior precision (coefficients,) given a spread for each grouping."""
        return np.where(self.part < 0, FIXED_PRECISION, np.append(spreads, 1.0)[self.part] ** -2.0)

    def log_odds(self, effects: np.ndarray) -> np.ndarray:
        """(rows,) of the effects (coefficients,)."""
        few = self.matrix.shape[1]
        return np.asarray(self.matrix @ effects[:few] + np.append(effects[few:], 0.0)[self.leaf])

    def gathered(self, rows: np.ndarray) -> np.ndarray:
        """Sums (coefficients,) of a value of each row over the rows that a coefficient acts on."""
        own = self.leaf >= 0
        leaves = np.bincount(self.leaf[own], rows[own], minlength=self.leaves)
        return np.concatenate([self.matrix.T @ rows, leaves])

    def curvature(self, weight: np.ndarray, prior: np.ndarray) -> Bordered:
        """Minus the second derivative of likelihood x prior where the rows have these weights (rows,)."""
        few, own = self.matrix.shape[1], self.leaf >= 0
        weighted = sparse.csr_array(self.matrix.multiply(weight[:, None]))
        top = (self.matrix.T @ weighted).toarray() + np.diag(prior[:few])
        members = sparse.csr_array(
            (np.ones(own.sum()), (self.leaf[own], np.flatnonzero(own))), shape=(self.leaves, len(self.k))
        )
        return Bordered(top, (members @ weighted).toarray(), members @ weight + prior[few:])


@dataclass(frozen=True)
class Mode:
    """``effects`` (coefficients,) at the posterior's mode, its ``curvature`` there, and the Laplace log-evidence."""

    effects: np.ndarray
    curvature: Bordered
    evidence: float


@dataclass(frozen=True)
class Fitted:
    """The mode at the best ``spreads`` (groupings,) and ``shape``."""

    mode: Mode
    spreads: np.ndarray
    shape: float


def fit_mixed(design: Design, groupings: int) -> Fitted:
    """Spreads and shape by penalised marginal likelihood (L-BFGS, numerical gradient), effects by Newton inside."""
    last = design.centre

    def loss(logs: np.ndarray) -> float:
        nonlocal last
        spreads = np.exp(logs[:groupings])
        mode = find_mode(design, spreads, float(np.exp(logs[-1])), last)
        last = mode.effects
        return -(mode.evidence + float(logs[:groupings].sum() - 0.5 * ((spreads / SPREAD_SCALE) ** 2).sum()))

    found = minimize(
        loss,
        np.append(np.full(groupings, -1.5), 1.0),
        method="L-BFGS-B",
        bounds=[_LOG_SPREADS] * groupings + [_LOG_SHAPES],
        options={"eps": 1e-3, "ftol": 1e-6, "maxiter": 60},
    )
    spreads, shape = np.exp(found.x[:groupings]), float(np.exp(found.x[-1]))
    # From the prior's centre, so that the result does not hang on the path of the search.
    return Fitted(find_mode(design, spreads, shape, design.centre), spreads, shape)


def find_mode(design: Design, spreads: np.ndarray, shape: float, start: np.ndarray) -> Mode:
    """Newton's method with halved steps from ``start`` (coefficients,)."""
    prior, k, n = design.precision(spreads), design.k, design.n

    def height(effects: np.ndarray) -> float:
        likely = log_likelihood(design.log_odds(effects), k, n, shape).sum()
        return float(likely - 0.5 * (prior * (effects - design.centre) ** 2).sum())

    effects, best = start.copy(), height(start)
    for _ in range(_STEPS):
        slope, curve = slope_and_curvature(design.log_odds(effects), k, n, shape)
        uphill = design.gathered(slope) - prior * (effects - design.centre)
        # The likelihood is not concave everywhere; a floor keeps every step uphill.
        curvature = design.curvature(np.maximum(curve, 1e-8), prior)
        step = curvature.solve(uphill)
        step *= min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-12))
        reached = height(effects + step)
        while not reached >= best - 1e-9 and np.abs(step).max() > _TOLERANCE:
            step /= 2
            reached = height(effects + step)
        if not reached >= best - 1e-9:
            break
        effects, gain, best = effects + step, reached - best, reached
        if np.abs(step).max() < _TOLERANCE or abs(gain) < 1e-9:
            break
    evidence = best + 0.5 * float(np.log(prior).sum()) - 0.5 * curvature.log_determinant()
    return Mode(effects, curvature, evidence)
