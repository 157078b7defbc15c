from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastemaker.errors import EvaluationError
from tastemaker.evaluation import calibration_bins, calibration_change


def test_bins_hold_equal_parts_in_order_of_prediction() -> None:
    predicted = np.array([0.9, 0.1, 0.5, 0.3])
    bins = calibration_bins(predicted, predicted * 2, bins=2)
    assert bins.predicted.tolist() == pytest.approx([0.2, 0.7])
    assert bins.realised.tolist() == pytest.approx([0.4, 1.4])
    assert bins.count.tolist() == [2, 2]
    assert bins.error == pytest.approx((0.2 + 0.7) / 2)


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=40), st.integers(1, 12))
def test_bins_lose_nothing(rows: list[tuple[float, float]], bins: int) -> None:
    predicted, realised = np.array(rows).T
    out = calibration_bins(predicted, realised, bins)
    assert out.count.sum() == len(rows)
    assert (out.predicted * out.count).sum() == pytest.approx(predicted.sum())
    assert (out.realised * out.count).sum() == pytest.approx(realised.sum())
    assert out.count.max() - out.count.min() <= 1
    assert (np.diff(out.predicted) >= -1e-9).all()


def test_unknown_rows_are_left_out_and_only_unknown_rows_are_refused() -> None:
    assert calibration_bins([1.0, np.nan, 2.0], [1.0, 1.0, np.nan], 5).count.tolist() == [1]
    with pytest.raises(EvaluationError, match="none of 2 rows"):
        calibration_bins([1.0, np.nan], [np.nan, 1.0])
    with pytest.raises(EvaluationError, match="row to row"):
        calibration_bins([1.0], [1.0, 2.0])


def test_a_change_of_calibration_is_found_by_cluster() -> None:
    rng = np.random.default_rng(3)
    truth = rng.gamma(2.0, 0.5, 600)
    realised = truth * rng.gamma(4.0, 0.25, 600)
    cluster = np.repeat(np.arange(60), 10)
    worse = calibration_change(truth, 2.0 * truth, realised, cluster, repetitions=200)
    assert worse.low > 0.3
    same = calibration_change(truth, truth, realised, cluster, repetitions=50)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    expected = calibration_bins(2.0 * truth, realised).error - calibration_bins(truth, realised).error
    assert worse.value == pytest.approx(expected)


def test_a_change_without_a_known_row_is_unknown() -> None:
    assert np.isnan(calibration_change([np.nan], [1.0], [1.0], ["a"]).value)
    with pytest.raises(EvaluationError, match="give one a row"):
        calibration_change([1.0], [1.0], [1.0], ["a", "b"])


def test_weights_make_the_chosen_speak_for_all() -> None:
    """Of two kinds that look alike the better is chosen nine times as often."""
    rng = np.random.default_rng(4)
    good = rng.random(4_000) < 0.5
    chance = np.where(good, 0.9, 0.1)
    realised = np.where(good, 2.0, 0.5)
    chosen = rng.random(4_000) < chance
    honest = np.full(int(chosen.sum()), realised.mean())
    naive = np.full(int(chosen.sum()), realised[chosen].mean())
    weight = 1.0 / chance[chosen]
    assert calibration_bins(honest, realised[chosen], weight=weight).error < 0.1
    assert calibration_bins(naive, realised[chosen], weight=weight).error > 0.4
    cluster = np.arange(len(honest)) // 20
    gap = calibration_change(honest, naive, realised[chosen], cluster, weight=weight, repetitions=100)
    assert gap.low > 0.3
    assert calibration_change(honest, naive, realised[chosen], cluster, repetitions=100).high < 0
