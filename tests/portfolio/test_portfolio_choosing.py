"""Coverage, greedy, exchanges and the exact program, against every set there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sets import all_sets, small_problem

from tastemaker.portfolio import Constraints, Coverage, Limit, Required, best_set, choose

GAINS = np.array([[2.0, 2.0, 0.0, 0.0], [2.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 3.0]])


def test_people_reached_twice_count_once_at_the_better_rate() -> None:
    coverage = Coverage.dense(np.array([[2.0, 1.0, 0.0], [3.0, 0.0, 1.0]]))
    assert coverage.alone.tolist() == [3.0, 4.0]
    assert coverage.value([0, 1]) == 3.0 + 1.0 + 1.0
    assert coverage.more(coverage.best([0]), 1) == 2.0
    assert coverage.all_more(coverage.best([0])).tolist() == [0.0, 2.0]
    assert coverage.more(coverage.best([1]), 0) == 1.0, "what is worse than what is there adds nothing"


def test_credits_sum_to_the_value_and_own_is_what_leaving_costs() -> None:
    coverage = Coverage.dense(GAINS)
    credit, own = coverage.credits([0, 1, 2])
    assert credit.tolist() == [3.0, 3.0, 3.0]
    assert own.tolist() == [2.0, 2.0, 3.0]
    assert credit.sum() == coverage.value([0, 1, 2])


@given(st.integers(0, 10_000))
def test_coverage_is_monotone_and_submodular(seed: int) -> None:
    coverage, _ = small_problem(seed)
    rng = np.random.default_rng(seed)
    small = rng.permutation(len(coverage))[:2].tolist()
    large = [*small, *(set(range(5)) - set(small))]
    other = 8
    gain = [coverage.value([*rows, other]) - coverage.value(rows) for rows in (small, large)]
    assert gain[0] >= gain[1] - 1e-9 >= -2e-9


@pytest.mark.parametrize("seed", range(24))
def test_greedy_comes_near_the_best_of_all_sets_and_the_program_finds_it(seed: int) -> None:
    coverage, constraints = small_problem(seed)
    sets = all_sets(constraints)
    chosen, exact = choose(coverage, constraints), best_set(coverage, constraints)
    if not sets:
        assert chosen is None
        assert exact is None
        return
    most = max(coverage.value(rows) for rows in sets)
    assert exact is not None
    assert constraints.holds(exact[0])
    assert exact[1] == pytest.approx(most)
    assert chosen is not None
    assert constraints.holds(chosen)
    assert coverage.value(chosen) >= 0.85 * most


def test_overlapping_creators_are_not_both_taken() -> None:
    coverage = Coverage.dense(np.array([[1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]))
    assert sorted(choose(coverage, Constraints(np.ones(3), budget=2.0, most=2)) or []) in ([0, 2], [1, 2])


def test_a_dear_single_beats_the_cheap_ones_that_greedy_per_cost_takes() -> None:
    coverage = Coverage.dense(np.diag([1.0, 90.0]))
    assert choose(coverage, Constraints(np.array([1.0, 100.0]), budget=100.0), starts=0) == [1]


def test_must_have_caps_and_packages_are_kept() -> None:
    coverage = Coverage.dense(np.diag([5.0, 4.0, 3.0, 2.0, 1.0]))
    constraints = Constraints(
        np.ones(5),
        budget=3.0,
        most=3,
        limits=(Limit("at most 1 of platform instagram", np.array([0, 1]), 1),),
        required=(Required("must have last", np.array([4])),),
        one_each=np.array([0, 1, 2, 2, 3]),
    )
    assert sorted(choose(coverage, constraints) or []) == [0, 2, 4]


def test_least_size_leaves_money_for_the_others() -> None:
    """The best single would take the whole budget, and leave a set of one."""
    coverage = Coverage.dense(np.diag([10.0, 1.0, 1.0]))
    constraints = Constraints(np.array([10.0, 4.0, 4.0]), budget=10.0, least=2, most=3)
    assert sorted(choose(coverage, constraints, starts=0) or []) == [1, 2]


def test_improving_a_given_set_never_makes_it_worse() -> None:
    for seed in range(10):
        coverage, constraints = small_problem(seed)
        for first in all_sets(constraints)[:5]:
            chosen = choose(coverage, constraints, first=first)
            assert chosen is not None
            assert coverage.value(chosen) >= coverage.value(first) - 1e-9


def test_nothing_fits_is_none() -> None:
    coverage = Coverage.dense(np.eye(2))
    assert choose(coverage, Constraints(np.array([5.0, 5.0]), budget=1.0)) is None
    assert best_set(coverage, replace(Constraints(np.ones(2)), least=3)) is None
