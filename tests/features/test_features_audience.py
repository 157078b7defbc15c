"""Audience fit: coverage with its interval, lift over the platform, and what is too old to count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from features_toys import account, brief, snapshot
from features_world import CONFIG, NOW, World, row
from scipy import stats

from tastemaker.features import BriefView, audience_fit, audience_row, target_audience
from tastemaker.features.audience import beta_quantiles, coverage_interval
from tastemaker.schema import FACET_SLICES
from tastemaker.schema.tables import PLATFORMS


def view(**audience: dict[str, float]) -> BriefView:
    made = brief(audience=audience)
    return BriefView(made, np.zeros(4, dtype=np.float32), target_audience(made), "words-4")


def one(values: float | None) -> np.ndarray:
    return np.array([np.nan if values is None else values])


@pytest.mark.parametrize("q", [0.05, 0.1, 0.5, 0.9])
def test_beta_quantiles_are_those_of_another_library(q: float) -> None:
    a = np.array([0.02, 0.5, 1.0, 2.0, 30.0, 3_000.0, 9_000.0, 0.02, 5_000.0])
    b = np.array([30.0, 0.5, 1.0, 5.0, 2.0, 7_000.0, 1_000.0, 10_000.0, 0.5])
    assert beta_quantiles(a, b, q) == pytest.approx(stats.beta.ppf(q, a, b), abs=1e-9)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    truth = rng.beta(4.0, 6.0, 4_000)
    seen = rng.binomial(60, truth) / 60
    low, high = coverage_interval(seen, np.full(4_000, 60.0), np.full(4_000, 0.4))
    assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(0.8, abs=0.025)


def test_more_people_give_a_narrower_interval_around_the_coverage() -> None:
    people = np.array([5.0, 50.0, 500.0, 5_000.0, 1e9])
    low, high = coverage_interval(np.full(5, 0.3), people, np.full(5, 0.3))
    assert (np.diff(high - low) < 0).tolist() == [True, True, True, True]
    assert ((low < 0.3) & (high > 0.3)).all()
    # However many were asked, how they were found leaves a doubt.
    assert (high - low)[-1] == pytest.approx(2 * 1.2816 * np.sqrt(0.21 / 10_000), rel=0.02)
    assert np.isnan(coverage_interval(one(None), one(50.0), one(0.3))[0]).all()


def toy(**columns: object) -> tuple[BriefView, object]:
    rows = [
        account("a", "ann", audience_sample_country=400, **columns),
        account("b", "bob"),
        account("c", "cat"),
    ]
    audiences = {0: {"country": {"US": 0.6, "GB": 0.4}}, 1: {"country": {"US": 0.6, "GB": 0.3}}}
    made = snapshot(rows, audiences=audiences)
    usual = audience_row({"country": {"US": 0.3, "GB": 0.7}})
    made.platform_audience[PLATFORMS.index("instagram")] = usual
    return view(country={"US": 1.0}, language={"en": 1.0}), made


def test_lift_is_coverage_over_the_platforms_average() -> None:
    wanted, made = toy()
    got = audience_fit(wanted, made, np.arange(3))
    assert list(got.facets) == ["country", "language"]
    country = got.facets["country"]
    assert country.coverage == pytest.approx([0.6, 0.6, np.nan], nan_ok=True)
    assert country.lift == pytest.approx([2.0, 2.0, np.nan], nan_ok=True, rel=1e-5)
    assert country.overlap == pytest.approx([np.sqrt(0.6), np.sqrt(0.6), np.nan], nan_ok=True)
    assert country.people == pytest.approx([400, np.nan, np.nan], nan_ok=True)
    assert np.isnan(got.facets["language"].coverage).all()
    assert got.lift == pytest.approx(country.lift, nan_ok=True)
    assert got.fit == pytest.approx(country.overlap, nan_ok=True)


def test_unknown_sample_sizes_widen_the_interval_and_unknown_audiences_have_none() -> None:
    wanted, made = toy()
    got = audience_fit(wanted, made, np.arange(3))
    width = got.high - got.low
    assert width[1] > 2 * width[0] > 0
    assert np.isnan(width[2])
    for column in (got.fit, got.coverage, got.lift):
        assert np.isnan(column[2])


def test_what_a_truncated_report_leaves_out_may_lie_on_the_target() -> None:
    wanted, made = toy()
    abroad = view(country={"CA": 1.0})
    got = audience_fit(abroad, made, np.arange(2)).facets["country"]
    assert got.coverage == pytest.approx([0.0, 0.0])
    assert got.high[0] < 0.02
    assert got.high[1] > 0.1
    listed = audience_fit(wanted, made, np.arange(2)).facets["country"]
    assert listed.high[1] < 0.8


def test_an_open_brief_has_no_fit() -> None:
    _, made = toy()
    got = audience_fit(view(), made, np.arange(3))
    assert got.facets == {}
    assert np.isnan(got.fit).all()
    assert got.low.shape == (3,)


def test_rows_do_not_hang_on_each_other() -> None:
    wanted, made = toy()
    whole, alone = (audience_fit(wanted, made, rows) for rows in (np.arange(3), np.array([1])))
    for name in ("fit", "coverage", "low", "high", "lift"):
        assert getattr(whole, name)[1] == getattr(alone, name)[0]


def test_a_stale_report_is_no_report_and_a_fresh_one_of_a_lesser_basis_counts(tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"audience_max_age_days": 365})
    world = World().account("a", "ann").account("b", "bob").account("c", "cat")
    world.audience("a", "country", {"US": 1.0}, 400, people=500)
    world.audience("b", "country", {"US": 1.0}, 400, people=500)
    world.audience("b", "country", {"GB": 1.0}, 30, basis="viewers", people=70)
    world.audience("c", "country", {"US": 1.0}, 364, people=500)
    made = world.snapshots(tmp_path, config=config)[0]
    block = FACET_SLICES["country"]
    assert np.isnan(made.audience[0]).all()
    assert made.audience[1, block].argmax() != made.audience[2, block].argmax()
    assert [row(made, a)["audience_sample_country"] for a in "abc"] == [None, 70, 500]
    assert row(made, "a")["audience_as_of"] is None
    assert row(made, "a")["audience_confidence"] is None
    assert (NOW - row(made, "b")["audience_as_of"]).days == 30
    # One facet of four, 70 people beside 300, a sixth of a half-life old.
    assert row(made, "b")["audience_confidence"] == pytest.approx(70 / 370 * 2 ** (-30 / 180) / 4)


def test_the_platforms_average_is_over_accounts_whose_facet_is_known(tmp_path: Path) -> None:
    world = World().account("a", "ann").account("b", "bob").account("c", "cat").account("d", "dan", "tiktok")
    world.audience("a", "country", {"US": 0.8, "GB": 0.2}, 10).audience("b", "country", {"US": 0.4}, 10)
    world.audience("d", "country", {"GB": 1.0}, 10)
    averages = world.snapshots(tmp_path, buckets=3)[0].platform_audience
    block = FACET_SLICES["country"]
    instagram = averages[PLATFORMS.index("instagram")]
    assert instagram[block].sum() == pytest.approx(0.7)
    assert instagram[block].max() == pytest.approx(0.6)
    assert np.isnan(instagram[FACET_SLICES["language"]]).all()
    assert averages[PLATFORMS.index("tiktok"), block].max() == 1.0
    assert np.isnan(averages[PLATFORMS.index("x")]).all()
