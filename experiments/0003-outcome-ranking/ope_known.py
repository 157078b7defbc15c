"""Off-policy evaluation where the truth is known by enumeration: do its intervals hold it, and how wide are they?

Python: ``known_truth(repetitions)``; command: ``ope_known.py [REPETITIONS [DECISIONS]]``.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from ope_world import Floats, Pools, liking, marketer_coins, pools_of, standard

from tastemaker.config import Simulation
from tastemaker.evaluation.off_policy import (
    ChoiceLog,
    Interval,
    Method,
    OffPolicyEstimate,
    Policy,
    Ridge,
    cross_fit,
    mean_bounds,
    policy_difference,
    policy_value,
)
from tastemaker.evaluation.off_policy.estimators import METHODS, Terms
from tastemaker.simulation.levels import NOISE

METHOD_NAMES: tuple[Method, ...] = get_args(Method)
KINDS: tuple[Interval, ...] = ("guarded", "both", "hall", "student")
WORLD = Simulation(creators=1_000, brands=60, campaigns=200, seed=7)
DECISIONS, TOP, POOL, SINGLE_POOL = 800, 10, 60, 30
POLICIES = ("content", "popularity", "revision")
DIFFERENCES = {"content - popularity": POLICIES[:2], "revision - content": ("revision", "content")}
QUESTIONS = (*POLICIES, *DIFFERENCES)


@dataclass(frozen=True)
class Drawn:
    """One log and the policies asked about, by name."""

    log: ChoiceLog
    policies: dict[str, Policy]


@dataclass(frozen=True)
class Design:
    """``draw`` makes a log from a generator; ``truth``: the true value of each question, by enumeration."""

    draw: Callable[[np.random.Generator], Drawn]
    truth: dict[str, float]


def known_truth(
    repetitions: int = 500, decisions: int = DECISIONS, world: Simulation = WORLD
) -> dict[str, Any]:
    """How often the 95 % interval holds the truth, by design and question, and how wide it is (median).

    Two designs: ``shortlist``, in which the marketer chooses sets by coins from 60 eligible creators and the policies
    show a ranker's top 10; and ``single``, one choice a brief, drawn by a softmax of the marketer's noisy liking from
    30, the policies being softmaxes of two rankers' values. A refused estimate is no hit.
    """
    pools = pools_of(world, POOL)
    designs = {"shortlist": shortlist(pools, decisions), "single": single(pools, decisions)}
    report = {name: measured(design, repetitions) for name, design in designs.items()}
    return {
        "repetitions": repetitions,
        "interval_hits": {
            m: {f"{d} {q}": report[d]["hits"][q][m] for d in designs for q in QUESTIONS} for m in METHOD_NAMES
        },
        "designs": report,
    }


def measured(design: Design, repetitions: int) -> dict[str, Any]:
    """Hits, refusals, median widths, of the estimators as shipped; and hits of other intervals on the same logs."""
    hits, widths = _counts(), defaultdict(list)
    refused: dict[str, int] = dict.fromkeys(QUESTIONS, 0)
    others: dict[str, dict[str, int]] = {
        f"{q} {k}": dict.fromkeys(METHODS, 0) for q in QUESTIONS for k in KINDS
    }
    errors, effective = defaultdict(list), defaultdict(list)
    for repetition in range(repetitions):
        drawn = design.draw(np.random.default_rng([3, repetition]))
        predicted = cross_fit(drawn.log, Ridge(), seed=repetition)
        for (question, method), e in _answers(drawn, predicted).items():
            true = design.truth[question]
            hits[question][method] += bool(e.estimate.low <= true <= e.estimate.high)
            refused[question] += method == "dr" and not e.estimable
            if e.estimable:
                widths[question, method].append(e.estimate.high - e.estimate.low)
                errors[question, method].append(e.estimate.value - true)
                effective[question].append(e.effective)
        _other_intervals(drawn, predicted, design.truth, others)
    return {
        "truth": design.truth,
        "hits": hits,
        "refused": refused,
        "effective_median": {q: float(np.median(x)) for q, x in effective.items()},
        "width_median": _table(widths, lambda x: float(np.median(x))),
        "difference_over_two_values": {
            n: {
                m: float(np.median(widths[n, m]) / np.hypot(np.median(widths[a, m]), np.median(widths[b, m])))
                for m in METHOD_NAMES
                if widths[n, m] and widths[a, m] and widths[b, m]
            }
            for n, (a, b) in DIFFERENCES.items()
        },
        "mean_error": _table(errors, lambda x: float(np.mean(x))),
        "hits_of_other_intervals": others,
    }


def _answers(drawn: Drawn, predicted: Floats) -> dict[tuple[str, Method], OffPolicyEstimate]:
    log, found = drawn.log, {}
    for method in METHOD_NAMES:
        for name, policy in drawn.policies.items():
            found[name, method] = policy_value(log, policy, method=method, predicted=predicted)
        for name, (a, b) in DIFFERENCES.items():
            pair = drawn.policies[a], drawn.policies[b]
            found[name, method] = policy_difference(log, *pair, method=method, predicted=predicted)
    return found


def _other_intervals(
    drawn: Drawn, predicted: Floats, truth: dict[str, float], others: dict[str, dict[str, int]]
) -> None:
    """Plain intervals of every estimator's own contributions, refusing nothing and widening nothing."""
    terms = {n: Terms(drawn.log, p, "independent", predicted) for n, p in drawn.policies.items()}
    if not all(t.weight.any() for t in terms.values()):
        return
    for method, estimator in METHODS.items():
        parts = {n: estimator(t).parts for n, t in terms.items()}
        parts |= {n: parts[a] - parts[b] for n, (a, b) in DIFFERENCES.items()}
        for question, values in parts.items():
            for kind in KINDS:
                e = mean_bounds(values, kind=kind)
                others[f"{question} {kind}"][method] += bool(e.low <= truth[question] <= e.high)


def shortlist(pools: Pools, decisions: int) -> Design:
    """Sets by the marketer's coins. A policy's value is the mean worth of its top 10, in engagements per dollar."""
    shares = {n: _top(getattr(pools, n)) for n in POLICIES}

    def draw(rng: np.random.Generator) -> Drawn:
        brief = rng.integers(0, len(pools.worth), decisions)
        shown, p_shown, chosen, p_chosen = marketer_coins(pools, brief, rng)
        wanted = {n: s[brief] for n, s in shares.items()}
        # Rows that nobody takes say nothing.
        number, item = np.nonzero(chosen | (sum(wanted.values()) > 0))
        pair = brief[number], item
        log = ChoiceLog.rows(
            number,
            item,
            chosen[number, item],
            _rewards(pools.worth[pair], pools.yes[pair], rng),
            np.where(shown, p_shown * p_chosen, np.nan)[number, item],
            context=pools.features[pair],
        )
        return Drawn(log, {n: Policy(n, w[number, item]) for n, w in wanted.items()})

    return Design(draw, _truth(shares, pools))


def single(pools: Pools, decisions: int) -> Design:
    """One choice a brief, drawn by a softmax of what the marketer likes, blurred anew at every decision."""
    few = pools.first(SINGLE_POOL)
    shares = {n: _softmax(standard(getattr(few, n))) for n in POLICIES}

    def draw(rng: np.random.Generator) -> Drawn:
        brief = rng.integers(0, len(few.worth), decisions)
        p = _softmax(liking(few, brief, rng))
        chosen = (rng.random((decisions, 1)) > np.cumsum(p, axis=1)[:, :-1]).sum(axis=1)
        reward = _rewards(few.worth[brief, chosen], few.yes[brief, chosen], rng)
        log = ChoiceLog.single(chosen, reward, p, SINGLE_POOL, context=few.features[brief])
        return Drawn(log, {n: Policy(n, s[brief].ravel()) for n, s in shares.items()})

    return Design(draw, _truth(shares, few))


def _truth(shares: dict[str, Floats], pools: Pools) -> dict[str, float]:
    truth = {n: float((s * pools.worth).sum(axis=1).mean()) for n, s in shares.items()}
    return truth | {n: truth[a] - truth[b] for n, (a, b) in DIFFERENCES.items()}


def _rewards(worth: Floats, yes: Floats, rng: np.random.Generator) -> Floats:
    """0 where the creator declines, else engagements per dollar with the world's noise of reach and engagement."""
    spread = float(np.hypot(NOISE["medium"].reach, NOISE["medium"].engagement))
    luck = np.exp(rng.normal(-spread * spread / 2, spread, len(worth)))
    return np.where(rng.random(len(worth)) < yes, worth / yes * luck, 0.0)


def _top(values: Floats) -> Floats:
    shown = np.zeros(values.shape)
    best = np.argsort(-values, axis=1, kind="stable")[:, :TOP]
    np.put_along_axis(shown, best, 1 / TOP, axis=1)
    return shown


def _softmax(values: Floats) -> Floats:
    odds = np.exp(values - values.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def _counts() -> dict[str, dict[str, int]]:
    return {q: dict.fromkeys(METHOD_NAMES, 0) for q in QUESTIONS}


def _table(
    lists: dict[tuple[str, Method], list[float]], of: Callable[[list[float]], float]
) -> dict[str, Any]:
    return {q: {m: of(lists[q, m]) for m in METHOD_NAMES if lists[q, m]} for q in QUESTIONS}


if __name__ == "__main__":
    print(json.dumps(known_truth(*(int(argument) for argument in sys.argv[1:3])), indent=1))
