"""Intervals of skewed means: known quantiles, what they keep, and that they hold the truth where plain ones do not."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.off_policy import Interval, mean_bounds
from tastemaker.evaluation.off_policy.intervals import _straighten, student

KINDS = get_args(Interval)


@pytest.mark.parametrize(
    ("p", "freedom", "t"), [(0.975, 10, 2.2281), (0.975, 99, 1.9842), (0.995, 30, 2.7500)]
)
def test_student_quantiles_are_those_of_the_tables(p: float, freedom: int, t: float) -> None:
    assert student(p, freedom) == pytest.approx(t, rel=1e-4)


def test_student_stays_near_where_freedom_is_least() -> None:
    assert student(0.975, 5) == pytest.approx(2.5706, rel=3e-3)


@pytest.mark.parametrize("a", [0.4, -0.3, 1e-12])
def test_the_cubic_is_undone(a: float) -> None:
    t = np.linspace(-3, 3, 7)
    cubic = t + a * t**2 / 3 + a**2 * t**3 / 27 + a / 6
    assert [_straighten(g, a) for g in cubic] == pytest.approx(t.tolist(), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_move_and_scale_with_the_values(kind: Interval) -> None:
    values = np.random.default_rng(0).exponential(size=60)
    plain, other = mean_bounds(values, kind=kind), mean_bounds(5 + 3 * values, kind=kind)
    assert plain.low < plain.value < plain.high
    for name in ("low", "value", "high"):
        assert getattr(other, name) == pytest.approx(5 + 3 * getattr(plain, name))


def test_few_large_values_lean_to_their_side_and_widen() -> None:
    values = np.zeros(200)
    values[:6] = [30, 20, 10, 10, 5, 5]
    plain, guarded = (mean_bounds(values, kind=k) for k in ("student", "guarded"))
    assert guarded.high - guarded.value > 1.3 * (plain.high - plain.value)
    assert guarded.low <= plain.low
    mirrored = mean_bounds(-values)
    assert mirrored.low == pytest.approx(-guarded.high)


def test_bounds_hold_a_skewed_mean_where_plain_ones_fail() -> None:
    rng = np.random.default_rng(2)
    hits = dict.fromkeys(("guarded", "student"), 0)
    for _ in range(400):
        values = np.exp(rng.normal(-1.125, 1.5, 80))
        for kind in hits:
            e = mean_bounds(values, kind=kind)
            hits[kind] += e.low <= 1.0 <= e.high
    assert hits["student"] < 350 < 364 < hits["guarded"]


def test_equal_values_are_sure_and_one_value_is_refused() -> None:
    sure = mean_bounds(np.full(5, 2.0))
    assert (sure.low, sure.high) == (2.0, 2.0)
    with pytest.raises(EvaluationError, match="1 values bound no mean"):
        mean_bounds(np.ones(1))
