"""Every estimator against a log small enough to reckon by hand, and the weights of every assumption."""

from __future__ import annotations

import numpy as np
import pytest

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.off_policy import (
    ChoiceLog,
    ItemMeans,
    Policy,
    Ridge,
    cross_fit,
    row_weights,
    top_k,
)
from tastemaker.evaluation.off_policy.estimators import METHODS, Terms, switch_dr

# Two candidates; four decisions chose 0, 1, 0, 1 with probability .5, .5, .8, .2.
LOG = ChoiceLog.single(
    [0, 1, 0, 1], [1.0, 2.0, 3.0, 4.0], [[0.5, 0.5], [0.5, 0.5], [0.8, 0.2], [0.8, 0.2]], 2
)
NEW = Policy("new", np.array([0.2, 0.8] * 4))
PREDICTED = np.array([1.0, 3.0] * 4)
WEIGHTS = np.array([0.4, 1.6, 0.25, 4.0])
CORRECTIONS = WEIGHTS * np.array([0.0, -1.0, 2.0, 1.0])
PROMISED = 0.2 * 1 + 0.8 * 3


def value(method: str) -> float:
    return float(METHODS[method](Terms(LOG, NEW, "independent", PREDICTED)).parts.mean())


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("ips", (0.4 + 3.2 + 0.75 + 16.0) / 4),
        ("snips", (0.4 + 3.2 + 0.75 + 16.0) / WEIGHTS.sum()),
        ("dm", PROMISED),
        ("dr", PROMISED + CORRECTIONS.mean()),
    ],
)
def test_estimators_by_hand(method: str, expected: float) -> None:
    assert value(method) == pytest.approx(expected)


def test_switch_dr_drops_corrections_above_the_cut_and_says_what_that_may_cost() -> None:
    terms = Terms(LOG, NEW, "independent", PREDICTED)
    cut = switch_dr(terms, 2.0)
    assert cut.parts.mean() == pytest.approx(PROMISED + CORRECTIONS[:3].sum() / 4)
    typical = np.average([0.0, 1.0, 2.0, 1.0], weights=WEIGHTS)
    assert cut.bias == pytest.approx(4.0 / 4 * typical)
    whole = switch_dr(terms, np.inf)
    assert whole.parts == pytest.approx(METHODS["dr"](terms).parts)
    assert whole.bias == 0.0


def test_a_cluster_of_several_decisions_counts_each_decision() -> None:
    clustered = ChoiceLog.single(
        [0, 1, 0, 1], [1.0, 2.0, 3.0, 4.0], LOG.propensity.reshape(4, 2), 2, cluster=list("aaab")
    )
    parts = METHODS["ips"](Terms(clustered, NEW, "independent", None)).parts
    assert len(parts) == 2
    assert parts.mean() == pytest.approx(value("ips"))


def test_sets_by_coins_are_weighted_by_inclusion() -> None:
    log = ChoiceLog.rows(
        decision=["x"] * 3 + ["y"] * 3,
        item=list("abcabc"),
        chosen=[True, True, False, False, True, True],
        reward=[2.0, 1.0, np.nan, np.nan, 3.0, 5.0],
        propensity=[0.5, 0.25, 0.1, 0.5, 0.25, 0.1],
    )
    new = top_k("new", log, [3.0, 2.0, 1.0, 3.0, 2.0, 1.0], 2)
    assert new.probability.tolist() == [1, 1, 0, 1, 1, 0]
    terms = Terms(log, new, "independent", None)
    assert METHODS["ips"](terms).parts.tolist() == [2 / 0.5 + 1 / 0.25, 3 / 0.25]
    # Two of the policy's picks a decision: their mean reward, twice.
    assert METHODS["snips"](terms).parts.mean() == pytest.approx(2 * (4 + 4 + 12) / (2 + 4 + 4))


def test_top_k_ties_go_by_item_and_slots_take_one_each() -> None:
    log = ChoiceLog.ranked([[0, 1]], [[0.0, 0.0]], [[0.5, 0.5]], 3)
    assert top_k("new", log, [1.0, 2.0, 2.0] * 2, 2).probability.tolist() == [0, 1, 0, 0, 0, 1]


# One list of two slots: marginal ratios .5 / .25 and .3 / .6, sequential .5 / .25 and .4 / .5.
RANKED = ChoiceLog.ranked([[2, 0]], [[1.0, 10.0]], [[0.25, 0.6]], 3, sequential=[[0.25, 0.5]])
MARGINAL = np.array([0.1, 0.4, 0.5, 0.3, 0.4, 0.3])
LISTED = Policy("new", MARGINAL, np.array([0.1, 0.4, 0.5, 0.4, 0.6, 0.0]))


@pytest.mark.parametrize(
    ("assumption", "weights"),
    [
        ("independent", [2.0, 0.5]),
        ("cascade", [2.0, 1.6]),
        ("whole", [1.6, 1.6]),
        ("linear", [1.5, 1.5]),
    ],
)
def test_weights_of_each_assumption(assumption, weights) -> None:
    got = row_weights(RANKED, LISTED, assumption)
    assert got[RANKED.chosen] == pytest.approx(weights)
    assert not got[~RANKED.chosen].any()


def test_with_one_slot_all_assumptions_are_one() -> None:
    for assumption in ("cascade", "whole", "linear"):
        assert row_weights(LOG, NEW, assumption) == pytest.approx(row_weights(LOG, NEW, "independent"))


def test_cross_fit_never_learns_from_the_row_it_predicts() -> None:
    rng = np.random.default_rng(0)
    log = ChoiceLog.single(
        rng.integers(0, 2, 40), rng.normal(size=40), np.full(40, 0.5), 2, cluster=np.arange(40) // 2
    )
    seen: list[tuple[set[int], set[int]]] = []

    def spy(log: ChoiceLog, learn: np.ndarray) -> np.ndarray:
        assert log.chosen[learn].all()
        seen.append((set(log.cluster[learn].tolist()), set()))
        return np.where(np.isin(log.cluster, log.cluster[learn]), 1.0, 0.0)

    assert not cross_fit(log, spy, folds=4).any()
    assert len(seen) == 4
    assert set.union(*(learned for learned, _ in seen)) == set(range(20))


def test_ridge_finds_a_line_and_item_means_shrink() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 1, 2))
    x[::7, 0, 1] = np.nan
    log = ChoiceLog.single(np.zeros(400, int), 3 + 2 * x[:, 0, 0], np.ones(400), 1, context=x)
    assert Ridge(1e-6)(log, log.chosen) == pytest.approx(log.reward, abs=1e-6)
    items = ChoiceLog.single([0, 0, 1, 1], [0.0, 1.0, 2.0, 2.0], np.full(4, 0.5), 2)
    weak, strong = (ItemMeans(s)(items, items.chosen)[:2] for s in (1e-9, 1e9))
    assert weak == pytest.approx([0.5, 2.0])
    assert strong == pytest.approx([1.25, 1.25])


def test_errors_name_what_came() -> None:
    with pytest.raises(EvaluationError, match=r"row 0: 1.5 is outside 0..1"):
        ChoiceLog.single([0], [1.0], [1.5], 2)
    with pytest.raises(EvaluationError, match=r"chosen candidates 0..2; expected codes from 0 to 1"):
        ChoiceLog.single([0, 2], [1.0, 1.0], [0.5, 0.5], 2)
    with pytest.raises(EvaluationError, match="3 probabilities for a log of 8 rows"):
        row_weights(LOG, Policy("short", np.ones(3)), "independent")
    with pytest.raises(EvaluationError, match="needs the sequential probabilities"):
        row_weights(ChoiceLog.ranked([[2, 0]], [[1.0, 10.0]], [[0.25, 0.6]], 3), LISTED, "cascade")
    with pytest.raises(EvaluationError, match="1 folds of 4 clusters"):
        cross_fit(LOG, Ridge(), folds=1)
    with pytest.raises(EvaluationError, match="probability is NaN"):
        Policy("vague", np.array([np.nan]))
