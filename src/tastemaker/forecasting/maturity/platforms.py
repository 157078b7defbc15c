"""Curves of platforms around the curve of their KPI: as far from it as platforms were found to differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tastemaker.forecasting.maturity.weibull import Pairs, fit_curve, information, log_grown

SPREADS = np.geomspace(0.01, 1.5, 24)
"""Standard deviations between platforms, of log scale and log form, among which the likeliest is taken."""
_LOOSE = 0.7


@dataclass(frozen=True)
class Curve:
    """``theta`` = (log scale in days, log form), with its ``covariance`` (2, 2)."""

    theta: np.ndarray
    covariance: np.ndarray

    def share(self, age: np.ndarray, horizon: float) -> tuple[np.ndarray, np.ndarray]:
        """share(age) and its standard error (delta method), each (n,); 1 and 0 from ``horizon`` on."""
        held = np.clip(np.nan_to_num(age, nan=0.0), 1e-6, horizon)
        grown, slope = log_grown(held, self.theta)
        final, final_slope = log_grown(np.array([horizon]), self.theta)
        share, pull = np.exp(grown - final), slope - final_slope
        error = share * np.sqrt(np.maximum(((pull @ self.covariance) * pull).sum(axis=1), 0.0))
        unknown = np.isnan(age)
        return np.where(unknown, np.nan, share), np.where(unknown, np.nan, error)

    def to_json(self) -> dict[str, Any]:
        return {"theta": self.theta.tolist(), "covariance": self.covariance.tolist()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Curve:
        theta, covariance = np.array(values["theta"], float), np.array(values["covariance"], float)
        if theta.shape != (2,) or covariance.shape != (2, 2):
            raise ValueError(f"a curve of {theta.shape} with a covariance of {covariance.shape}")
        return cls(theta, covariance)


def around(whole: Curve, parts: dict[str, Pairs]) -> tuple[Curve, dict[str, Curve]]:
    """The curve for a platform never seen, and one for each of ``parts``.

    Each platform's readings are summed up by a normal likelihood around a loosely penalised fit; their spread maximises
    the product of the marginals under a Gamma(2) penalty (Chung et al. 2013: few groups must not say "no difference").
    """
    centre = whole.theta
    alone, known = {}, {}
    for name, pairs in parts.items():
        theta = fit_curve(pairs, centre, np.full(2, _LOOSE**-2.0))
        data = information(pairs, theta)
        # Without the penalty's pull: where the data alone would have put it.
        alone[name] = theta + np.linalg.pinv(data) @ (_LOOSE**-2.0 * (theta - centre))
        known[name] = data
    between = _between([(alone[n] - centre, known[n]) for n in parts])
    pull = np.eye(2) * between**-2.0
    curves = {}
    for name, pairs in parts.items():
        theta = fit_curve(pairs, centre, np.full(2, between**-2.0))
        weight = np.linalg.inv(known[name] + pull)
        shrink = weight @ pull
        curves[name] = Curve(theta, weight + shrink @ whole.covariance @ shrink.T)
    return Curve(centre, whole.covariance + np.eye(2) * between**2), curves


def _between(found: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """The standard deviation between platforms from (distance (2,), information (2, 2)) of each."""
    heights = [
        np.log(spread) + sum(_marginal(distance, data, spread) for distance, data in found)
        for spread in SPREADS
    ]
    return float(SPREADS[int(np.argmax(heights))])


def _marginal(distance: np.ndarray, data: np.ndarray, spread: float) -> float:
    """Log of Normal(0, data^-1 + spread^2) at ``distance``, up to a constant; ``data`` may be singular."""
    mixed = np.eye(2) + spread**2 * data
    return float(
        -0.5 * np.linalg.slogdet(mixed)[1] - 0.5 * distance @ np.linalg.solve(mixed.T, data.T).T @ distance
    )
