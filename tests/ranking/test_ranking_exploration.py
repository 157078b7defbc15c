"""Test slots: the chances are those that are logged, what is drawn hangs on the seed, and little is given up."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastemaker.config import Exploration
from tastemaker.errors import RankingError
from tastemaker.ranking.exploration import (
    Belief,
    Explored,
    explore,
    fixed_size_sample,
    thompson_wins,
)

SETTINGS = Exploration(share=0.4, draws=500, least_chance=0.0, near_tie=0.05)
VALUES = np.array([10.0, 9.8, 8.0, 7.0, 6.9, 6.0, 5.0, 4.0])
IDS = np.array([f"c{i}" for i in range(8)])
FEW = np.array([9.0, 9.0, 9.0, 9.0, 9.0, 0.0, 0.0, 9.0])


def belief(spread: float = 0.5, campaigns: np.ndarray = FEW) -> Belief:
    return Belief(np.full(8, spread), campaigns)


def shown(seed: int, settings: Exploration = SETTINGS, of: Belief | None = None) -> Explored:
    return explore(VALUES, IDS, of or belief(), 5, settings, seed)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=12), st.integers(0, 2**32 - 1))
def test_sample_is_of_the_promised_size_and_never_repeats(wins: list[int], seed: int) -> None:
    counts = np.array(wins)
    counts[-1] += -counts.sum() % 40
    if counts[-1] > 40:
        return
    taken = fixed_size_sample(counts, 40, np.random.default_rng(seed))
    assert len(taken) == len(set(taken.tolist())) == counts.sum() // 40
    assert (counts[taken] > 0).all()
    assert set(np.flatnonzero(counts == 40)) <= set(taken.tolist())


def test_sample_takes_each_as_often_as_its_wins_say() -> None:
    wins, rng, n = np.array([100, 75, 60, 40, 20, 5]), np.random.default_rng(0), 20_000
    found = np.zeros(6)
    for _ in range(n):
        found[fixed_size_sample(wins, 100, rng)] += 1
    p = wins / 100
    assert (np.abs(found / n - p) <= 4.5 * np.sqrt(p * (1 - p) / n)).all()


def test_sample_refuses_wins_that_fill_no_whole_number_of_places() -> None:
    with pytest.raises(RankingError, match="whole number of places"):
        fixed_size_sample(np.array([30, 20]), 40, np.random.default_rng(0))


def test_thompson_of_two_is_the_normal_probability() -> None:
    wins = thompson_wins(np.log([1.0, 0.8]), np.array([0.0, 0.5]), 1, 40_000, np.random.default_rng(1))
    # P(log 0.8 - 0.125 + 0.5 z > 0) = 1 - Phi(0.6963)
    assert wins[1] / 40_000 == pytest.approx(0.2431, abs=0.01)
    assert wins.sum() == 40_000


def test_logged_chances_are_how_often_each_is_shown() -> None:
    found, p, n = np.zeros(8), shown(0).chances, 1_500
    for seed in range(n):
        one = shown(seed)
        found[one.rows] += 1
        np.testing.assert_array_equal(one.chances, p)
        np.testing.assert_array_equal(one.p_shown, one.chances[one.rows])
        assert one.chances.sum() == pytest.approx(5.0)
    assert (np.abs(found / n - p) <= 4.5 * np.sqrt(p * (1 - p) / n) + 1e-9).all()
    assert 0.05 < p[5] < 0.95


def test_who_is_known_and_far_from_the_last_place_is_never_tried() -> None:
    assert all(shown(seed).chances[7] == 0.0 for seed in range(20))


def test_the_first_places_are_certain() -> None:
    one = shown(3)
    assert one.chances[:3].tolist() == [1.0, 1.0, 1.0]


def test_only_a_creator_outside_the_best_holds_a_test_slot() -> None:
    for seed in range(50):
        one = shown(seed)
        assert one.test.tolist() == [row >= 5 for row in one.rows]


def test_neighbours_change_places_only_in_a_near_tie_and_half_the_time() -> None:
    swaps = Counter()
    for seed in range(600):
        one = shown(seed, Exploration(share=0.0, near_tie=0.05))
        swaps[tuple(one.rows[:2].tolist())] += 1
        assert one.rows[2] == 2
        assert one.p_place.tolist() == [0.5, 0.5, 1.0, 0.5, 0.5]
        assert one.p_shown.tolist() == [1.0] * 5
    assert set(swaps) == {(0, 1), (1, 0)}
    assert 240 < swaps[1, 0] < 360


def test_same_seed_same_answer_in_whatever_order_candidates_come() -> None:
    mixed = np.random.default_rng(5).permutation(8)
    for seed in range(30):
        one = shown(seed)
        other = explore(VALUES[mixed], IDS[mixed], Belief(np.full(8, 0.5), FEW[mixed]), 5, SETTINGS, seed)
        assert IDS[one.rows].tolist() == IDS[mixed][other.rows].tolist()
        np.testing.assert_array_equal(one.p_shown, other.p_shown)
    assert len({tuple(shown(seed).rows.tolist()) for seed in range(30)}) > 1


def test_nothing_uncertain_is_the_best_by_value() -> None:
    settings = Exploration(share=1.0, near_tie=0.0)
    assert shown(1, settings, belief(spread=0.0)).rows.tolist() == [0, 1, 2, 3, 4]


def test_least_chance_keeps_long_shots_out() -> None:
    careful = SETTINGS.model_copy(update={"least_chance": 0.4})
    assert shown(1).chances[6] > 0.0
    assert shown(1, careful).chances[6] == 0.0
    assert shown(1, careful).chances.sum() == pytest.approx(5.0)


def test_a_value_of_nothing_can_not_be_explored() -> None:
    with pytest.raises(RankingError, match="needs values above 0"):
        explore(np.array([1.0, 0.0]), IDS[:2], Belief(*np.zeros((2, 2))), 1, SETTINGS, 0)


def test_fewer_candidates_than_places_are_all_shown() -> None:
    one = explore(VALUES[:3], IDS[:3], Belief(*np.zeros((2, 3))), 5, SETTINGS, 0)
    assert sorted(one.rows.tolist()) == [0, 1, 2]
    assert one.p_shown.tolist() == [1.0] * 3
