"""What is refused and why, what may be moved or scaled, and that a difference is narrower than its parts."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.off_policy import (
    ChoiceLog,
    Limits,
    Policy,
    Ridge,
    cross_fit,
    estimators,
    log_of_decisions,
    overlap,
    policy_difference,
    policy_value,
    policy_values,
    softmax,
)

A = 4
WORTH = np.array([0.2, 0.5, 0.8, 0.4])
METHODS = ("ips", "snips", "dm", "dr", "switch-dr")


def drawn(
    seed: int, n: int = 200, *, shift: float = 0.0, scale: float = 1.0, order=None
) -> tuple[ChoiceLog, np.ndarray]:
    """A log of a softmax over a noisy context, and the context (n, A) that the rankers use."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, A))
    p = np.exp(0.7 * x) / np.exp(0.7 * x).sum(axis=1, keepdims=True)
    chosen = (rng.random((n, 1)) > np.cumsum(p, axis=1)[:, :-1]).sum(axis=1)
    mean = WORTH[chosen] + 0.3 * x[np.arange(n), chosen]
    reward = shift + scale * (mean + rng.normal(0, 0.3, n))
    rows = np.arange(n) if order is None else order
    context = np.stack([x, np.broadcast_to(WORTH, x.shape)], axis=2)
    log = ChoiceLog.single(chosen[rows], reward[rows], p[rows], A, cluster=rows, context=context[rows])
    return log, x[rows].ravel()


def policies(log: ChoiceLog, x: np.ndarray) -> tuple[Policy, Policy]:
    return softmax("new", log, x + log.context[:, 1], 0.8), softmax("old", log, x, 0.8)


def truth(policy: Policy, log: ChoiceLog) -> float:
    worth = log.context[:, 1] + 0.3 * log.context[:, 0]
    return float((policy.probability * worth).sum() / log.decisions)


@pytest.mark.parametrize("method", ["ips", "dr"])
def test_unbiased_in_a_world_that_can_be_enumerated(method: str) -> None:
    """Every possible log of one decision, weighted by its probability, gives the true value exactly."""
    p, new, worth = np.array([0.1, 0.3, 0.6]), np.array([0.5, 0.5, 0.0]), np.array([4.0, 2.0, 1.0])
    wrong = np.array([9.0, 0.0, 3.0])
    mean = 0.0
    for chosen in range(3):
        log = ChoiceLog.single([chosen], [worth[chosen]], [p], 3)
        mean += (
            p[chosen]
            * estimators.METHODS[method](
                estimators.Terms(log, Policy("new", new), "independent", wrong)
            ).parts[0]
        )
    assert mean == pytest.approx(new @ worth)


@pytest.mark.parametrize("method", METHODS)
def test_coverage_where_the_truth_is_known(method) -> None:
    """60 seeded logs: a 95 % interval that holds fewer than 52 of them would be a rare accident (1 in 1,000)."""
    hits, widths = 0, []
    for seed in range(60):
        log, x = drawn(seed)
        new, old = policies(log, x)
        predicted = cross_fit(log, Ridge(), seed=seed)
        e = policy_difference(log, new, old, method=method, predicted=predicted)
        hits += e.estimate.low <= truth(new, log) - truth(old, log) <= e.estimate.high
        alone = policy_value(log, new, method=method, predicted=predicted)
        widths.append((e.estimate.high - e.estimate.low) / (alone.estimate.high - alone.estimate.low))
    assert hits >= 52
    # Two separate values would be 1.4 times as wide as one.
    assert np.median(widths) < 0.9


@given(shift=st.floats(-50, 50), scale=st.floats(0.1, 100), seed=st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_rewards_moved_or_scaled_move_or_scale_the_answer(shift: float, scale: float, seed: int) -> None:
    log, x = drawn(seed)
    moved, _ = drawn(seed, shift=shift, scale=scale)
    new, _ = policies(log, x)
    for method in ("snips", "dm", "dr"):
        plain = policy_value(log, new, method=method, predicted=cross_fit(log, Ridge()))
        other = policy_value(moved, new, method=method, predicted=cross_fit(moved, Ridge()))
        for name in ("value", "low", "high"):
            expected = shift + scale * getattr(plain.estimate, name)
            assert getattr(other.estimate, name) == pytest.approx(expected, abs=1e-6 * (abs(shift) + scale))


@given(seed=st.integers(0, 1_000))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(200)
    (log, x), (other, y) = drawn(3), drawn(3, order=order)
    predicted = cross_fit(log, Ridge())
    shuffled = cross_fit(other, Ridge())
    assert shuffled == pytest.approx(predicted.reshape(200, A)[order].ravel())
    a = policy_values(log, policies(log, x)[0], predicted=predicted)
    b = policy_values(other, policies(other, y)[0], predicted=shuffled)
    for method in METHODS:
        assert b[method].estimate.value == pytest.approx(a[method].estimate.value)
        assert b[method].estimate.high == pytest.approx(a[method].estimate.high)


def refused(log: ChoiceLog, policy: Policy, **limits: float) -> str:
    e = policy_value(log, policy, method="ips", limits=Limits(**limits))
    assert not e.estimable
    assert np.isnan([e.estimate.value, e.estimate.low, e.estimate.high]).all()
    assert str(e).startswith("not estimable: ")
    assert json.loads(json.dumps(e.to_json()))["value"] is None
    return e.reason or ""


def changed(log: ChoiceLog, **columns: np.ndarray) -> ChoiceLog:
    names = ("decision", "item", "chosen", "reward", "propensity", "slot", "cluster", "context", "sequential")
    return ChoiceLog(**{n: columns.get(n, getattr(log, n)) for n in names})


def test_refusals_say_why() -> None:
    log, x = drawn(0)
    new, old = policies(log, x)
    assert "carry no propensity" in refused(changed(log, propensity=np.full(800, np.nan)), new)
    assert "have no reward" in refused(changed(log, reward=np.full(800, np.nan)), new)
    assert "below 500" in refused(log, new, effective=500.0)
    assert "200 independent decisions; at least 300" in refused(log, new, clusters=300)
    nobody = Policy("elsewhere", np.where(log.chosen, 0.0, new.probability))
    assert "nothing that the log chose" in refused(log, nobody)
    zero = changed(log, propensity=np.where(log.chosen, 0.0, log.propensity))
    assert "contradicts itself" in refused(zero, new)
    third = changed(log, propensity=np.where((log.item == 0) & ~log.chosen, 0.0, log.propensity))
    assert "could never have been taken" in refused(third, new)
    half = changed(log, propensity=np.where(log.chosen, log.propensity / 2, np.nan))
    assert "not 1: the propensities do not describe this log" in refused(half, new)
    for method in METHODS:
        e = policy_difference(zero, new, old, method=method, predicted=np.zeros(800))
        assert not e.estimable


def test_without_propensities_a_difference_is_not_estimable_and_the_same_policy_is_nothing_apart() -> None:
    log, x = drawn(1)
    new, old = policies(log, x)
    blind = changed(log, propensity=np.full(800, np.nan))
    assert "carry no propensity" in (policy_difference(blind, new, old, method="ips").reason or "")
    same = policy_difference(blind, new, new, method="ips")
    assert (same.estimate.low, same.estimate.value, same.estimate.high) == (0.0, 0.0, 0.0)


def test_a_difference_asks_for_overlap_only_where_the_two_differ() -> None:
    """Both put half of their mass on a candidate that the log never had; what differs, it had."""
    log, _ = drawn(2)
    p = log.propensity.reshape(-1, A).copy()
    chosen = log.item[log.chosen]
    keep = chosen != 0
    p[:, 0] = 0.0
    p /= p.sum(axis=1, keepdims=True)
    cut = ChoiceLog.single(chosen[keep], log.reward[log.chosen][keep], p[keep], A)
    mine, theirs = (
        Policy(n, np.tile(t, keep.sum())) for n, t in (("a", [0.5, 0.3, 0.2, 0]), ("b", [0.5, 0.1, 0.2, 0.2]))
    )
    assert not policy_value(cut, mine, method="ips").estimable
    assert policy_difference(cut, mine, theirs, method="ips").estimable
    assert not policy_difference(cut, mine, theirs, method="snips").estimable


def test_near_twins_need_less_overlap_where_each_could_be_estimated_alone() -> None:
    """They differ in 20 of 200 decisions only: too few for two strangers, enough for two versions of one policy."""
    log, x = drawn(4)
    new, old = policies(log, x)
    mixed = np.where(log.decision < 20, new.probability, old.probability)
    twin = Policy("twin", mixed)
    assert overlap(log, twin, against=old).effective < 30
    e = policy_difference(log, twin, old, method="ips")
    assert e.estimable
    assert "below 25" in (
        policy_difference(log, twin, old, method="ips", limits=Limits(differing=25.0)).reason or ""
    )


def test_overlap_counts_what_the_log_holds() -> None:
    log = ChoiceLog.single([0, 1, 0, 1], [1.0] * 4, [[0.5, 0.5, 0]] * 4, 3)
    seen = overlap(log, Policy("new", np.tile([0.25, 0.5, 0.25], 4)))
    assert seen.used == 4
    assert seen.unsupported == pytest.approx(0.25)
    assert seen.effective == pytest.approx(3.0**2 / (2 * 0.5**2 + 2 * 1.0))
    assert seen.largest_weight == 1.0
    assert seen.mean_weight.value == pytest.approx(0.75)


def test_log_of_decisions_reads_the_canonical_tables() -> None:
    pairs = pd.DataFrame(
        {"decision_id": ["d", "d", "d"], "creator_id": ["c1", "c2", "c3"], "fit": [0.1, 0.2, None]}
    )
    items = pd.DataFrame(
        {
            "decision_id": ["d", "d"],
            "creator_id": ["c2", "c1"],
            "chosen": [True, False],
            "p_shown": [0.5, 0.5],
            "p_chosen": [0.2, 0.4],
        }
    )
    rewards = pd.DataFrame({"decision_id": ["d"], "creator_id": ["c2"], "reward": [7.0]})
    log = log_of_decisions(pairs, items, rewards, context=["fit"])
    assert log.chosen.tolist() == [False, True, False]
    assert log.propensity == pytest.approx([0.2, 0.1, np.nan], nan_ok=True)
    assert log.reward == pytest.approx([np.nan, 7.0, np.nan], nan_ok=True)
    assert np.isnan(log_of_decisions(pairs, items.drop(columns="p_shown"), rewards).propensity).all()
    with pytest.raises(EvaluationError, match="rewards: column reward is missing"):
        log_of_decisions(pairs, items, rewards[["decision_id", "creator_id"]])
    with pytest.raises(EvaluationError, match="'c1' stands twice in decision 'd'"):
        log_of_decisions(pd.concat([pairs, pairs.head(1)]), items, rewards)


def test_unknown_names_are_told() -> None:
    log, x = drawn(0)
    new, _ = policies(log, x)
    with pytest.raises(EvaluationError, match="method 'magic' is unknown; there are ips, snips"):
        policy_value(log, new, method="magic")
    with pytest.raises(EvaluationError, match="'dr' needs predicted rewards"):
        policy_value(log, new)
    with pytest.raises(EvaluationError, match="assumption 'hope' is unknown"):
        policy_value(log, new, method="ips", assumption="hope")
    with pytest.raises(EvaluationError, match="interval 'guess' is unknown"):
        policy_value(log, new, method="ips", interval="guess")
