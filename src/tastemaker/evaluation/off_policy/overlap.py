"""Does the log hold what the new policy would do? Without overlap no estimator helps, so this is asked first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.evaluation.bootstrap import Estimate
from tastemaker.evaluation.metrics import Floats
from tastemaker.evaluation.off_policy.intervals import mean_bounds
from tastemaker.evaluation.off_policy.log import ChoiceLog
from tastemaker.evaluation.off_policy.policy import Policy
from tastemaker.evaluation.off_policy.weights import Assumption, row_weights

QUANTILES = (0.5, 0.9, 0.99, 1.0)
_SURE = 0.999


@dataclass(frozen=True)
class Limits:
    """When a log is too far from a policy to speak of it.

    ``effective``: least effective number of clusters. ``differing``: the same for the difference of two policies that
    can each be estimated, counting only where they differ. ``unsupported``: most of the policy's mass that the log
    could not have taken, 0..1. ``clusters``: fewest clusters; an interval from fewer is an anecdote.
    """

    effective: float = 30.0
    differing: float = 10.0
    unsupported: float = 0.01
    clusters: int = 20


@dataclass(frozen=True)
class Overlap:
    """How far log and policy meet.

    ``used``: chosen rows with a weight that is not 0. ``effective``: (sum of W)^2 / sum of W^2 over the clusters'
    weights W: as many equally heavy clusters would say as much. ``quantiles``: share -> weight of the used rows at that
    quantile (in size; a difference has weights of both signs). ``mean_weight``: mean weight per unit of the policy's
    mass, 1 if the propensities are right and nothing is unsupported, with a 99.9 % interval; NaN for a difference.
    ``unsupported``: share of the policy's mass on rows of propensity 0; NaN where propensities of what was not chosen
    are not logged. ``unlogged``, ``unknown_rewards``: chosen rows that the policy takes, without propensity or reward.
    """

    clusters: int
    used: int
    effective: float
    quantiles: dict[float, float]
    mean_weight: Estimate
    unsupported: float
    unlogged: int
    unknown_rewards: int

    @property
    def largest_weight(self) -> float:
        """NaN where no row is used."""
        return self.quantiles[1.0]

    def why_not(self, limits: Limits) -> str | None:
        """Why nothing can be estimated, in words, or None."""
        if self.unlogged:
            return f"{self.unlogged} chosen rows that the policy takes carry no propensity; decisions must log one"
        if self.unknown_rewards:
            return f"{self.unknown_rewards} chosen rows that the policy takes have no reward; leave their decisions out"
        if self.clusters < limits.clusters:
            return f"{self.clusters} independent decisions; at least {limits.clusters} are needed for an interval"
        if not self.used:
            return "nothing that the log chose is anything the policy would choose"
        if np.isinf(self.largest_weight):
            return "a chosen row has propensity 0: the log contradicts itself"
        if self.unsupported > limits.unsupported:
            return (
                f"{self.unsupported:.1%} of the policy's choices could never have been taken by the log "
                f"(limit {limits.unsupported:.1%})"
            )
        if self.mean_weight.high < 1 - limits.unsupported or self.mean_weight.low > 1 + limits.unsupported:
            return (
                f"weights average {self.mean_weight}, not 1: the propensities do not describe this log, or the policy "
                "takes what the log could not"
            )
        if self.effective < limits.effective:
            return (
                f"effective sample size {self.effective:.1f} of {self.clusters} decisions is below "
                f"{limits.effective:g}: a few rows would decide"
            )
        return None

    def to_json(self) -> dict[str, object]:
        """Ready for ``json.dumps``; NaN as null."""
        return {
            "clusters": self.clusters,
            "used_rows": self.used,
            "effective": finite(self.effective),
            "weights": {f"{q:g}": finite(w) for q, w in self.quantiles.items()},
            "mean_weight": self.mean_weight.to_json(),
            "unsupported": finite(self.unsupported),
            "unlogged": self.unlogged,
            "unknown_rewards": self.unknown_rewards,
        }


def overlap(
    log: ChoiceLog, policy: Policy, *, against: Policy | None = None, assumption: Assumption = "independent"
) -> Overlap:
    """Diagnostics of ``policy`` on ``log``; with ``against``, of their difference: what both do alike cancels, and
    only where they differ does the log have to speak."""
    weights = row_weights(log, policy, assumption)
    mass = policy.probability
    if against is not None:
        weights = _apart(weights, row_weights(log, against, assumption))
        mass = mass - against.probability
    used = log.chosen & (weights != 0)
    codes = np.unique(log.cluster, return_inverse=True)[1]
    clusters = int(codes.max()) + 1
    sizes = np.abs(weights[used])
    total = np.bincount(codes[used], sizes, clusters)
    # Propensities matter only where the policy puts mass.
    wanted = mass != 0
    logged = log.propensity[wanted]
    lost = float(np.abs(mass[wanted][logged == 0]).sum() / max(np.abs(mass).sum(), np.finfo(float).tiny))
    return Overlap(
        clusters=clusters,
        used=int(used.sum()),
        effective=float(total.sum() ** 2 / (total**2).sum())
        if np.isfinite(total).all() and used.any()
        else np.nan,
        quantiles={
            q: float(np.quantile(sizes, q, method="inverted_cdf")) if used.any() else np.nan
            for q in QUANTILES
        },
        mean_weight=_mean_weight(codes, weights, mass)
        if against is None
        else Estimate(np.nan, np.nan, np.nan),
        unsupported=np.nan if np.isnan(logged).any() and not lost else lost,
        unlogged=int(np.isnan(weights[log.chosen]).sum()),
        unknown_rewards=int((used & np.isnan(log.reward)).sum()),
    )


def _apart(a: Floats, b: Floats) -> Floats:
    """``a - b``, infinite where either is: two contradictions do not cancel."""
    broken = np.isinf(a) | np.isinf(b)
    return np.where(broken, np.inf, np.where(broken, 0.0, a) - np.where(broken, 0.0, b))


def _mean_weight(codes: np.ndarray, weights: Floats, mass: Floats) -> Estimate:
    """A ratio of means over clusters, by linearisation."""
    expected = np.bincount(codes, mass)
    if not np.isfinite(weights).all() or len(expected) < 2 or not expected.sum():
        return Estimate(np.nan, np.nan, np.nan)
    got = np.bincount(codes, weights)
    ratio = got.sum() / expected.sum()
    return mean_bounds(ratio + (got - ratio * expected) / expected.mean(), _SURE)


def finite(x: float) -> float | None:
    """NaN and infinity, which JSON does not know, as None."""
    return float(x) if np.isfinite(x) else None
