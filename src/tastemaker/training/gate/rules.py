"""The rules of the gate. Each takes a comparison (second against first, the champion) and the configured limits."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from tastemaker.config import Promotion
from tastemaker.training.comparison.result import Comparison
from tastemaker.training.comparison.words import difference
from tastemaker.training.gate.verdict import Verdict

Rule: TypeAlias = Callable[[Comparison, Promotion], Verdict]


def ndcg(told: Comparison, limits: Promotion) -> Verdict:
    """The lower bound of the paired NDCG difference is above the margin."""
    margin, part = limits.ndcg_margin, told.backtest
    if margin is None:
        return off("ndcg")
    if part is None or part.campaigns < limits.min_campaigns:
        found, metric = (0, "NDCG") if part is None else (part.campaigns, f"NDCG@{part.cutoff}")
        why = "; ".join(told.problems) or (
            f"only {found} later campaigns can be compared by {metric}; the gate needs {limits.min_campaigns}"
        )
        return Verdict("ndcg", "fails", None, margin, why)
    gap = part.difference
    holds = gap.low > margin
    reason = (
        f"NDCG@{part.cutoff} differs from the champion's by {gap.value:+.4f} (95 % interval {gap.low:+.4f} to"
        f" {gap.high:+.4f}, {part.campaigns} later campaigns): the lower bound is {'' if holds else 'not '}above"
        f" {margin:+.4f}"
    )
    return Verdict("ndcg", "holds" if holds else "fails", gap.low, margin, reason)


def off_policy(told: Comparison, limits: Promotion) -> Verdict:
    """A bound of the off-policy difference is above the margin, where the difference is estimable."""
    margin = limits.off_policy_margin
    if margin is None:
        return off("off_policy")
    if told.replayed is None:
        return _unjudged("off_policy", margin, "not estimable: no later decision has all its results")
    estimated = told.replayed.difference
    if not estimated.estimable:
        return _unjudged("off_policy", margin, f"{estimated}; the verdict rests on the backtest")
    gap, which = estimated.estimate, limits.off_policy_bound
    bound = gap.low if which == "low" else gap.high
    same = gap.low == gap.high == 0.0  # two orders that never differ are equal, for sure
    holds = bound > margin or (same and margin <= 0.0)
    reason = (
        f"the best {told.replayed.k} differ by {difference(gap)} of what a chosen creator brought (doubly robust,"
        f" {told.replayed.decisions} decisions, {estimated.effective:.0f} effective): the"
        f" {'lower' if which == 'low' else 'upper'} bound is {'' if holds else 'not '}above {margin:+g}"
    )
    if same:
        reason = f"the best {told.replayed.k} are the same in all {told.replayed.decisions} decisions"
    return Verdict("off_policy", "holds" if holds else "fails", bound, margin, reason)


def calibration(told: Comparison, limits: Promotion) -> Verdict:
    """The calibration error has not surely grown by more than is allowed."""
    allowed, part = limits.calibration_worsening, told.calibration
    if allowed is None:
        return off("calibration")
    if part is None:
        return _unjudged("calibration", allowed, "nothing could be scored")
    if part.change is None:
        if part.first is not None and part.second is None:
            return Verdict(
                "calibration", "fails", None, allowed, "the champion's values are promises, this one's none"
            )
        return _unjudged("calibration", allowed, "the champion's values promise nothing to be compared with")
    return _worse(
        "calibration", "the calibration error changes by", part.change.low, allowed, difference(part.change)
    )


def slices(told: Comparison, limits: Promotion) -> Verdict:
    """No slice of enough campaigns is surely worse by more than is allowed."""
    allowed = limits.slice_worsening
    if allowed is None:
        return off("slices")
    judged = [part for part in told.slices if part.judged]
    if not judged:
        why = f"no slice has {limits.slice_campaigns} later campaigns"
        return _unjudged("slices", allowed, why)
    worst = min(judged, key=lambda part: (part.difference.high, part.facet, part.name))
    sure = -worst.difference.high
    bad = [part for part in judged if -part.difference.high > allowed]
    named = "; ".join(
        f"{part.facet} {part.name} {difference(part.difference)} in {part.queries} campaigns"
        for part in bad or [worst]
    )
    reason = (
        f"surely worse by more than {allowed:g}: {named}"
        if bad
        else f"none of {len(judged)} slices is surely worse by more than {allowed:g}; the worst is {named}"
    )
    return Verdict("slices", "fails" if bad else "holds", sure, allowed, reason)


def exposure(told: Comparison, limits: Promotion) -> Verdict:
    """Small creators do not surely lose more of their share of attention than is allowed."""
    allowed, part = limits.small_share_fall, told.exposure
    if allowed is None:
        return off("exposure")
    if part is None:
        return _unjudged("exposure", allowed, "no later brief was answered by both")
    if not part.small_first > 0:
        return _unjudged("exposure", allowed, "the champion shows no small creator")
    fall = -part.small.high / part.small_first
    said = (
        f"creators below {limits.small_below:,} followers get {part.small_first:.1%} of the champion's attention;"
        " it changes by"
    )
    return _worse("exposure", said, fall, allowed, difference(part.small))


def latency(told: Comparison, limits: Promotion) -> Verdict:
    """An answer does not surely take more time than is allowed."""
    allowed = limits.latency_growth
    if allowed is None:
        return off("latency")
    if told.latency is None:
        return _unjudged("latency", allowed, "no later brief was answered by both")
    growth = told.latency.growth
    said = f"{growth.value:+.0%} [{growth.low:+.0%}, {growth.high:+.0%}]"
    return _worse("latency", "the time of an answer changes by", growth.low, allowed, said)


def size(told: Comparison, limits: Promotion) -> Verdict:
    """The bundle has not grown by more than is allowed."""
    allowed = limits.size_growth
    if allowed is None:
        return off("size")
    growth = told.size_growth
    if not np.isfinite(growth):
        return _unjudged("size", allowed, "the champion's bundle can not be read")
    holds = growth <= allowed
    reason = f"the bundle changes by {growth:+.1%}: {'not ' if holds else ''}more than {allowed:.0%}"
    return Verdict("size", "holds" if holds else "fails", growth, allowed, reason)


RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {
        "ndcg": ndcg,
        "off_policy": off_policy,
        "calibration": calibration,
        "slices": slices,
        "exposure": exposure,
        "latency": latency,
        "size": size,
    }
)
"""Name -> rule, in the order in which they are told."""


def off(rule: str) -> Verdict:
    """The verdict of a rule that the configuration switched off."""
    return Verdict(rule, "off", None, None, "switched off by the configuration")


def _unjudged(rule: str, threshold: float, reason: str) -> Verdict:
    return Verdict(rule, "not judged", None, threshold, reason)


def _worse(rule: str, said: str, sure: float, allowed: float, found: str) -> Verdict:
    """``sure``: by how much it is worse at least, 95 % sure."""
    if not np.isfinite(sure):
        return _unjudged(rule, allowed, "too little was measured for an interval")
    holds = sure <= allowed
    reason = f"{said} {found}: {'not surely' if holds else 'surely'} worse by more than {allowed:g}"
    return Verdict(rule, "holds" if holds else "fails", sure, allowed, reason)
