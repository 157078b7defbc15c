"""Maturity curves: planted growth is found per platform and KPI, from running campaigns too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tastemaker.errors import RankingError
from tastemaker.forecasting import MaturityCurves

SCALES = {"instagram": 3.0, "tiktok": 2.0, "youtube": 9.0}
HORIZON = 30.0


def truth(age: np.ndarray, scale: float) -> np.ndarray:
    return np.minimum(np.expm1(-age / scale) / np.expm1(-HORIZON / scale), 1.0)


def readings(
    series: int,
    platform: str = "instagram",
    kpi: str = "clicks",
    seed: int = 0,
    ends: float = 99.0,
    mean: float = 80.0,
) -> pd.DataFrame:
    """Series read at four ages, each event arriving on its own; nothing is read after ``ends`` days of age at most."""
    rng = np.random.default_rng(seed)
    ages = np.array([2.0, 5.0, 12.0, 31.0])
    shares = truth(ages, SCALES.get(platform, 5.0))
    finals = rng.poisson(rng.gamma(2.0, mean / 2.0, series))
    rows = []
    for i, final in enumerate(finals):
        arrived = np.sort(rng.random(final))
        stop = rng.uniform(4.0, ends)
        rows += [
            (f"{platform}{seed}-{i}", platform, kpi, age, float((arrived <= share).sum()), float(final))
            for age, share in zip(ages, shares, strict=True)
            if age <= stop
        ]
    return pd.DataFrame(rows, columns=["series", "platform", "kpi", "age", "value", "final"])


@pytest.fixture(scope="module")
def curves() -> MaturityCurves:
    parts = [readings(150, p, seed=i) for i, p in enumerate(SCALES)]
    return MaturityCurves(HORIZON).fit(pd.concat(parts))


@pytest.mark.parametrize("platform", SCALES)
def test_the_planted_curve_of_each_platform_is_found(curves: MaturityCurves, platform: str) -> None:
    ages = np.array([1.0, 3.0, 7.0, 14.0, 30.0, 90.0])
    share = curves.share("clicks", [platform] * 6, ages)
    np.testing.assert_allclose(share, truth(ages, SCALES[platform]), atol=0.03)
    assert share[-1] == 1.0


def test_running_campaigns_leave_no_bias() -> None:
    """Most series were cut off long before they were final, and their last value is far from it."""
    cut = readings(600, seed=5, ends=14.0)
    last = cut.groupby("series")[["value", "final"]].last().sum()
    assert last["value"] < 0.95 * last["final"]
    early = np.array([2.0, 5.0])
    learned = MaturityCurves(HORIZON).fit(cut).share("clicks", ["instagram"] * 2, early)
    np.testing.assert_allclose(learned, truth(early, 3.0), atol=0.04)


def test_values_grow_to_the_final_ones_on_average_and_intervals_hold(curves: MaturityCurves) -> None:
    new = readings(600, seed=9, mean=40.0)
    for age in (2.0, 5.0):
        young = new[new["age"] == age]
        grown = curves.matured(
            "clicks", young["platform"], young["value"].to_numpy(), young["age"].to_numpy()
        )
        assert grown.value.sum() == pytest.approx(young["final"].sum(), rel=0.04)
        inside = (grown.low <= young["final"]) & (young["final"] <= grown.high)
        assert 0.75 < inside.mean() < 0.9
        assert (grown.low >= young["value"]).all()
        assert (grown.low <= grown.value).all()
        assert (grown.value <= grown.high).all()


def test_nothing_yet_is_not_a_failure(curves: MaturityCurves) -> None:
    grown = curves.matured("clicks", ["youtube"], np.array([0.0]), np.array([2.0]))
    assert grown.value[0] == 0.0
    assert grown.high[0] >= 5.0
    done = curves.matured("clicks", ["youtube"], np.array([0.0]), np.array([40.0]))
    assert (done.low[0], done.high[0]) == (0.0, 0.0)


def test_a_platform_with_few_readings_leans_on_the_others() -> None:
    parts = [readings(150, p, seed=i) for i, p in enumerate(SCALES)]
    few = readings(2, "blog", seed=8, mean=3.0)
    learned = MaturityCurves(HORIZON).fit(pd.concat([*parts, few]))
    age = np.array([5.0])
    common = learned.share("clicks", [None], age)
    assert learned.share("clicks", ["twitch"], age) == common
    assert abs(learned.share("clicks", ["blog"], age) - common) < 0.12
    strangers = learned.matured("clicks", ["twitch"], np.array([50.0]), age)
    known = learned.matured("clicks", ["instagram"], np.array([50.0]), age)
    assert strangers.high[0] - strangers.low[0] > known.high[0] - known.low[0]


def test_correlated_events_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for i in range(300):
        share = rng.beta(4, 4)
        rows += [(f"s{i}", "x", "reach", 3.0, share * 1e4), (f"s{i}", "x", "reach", 31.0, 1e4)]
    learned = MaturityCurves(HORIZON).fit(
        pd.DataFrame(rows, columns=["series", "platform", "kpi", "age", "value"])
    )
    assert learned.kpis_["reach"].spread[0] == pytest.approx(1 / 9, rel=0.2)
    ahead = rng.beta(4, 4, 400) * 1e4
    grown = learned.matured("reach", ["x"] * 400, ahead, np.full(400, 3.0))
    assert ((grown.low <= 1e4) & (grown.high >= 1e4)).mean() > 0.7


def test_the_rule_for_labels(curves: MaturityCurves) -> None:
    ages = np.array([0.5, 3.0, 20.0, np.nan])
    assert curves.old_enough("clicks", ["instagram"] * 4, ages, 0.5).tolist() == [False, True, True, False]
    assert not curves.old_enough("saves", ["instagram"] * 4, ages, 0.1).any()


def test_too_few_readings_are_an_abstention_with_its_reason() -> None:
    learned = MaturityCurves().fit(readings(5))
    assert learned.abstains_["clicks"].endswith("pairs of readings, fewer than 30")
    grown = learned.matured("clicks", ["instagram"], np.array([4.0]), np.array([9.0]))
    assert np.isnan([grown.share[0], grown.value[0], grown.low[0], grown.high[0]]).all()


def test_a_count_that_fell_counts_as_no_growth() -> None:
    fell = readings(60, seed=4)
    fell.loc[fell["age"] == 31.0, "value"] -= 1.0
    fell["value"] = fell["value"].clip(lower=0.0)
    share = MaturityCurves(HORIZON).fit(fell).share("clicks", ["instagram"], np.array([5.0]))
    assert share == pytest.approx(truth(np.array([5.0]), 3.0), abs=0.05)


def test_saved_and_loaded_says_the_same(curves: MaturityCurves, tmp_path: Path) -> None:
    curves.save(tmp_path / "maturity.json")
    loaded = MaturityCurves.load(tmp_path / "maturity.json")
    ask = ("clicks", ["tiktok", None], np.array([3.0, 8.0]), np.array([1.0, 6.0]))
    for name in ("share", "value", "low", "high"):
        np.testing.assert_array_equal(
            getattr(curves.matured(*ask), name), getattr(loaded.matured(*ask), name)
        )
    (tmp_path / "maturity.json").write_text('{"format": 1, "horizon": 30}')
    with pytest.raises(RankingError, match=r"maturity\.json.*saved maturity curves"):
        MaturityCurves.load(tmp_path / "maturity.json")


def test_impossible_readings_are_refused() -> None:
    with pytest.raises(RankingError, match="age -1; expected 0 or more"):
        MaturityCurves().fit(readings(5).assign(age=-1.0))
    with pytest.raises(RankingError, match="column kpi is missing"):
        MaturityCurves().fit(readings(5).drop(columns="kpi"))
