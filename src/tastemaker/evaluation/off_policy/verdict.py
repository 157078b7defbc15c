"""The question itself: what would this policy have brought, and which of two is better? Or: this log can not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.bootstrap import Estimate
from tastemaker.evaluation.metrics import Floats
from tastemaker.evaluation.off_policy.estimators import METHODS, MODELLED, Contribution, Method, Terms
from tastemaker.evaluation.off_policy.intervals import Interval, mean_bounds
from tastemaker.evaluation.off_policy.log import ChoiceLog
from tastemaker.evaluation.off_policy.overlap import Limits, Overlap, finite, overlap
from tastemaker.evaluation.off_policy.policy import Policy
from tastemaker.evaluation.off_policy.weights import Assumption

NOT_ESTIMABLE = Estimate(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class OffPolicyEstimate:
    """What a policy (or the difference of two) is worth per decision, in the reward's unit.

    ``reason``: why it is not estimable, or None. All three numbers of ``estimate`` are NaN then. ``effective``: sample
    size in clusters, ``largest_weight``: of one row; both are given even where nothing is estimable.
    """

    method: Method
    estimate: Estimate
    effective: float
    largest_weight: float
    reason: str | None

    @property
    def estimable(self) -> bool:
        return self.reason is None

    def to_json(self) -> dict[str, object]:
        """Ready for ``json.dumps``; NaN as null."""
        return {
            **self.estimate.to_json(),
            "effective": finite(self.effective),
            "largest_weight": finite(self.largest_weight),
            "not_estimable": self.reason,
        }

    def __str__(self) -> str:
        return f"{self.estimate}" if self.estimable else f"not estimable: {self.reason}"


def policy_value(
    log: ChoiceLog,
    policy: Policy,
    *,
    method: Method = "dr",
    predicted: ArrayLike | None = None,
    assumption: Assumption = "independent",
    limits: Limits | None = None,
    interval: Interval = "guarded",
    level: float = 0.95,
) -> OffPolicyEstimate:
    """The mean reward per decision that ``policy`` would have had, with its interval, or why that is not estimable.

    ``predicted`` (n,): see :func:`cross_fit`; the methods ``dm``, ``dr`` and ``switch-dr`` need it. The interval
    of ``switch-dr`` is widened by its bound on the bias; that of ``dm``, which shows no error of its model, is
    stretched to contain the interval of ``dr``, which does.
    """
    _require(method, log, predicted)
    seen = overlap(log, policy, assumption=assumption)
    return _judged(log, [(policy, 1.0)], seen, method, predicted, assumption, limits, interval, level)


def policy_difference(
    log: ChoiceLog,
    policy: Policy,
    other: Policy,
    *,
    method: Method = "dr",
    predicted: ArrayLike | None = None,
    assumption: Assumption = "independent",
    limits: Limits | None = None,
    interval: Interval = "guarded",
    level: float = 0.95,
) -> OffPolicyEstimate:
    """``policy`` less ``other`` on the same log, cluster by cluster: what both do alike and the briefs' luck cancel.

    Overlap is asked only where the two differ: fully, or down to ``Limits.differing`` if each could be estimated alone.
    SNIPS, which divides by each one's own weights, needs the latter. Two policies that never differ are 0 apart, for
    sure.
    """
    _require(method, log, predicted)
    rules = limits or Limits()
    seen = overlap(log, policy, against=other, assumption=assumption)
    if not (policy.probability != other.probability).any():
        return OffPolicyEstimate(method, Estimate(0.0, 0.0, 0.0), float("nan"), 0.0, None)
    alone = [overlap(log, p, assumption=assumption).why_not(rules) for p in (policy, other)]
    reasons = [why for why in alone if why is not None]
    if method == "snips" and reasons:
        return OffPolicyEstimate(method, NOT_ESTIMABLE, seen.effective, seen.largest_weight, reasons[0])
    if not reasons:
        rules = replace(rules, effective=min(rules.effective, rules.differing))
    pair = [(policy, 1.0), (other, -1.0)]
    return _judged(log, pair, seen, method, predicted, assumption, rules, interval, level)


def policy_values(
    log: ChoiceLog,
    policy: Policy,
    *,
    methods: Sequence[Method] = ("ips", "snips", "dm", "dr", "switch-dr"),
    predicted: ArrayLike | None = None,
    assumption: Assumption = "independent",
    limits: Limits | None = None,
) -> dict[Method, OffPolicyEstimate]:
    """:func:`policy_value` by each of ``methods``."""
    return {
        method: policy_value(
            log, policy, method=method, predicted=predicted, assumption=assumption, limits=limits
        )
        for method in methods
    }


def _require(method: str, log: ChoiceLog, predicted: ArrayLike | None) -> None:
    if method not in METHODS:
        raise EvaluationError(f"method {method!r} is unknown; there are {', '.join(METHODS)}")
    if method in MODELLED and predicted is None:
        raise EvaluationError(
            f"method {method!r} needs predicted rewards; give those of cross_fit(log, model)"
        )
    if predicted is not None and np.shape(predicted) != log.decision.shape:
        raise EvaluationError(
            f"{np.shape(predicted)} predicted rewards for {log.decision.shape} rows of the log; give one a row"
        )


def _judged(
    log: ChoiceLog,
    signed: Sequence[tuple[Policy, float]],
    seen: Overlap,
    method: Method,
    predicted: ArrayLike | None,
    assumption: Assumption,
    limits: Limits | None,
    interval: Interval,
    level: float,
) -> OffPolicyEstimate:
    reason = seen.why_not(limits or Limits())
    if reason is not None:
        return OffPolicyEstimate(method, NOT_ESTIMABLE, seen.effective, seen.largest_weight, reason)
    q = None if predicted is None else np.asarray(predicted, dtype=np.float64)
    terms = [(Terms(log, policy, assumption, q), sign) for policy, sign in signed]
    estimate = _bounded(_combined(terms, method), interval, level)
    if method == "dm":
        fair = _bounded(_combined(terms, "dr"), interval, level)
        estimate = Estimate(estimate.value, min(estimate.low, fair.low), max(estimate.high, fair.high))
    return OffPolicyEstimate(method, estimate, seen.effective, seen.largest_weight, None)


def _combined(terms: Sequence[tuple[Terms, float]], method: str) -> Contribution:
    each = [(METHODS[method](t), sign) for t, sign in terms]
    parts: Floats = np.sum([sign * c.parts for c, sign in each], axis=0)
    return Contribution(parts, sum(c.bias for c, _ in each))


def _bounded(c: Contribution, interval: Interval, level: float) -> Estimate:
    e = mean_bounds(c.parts, level, interval)
    return Estimate(e.value, e.low - c.bias, e.high + c.bias)
