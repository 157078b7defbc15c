from __future__ import annotations

from itertools import combinations
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastemaker.evaluation.lists import kendall_tau, overlap_at_k, rank_biased_overlap

names = st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=10)


def test_overlap_counts_the_first_of_both() -> None:
    assert overlap_at_k("abcd", "bxay", 2) == 0.5
    assert overlap_at_k("ab", "xyab", 4) == 1.0
    assert isnan(overlap_at_k("", "ab", 3))


def test_rbo_of_a_worked_example() -> None:
    """Depths 1..3 of abc and acb agree by 1, 1/2, 1: .9^3 + .1/.9 (.9 + .5 x .81 + .729)."""
    assert rank_biased_overlap("abc", "acb") == pytest.approx(0.729 + 0.1 / 0.9 * (0.9 + 0.405 + 0.729))


@given(names, names)
def test_rbo_is_symmetric_and_between_none_and_all(a: list[str], b: list[str]) -> None:
    value = rank_biased_overlap(a, b)
    if not a or not b:
        assert isnan(value)
        return
    assert value == rank_biased_overlap(b, a)
    assert -1e-12 <= value <= 1 + 1e-12
    assert rank_biased_overlap(a, a) == pytest.approx(1.0)
    assert (value == 0) == (not set(a[: len(b)]) & set(b[: len(a)]))


def test_rbo_weighs_the_top_most() -> None:
    base = "abcdefghij"
    assert rank_biased_overlap(base, "bacdefghij") < rank_biased_overlap(base, "abcdefghji")


@given(names, names)
def test_tau_is_pairs_in_order_less_pairs_turned(a: list[str], b: list[str]) -> None:
    common = [n for n in a if n in b]
    signs = [1 if b.index(x) < b.index(y) else -1 for x, y in combinations(common, 2)]
    value = kendall_tau(a, b)
    assert isnan(value) if not signs else value == pytest.approx(sum(signs) / len(signs))
