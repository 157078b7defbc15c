"""The parts of a forecast: frames, lines, conformal offsets, heads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.errors import RankingError
from tastemaker.forecasting.conformal import Conformal
from tastemaker.forecasting.frames import feature_matrix, in_order, later_part
from tastemaker.forecasting.head import Head
from tastemaker.forecasting.interval import QuantileHead
from tastemaker.forecasting.line import Line, Link, fit_line
from tastemaker.forecasting.own import STRANGER
from tastemaker.forecasting.rows import Rows
from tastemaker.forecasting.trees import Boosting

BOOSTING = Boosting(rounds=30, learning_rate=0.1, leaves=7, min_leaf=10)


def decisions(campaigns: list[str | None], days: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "campaign_id": campaigns,
            "decision_id": [f"d{i}" for i in range(len(days))],
            "creator_id": [f"k{i}" for i in range(len(days))],
            "made_at": pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(days, unit="D"),
        }
    )


def test_later_part_is_the_latest_campaigns_whole() -> None:
    frame = decisions(["a", "b", "c", "d", "e", "a", "e"], [1, 2, 3, 4, 5, 9, 9])
    # Campaign a began first, so its late decision stays with it.
    assert later_part(frame, 0.2).tolist() == [False, False, False, False, True, False, True]


def test_later_part_counts_a_decision_without_campaign_as_its_own() -> None:
    assert later_part(decisions([None] * 5, [5, 4, 3, 2, 1]), 0.4).tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_later_part_of_few_campaigns_is_nothing() -> None:
    assert not later_part(decisions(["a", "b", "c", "d"], [1, 2, 3, 4]), 0.5).any()


def test_in_order_is_by_time_then_ids() -> None:
    frame = decisions(["a"] * 3, [2, 1, 1])
    assert in_order(frame).tolist() == [1, 2, 0]


def test_feature_matrix_names_what_is_missing() -> None:
    with pytest.raises(RankingError, match=r"toy: column aura, glow is missing from a frame with 1 columns"):
        feature_matrix(pd.DataFrame({"x": [1.0]}), ["aura", "x", "glow"], "toy")


@pytest.mark.parametrize(("link", "slope"), [("log", 0.7), ("odds", 1.6)])
def test_line_recovers_the_truth(link: Link, slope: float) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=20_000)
    line = 0.3 + slope * x
    y = rng.poisson(np.exp(line)) if link == "log" else (rng.random(len(x)) < 1 / (1 + np.exp(-line)))
    fitted = fit_line(
        x, y.astype(float), link, prior=Line(0.0, 0.0, 1.0), intercept_weight=0.1, slope_weight=1.0
    )
    assert abs(fitted.intercept - 0.3) < 0.05
    assert abs(fitted.slope - slope) < 0.06


def test_line_is_not_decided_by_a_giant() -> None:
    x = np.log(np.array([1e3] * 50 + [1e4] * 50 + [1e8]))
    y = np.concatenate([np.full(50, 100.0), np.full(50, 1000.0), [1e9]])
    fitted = fit_line(x, y, "log", prior=Line(x.mean(), 5.0, 1.0), intercept_weight=0.1, slope_weight=1.0)
    assert 60 < np.exp(fitted.at(np.log(np.array([1e3]))))[0] < 160


def test_line_never_turns_round() -> None:
    x = np.linspace(-2, 2, 400)
    fitted = fit_line(x, np.exp(-x), "log", prior=Line(), intercept_weight=1.0, slope_weight=1.0)
    assert fitted.slope > 0


def test_line_of_unknown_x_is_its_intercept() -> None:
    assert Line(3.0, 0.5, 2.0).at(np.array([np.nan, 4.0])).tolist() == [0.5, 2.5]


@given(
    st.lists(st.floats(0, 1e7), min_size=1, max_size=40),
    st.sampled_from(["log", "odds"]),
    st.integers(0, 2**31),
)
@settings(max_examples=60)
def test_line_is_finite_whatever_comes(values: list[float], link: Link, seed: int) -> None:
    y = np.array(values) if link == "log" else (np.array(values) > 100).astype(float)
    x = np.random.default_rng(seed).normal(10, 5, len(y))
    start = float(np.log(y.mean() + 0.5))
    fitted = fit_line(x, y, link, prior=Line(10.0, start, 1.0), intercept_weight=0.1, slope_weight=1.0)
    assert np.isfinite([fitted.intercept, fitted.slope]).all()


def test_conformal_is_the_finite_sample_quantile() -> None:
    y = np.arange(1.0, 10.0)
    zero = np.zeros(9)
    fitted = Conformal.fit(y, zero, zero, zero, 0.8)
    # ceil((9 + 1) * 0.9) = 9: the largest; one row fewer has no such place.
    assert (fitted.low, fitted.median, fitted.high) == (1.0, 5.0, 9.0)
    assert np.isnan(Conformal.fit(y[:8], zero[:8], zero[:8], zero[:8], 0.8).high)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_conformal_mends_quantiles_that_are_too_narrow_and_off_centre(level: float) -> None:
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(200):
        y = rng.normal(size=300)
        low, median, high = np.full(300, 0.1), np.full(300, 0.2), np.full(300, 0.3)
        fitted = Conformal.fit(y[:200], low[:200], median[:200], high[:200], level)
        a, b, c = fitted.apply(low[200:], median[200:], high[200:])
        covered.append(((a <= y[200:]) & (y[200:] <= c)).mean())
        assert (a <= b).all()
        assert (b <= c).all()
    assert abs(np.mean(covered) - level) < 0.015


def test_between_two_scores_the_probability_is_the_level_and_not_more() -> None:
    """Of uniform scores the bound itself is the probability: going on to the next of sixteen costs two points."""
    rng, zero, one = np.random.default_rng(2), np.zeros(16), np.ones(16)
    drawn = [rng.random(16) for _ in range(3_000)]
    bounds = {
        between: np.mean([Conformal.fit(y, zero, zero, zero, 0.7, one, between=between).high for y in drawn])
        for between in (False, True)
    }
    assert bounds[True] == pytest.approx(0.85, abs=0.01)
    assert bounds[False] > 0.87


def rows(n: int, link: Link, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    line = x[:, 0] + 0.5 * x[:, 1]
    y = rng.poisson(np.exp(1.0 + line)) if link == "log" else rng.random(n) < 1 / (1 + np.exp(-line))
    x[rng.random((n, 3)) < 0.05] = np.nan
    return Rows(x, y.astype(float), np.ones(n), np.arange(n) >= 0.8 * n, np.ones(n, bool), np.arange(n), n)


def strangers(x: np.ndarray) -> np.ndarray:
    return np.full(len(x), STRANGER)


@pytest.mark.parametrize(("link", "n"), [("log", 400), ("odds", 400), ("log", 30), ("odds", 30), ("log", 0)])
def test_head_contributions_sum_to_the_log_of_its_mean(link: Link, n: int) -> None:
    head = Head(["a", "b", "c"], link, "a").fit(rows(n, link), BOOSTING)
    x = rows(60, link, seed=9).x
    new = strangers(x)
    if not head.knows:
        assert np.isnan(head.mean(x, new)).all()
        return
    assert (head.mixture_.trees is None) == (n < 50)
    np.testing.assert_allclose(head.contributions(x).sum(axis=1), np.log(head.mean(x, new)), atol=1e-9)
    np.testing.assert_allclose(head.log_mean(x, new), np.log(head.mean(x, new)), atol=1e-9)


def test_head_calibration_takes_a_drift_of_later_campaigns_in() -> None:
    """Later campaigns deliver half as much: the mean follows them, for they are what comes next."""
    data = rows(4000, "log")
    halved = replace(data, y=np.where(data.later, np.floor(data.y / 2), data.y))
    x = rows(500, "log", seed=5).x
    plain, moved = (
        Head(["a", "b", "c"], "log").fit(r, BOOSTING).mean(x, strangers(x)) for r in (data, halved)
    )
    assert 0.35 < np.median(moved / plain) < 0.55


def test_head_of_nothing_but_zeros_promises_nearly_nothing() -> None:
    data = rows(400, "log")
    head = Head(["a", "b", "c"], "log", "a").fit(replace(data, y=np.zeros(400)), BOOSTING)
    assert (head.mean(data.x, data.who) < 0.05).all()


def test_offsets_are_those_of_a_platform_and_objective_as_far_as_there_are_rows() -> None:
    """One platform swings three times as far: pooled offsets cover it too little, the others too much."""
    rng = np.random.default_rng(5)
    n = 6_000
    x = np.column_stack([rng.integers(0, 3, n), rng.integers(0, 4, n), rng.normal(8.0, 1.0, n)]).astype(float)
    y = np.exp(x[:, 2] + rng.normal(size=n) * np.where(x[:, 0] == 2.0, 0.9, 0.3))
    fitted = QuantileHead(("platform", "objective", "log_followers"), "log_followers", 0.8)
    # One leaf: the trees can not learn the spread, so the offsets must.
    flat = Boosting(rounds=1, learning_rate=0.1, leaves=2, min_leaf=3_000)
    later = np.arange(4_000) >= 1_000
    known = Rows(x[:4_000], y[:4_000], np.ones(4_000), later, np.ones(4_000, bool), np.arange(4_000), 4_000)
    fitted.fit(known, flat)
    told, held = fitted.quantiles(x[4_000:], strangers(x[4_000:])), y[4_000:]
    inside = (told.low <= held) & (held <= told.high)
    for platform in range(3):
        assert abs(inside[x[4_000:, 0] == platform].mean() - 0.8) < 0.05, platform
    strange = fitted.quantiles(np.array([[np.nan, 7.0, 8.0]]), np.array([STRANGER]))
    assert strange.low[0] < strange.high[0]
