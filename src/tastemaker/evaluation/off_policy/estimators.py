"""The estimators, each as a value and what every cluster contributes to it.

Notation: w weight, t the policy's probability, r reward, q predicted reward; sums run over the rows of a cluster. All
of them are per decision: a list's value is the sum over what it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tastemaker.evaluation.metrics import Floats
from tastemaker.evaluation.off_policy.log import ChoiceLog, Ints
from tastemaker.evaluation.off_policy.policy import Policy
from tastemaker.evaluation.off_policy.weights import Assumption, row_weights

Method: TypeAlias = Literal["ips", "snips", "dm", "dr", "switch-dr"]
MODELLED: tuple[Method, ...] = ("dm", "dr", "switch-dr")

_CUTS = (0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Contribution:
    """``parts`` (C,): pseudo-values of the clusters, whose mean is the estimate (of a ratio: its linearisation).

    ``bias``: a bound on what the method leaves out on purpose, in the reward's unit, 0 for unbiased ones.
    """

    parts: Floats
    bias: float = 0.0


class Terms:
    """Rows of a log under a policy, ready to be summed. ``predicted`` (n,) may be absent for IPS and SNIPS."""

    def __init__(
        self, log: ChoiceLog, policy: Policy, assumption: Assumption, predicted: Floats | None
    ) -> None:
        self.weight = row_weights(log, policy, assumption)
        self.reward = np.where(self.weight != 0, log.reward, 0.0)
        self.mass = policy.probability
        self.predicted = np.zeros(len(self.mass)) if predicted is None else predicted
        self.codes: Ints = np.unique(log.cluster, return_inverse=True)[1].ravel()
        first = np.unique(log.decision, return_index=True)[1]
        self.decisions: Floats = np.bincount(self.codes[first]).astype(np.float64)

    def total(self, rows: Floats) -> Floats:
        """Sums of ``rows`` (n,) by cluster (C,)."""
        return np.bincount(self.codes, rows, len(self.decisions)).astype(np.float64)

    def per_decision(self, totals: Floats) -> Floats:
        """Pseudo-values of sum(totals) / sum(decisions): the totals themselves where every cluster is one decision."""
        mean = totals.sum() / self.decisions.sum()
        parts: Floats = mean + (totals - mean * self.decisions) / self.decisions.mean()
        return parts

    @property
    def model(self) -> Floats:
        """sum t q by cluster (C,)."""
        return self.total(self.mass * self.predicted)


def ips(terms: Terms) -> Contribution:
    """sum w r (Horvitz, Thompson 1952): unbiased where propensities are right and cover the policy."""
    return Contribution(terms.per_decision(terms.total(terms.weight * terms.reward)))


def snips(terms: Terms) -> Contribution:
    """(sum w r / sum w) x the policy's mass per decision (Swaminathan, Joachims 2015): blind to a shift of rewards."""
    gained, weight = terms.total(terms.weight * terms.reward), terms.total(terms.weight)
    mass = terms.per_decision(terms.total(terms.mass))
    ratio = gained.sum() / weight.sum()
    away = (gained - ratio * weight) / weight.mean()
    return Contribution(ratio * mass + mass.mean() * away)


def dm(terms: Terms) -> Contribution:
    """sum t q: what the model promises. Its own spread knows nothing of the model's error; see ``judge``."""
    return Contribution(terms.per_decision(terms.model))


def dr(terms: Terms) -> Contribution:
    """sum t q + sum w (r - q) (Dudik et al. 2011): unbiased if the propensities are right, whatever the model."""
    return Contribution(terms.per_decision(terms.model + terms.total(_corrections(terms))))


def switch_dr(terms: Terms, cut: float | None = None) -> Contribution:
    """DR whose corrections of weight above ``cut`` are dropped (Wang, Agarwal, Dudik 2017).

    By default the cut with the least estimated error: variance of the mean plus the square of the bound on the bias,
    dropped weight x the typical size of a correction's residual. No cut at all is among those tried.
    """
    corrections, size = _corrections(terms), np.abs(terms.weight)
    used = size > 0
    typical = _residual(terms, used)
    cuts = [cut] if cut is not None else [np.inf, *_quantiles(size[used])]
    tried = []
    for limit in cuts:
        kept = size <= limit
        parts = terms.per_decision(terms.model + terms.total(np.where(kept, corrections, 0.0)))
        dropped = float(size[~kept].sum() / terms.decisions.sum())
        tried.append(Contribution(parts, dropped * typical))
    return min(tried, key=lambda c: c.parts.var(ddof=1) / len(c.parts) + c.bias**2)


def _quantiles(sizes: Floats) -> list[float]:
    return [float(x) for x in np.unique(np.quantile(sizes, _CUTS))] if len(sizes) else []


def _corrections(terms: Terms) -> Floats:
    return terms.weight * np.where(terms.weight != 0, terms.reward - terms.predicted, 0.0)


def _residual(terms: Terms, used: np.ndarray) -> float:
    """Weighted mean size of r - q over the rows used."""
    if not used.any():
        return 0.0
    return float(np.average(np.abs(terms.reward - terms.predicted)[used], weights=np.abs(terms.weight[used])))


METHODS = {"ips": ips, "snips": snips, "dm": dm, "dr": dr, "switch-dr": switch_dr}
