from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.ranking.calibration import MonotoneMap


def test_map_recovers_a_monotone_truth() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=4000)
    values = np.exp(scores) * rng.exponential(size=4000)
    fitted = MonotoneMap.fit(scores, values)
    grid = np.linspace(-1.5, 1.5, 7)
    np.testing.assert_allclose(fitted(grid), np.exp(grid), rtol=0.25)


def test_map_of_a_falling_truth_is_nearly_flat() -> None:
    scores = np.linspace(-1, 1, 1000)
    fitted = MonotoneMap.fit(scores, 5.0 - scores)
    assert 4.9 < fitted(scores).min() <= fitted(scores).max() < 5.1


def test_map_in_other_units_and_through_json() -> None:
    fitted = MonotoneMap.fit(np.arange(200.0), np.arange(200.0) ** 2)
    grid = np.linspace(-50, 300, 40)
    np.testing.assert_allclose(fitted.scaled(3.0)(grid), 3.0 * fitted(grid))
    np.testing.assert_array_equal(MonotoneMap.from_json(fitted.to_json())(grid), fitted(grid))


def test_weights_move_the_level() -> None:
    scores, values = np.tile([0.0, 1.0], 200), np.tile([1.0, 3.0], 200)
    low = MonotoneMap.fit(scores, values, np.where(values == 1.0, 9.0, 1.0))
    assert low(np.array([0.5]))[0] < MonotoneMap.fit(scores, values)(np.array([0.5]))[0] + 1e-9
    assert abs(np.average(low(scores), weights=np.where(values == 1.0, 9.0, 1.0)) - 1.2) < 0.05


@given(st.integers(1, 300), st.integers(0, 2**31))
@settings(max_examples=50)
def test_map_is_strictly_increasing_and_positive(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=n).round(2)
    fitted = MonotoneMap.fit(scores, rng.exponential(size=n) * (rng.random(n) < 0.5))
    grid = np.linspace(-6, 6, 200)
    assert (fitted(grid) > 0).all()
    assert (np.diff(fitted(grid)) > 0).all()
