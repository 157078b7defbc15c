from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tastemaker.evaluation.bootstrap as module
from tastemaker.errors import EvaluationError
from tastemaker.evaluation import Estimate, mean_interval, median_interval, paired_difference


def slow_interval(values: list[float], statistic: object, repetitions: int, seed: int) -> tuple[float, float]:
    """One draw at a time; the generator gives the same numbers row by row as all at once."""
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(repetitions):
        picks = [values[i] for i in rng.integers(0, len(values), len(values))]
        drawn.append(statistic(picks))  # type: ignore[operator]
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))


@settings(max_examples=30)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20), st.integers(0, 1000))
def test_intervals_match_drawing_one_by_one(values: list[float], seed: int) -> None:
    for fast, slow in ((mean_interval, np.mean), (median_interval, np.median)):
        got = fast(values, repetitions=50, seed=seed)
        assert (got.low, got.high) == pytest.approx(slow_interval(values, slow, 50, seed))
        assert got.value == pytest.approx(float(slow(values)))


def test_blocks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).normal(size=40)
    whole = mean_interval(values, repetitions=500)
    monkeypatch.setattr(module, "_CELLS", 100)
    assert mean_interval(values, repetitions=500) == whole


def test_same_seed_same_interval_other_seed_other_interval() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert mean_interval(values, seed=1) == mean_interval(values, seed=1)
    assert mean_interval(values, seed=1) != mean_interval(values, seed=2)


def test_the_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    samples = rng.normal(loc=2.0, size=(300, 60))
    held = [e.low <= 2.0 <= e.high for e in (mean_interval(s, repetitions=400) for s in samples)]
    assert 0.90 <= np.mean(held) <= 0.98


def test_a_paired_difference_is_narrower_than_two_intervals() -> None:
    rng = np.random.default_rng(1)
    hard = rng.normal(size=100)
    a, b = hard + 0.1 + rng.normal(scale=0.01, size=100), hard + rng.normal(scale=0.01, size=100)
    gap = paired_difference(a, b)
    assert gap.low > 0.09
    assert gap.high < 0.11
    assert mean_interval(a).low < mean_interval(b).high  # side by side they overlap


def test_unknown_queries_are_left_out() -> None:
    assert mean_interval([1.0, np.nan, 3.0]).value == 2.0
    assert paired_difference([1.0, np.nan, 3.0], [0.0, 5.0, np.nan]) == Estimate(1.0, 1.0, 1.0)
    assert math.isnan(mean_interval([np.nan]).low)


def test_an_estimate_speaks_json_also_where_nothing_was_measured() -> None:
    assert Estimate(0.5, 0.25, 0.75).to_json() == {"value": 0.5, "ci95": [0.25, 0.75]}
    assert json.dumps(mean_interval([]).to_json(), allow_nan=False) == '{"value": null, "ci95": [null, null]}'
    assert str(Estimate(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"


def test_a_paired_comparison_needs_the_same_queries() -> None:
    with pytest.raises(EvaluationError, match=r"\(2,\).*\(1,\).*same queries"):
        paired_difference([1.0, 2.0], [1.0])
