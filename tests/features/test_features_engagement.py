"""Rates by basis, their shrinkage, rhythm and reach, checked by arithmetic and against worlds whose truth is known."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from features_world import NOW, World, days, row
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.config import Features
from tastemaker.features.engagement import MEASURES, count_levels, reduce_levels, tier_of
from tastemaker.features.engagement.grouped import latest, quantiles, sizes
from tastemaker.features.engagement.levels import shortfall
from tastemaker.features.engagement.rhythm import cadence, consistency, slopes, weekdays
from tastemaker.features.engagement.shrinkage import (
    median_variance,
    percentile,
    post_spread,
    posterior,
)

RNG = np.random.default_rng(5)
VALUES = st.lists(st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(groups=st.lists(VALUES, min_size=1, max_size=6), level=st.floats(0, 1))
def test_quantiles_of_groups_are_those_of_each_group(groups: list[list[float]], level: float) -> None:
    values = np.array([v for group in groups for v in group], dtype=np.float64)
    of = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    got = quantiles(values, of, len(groups), (level,))[:, 0]
    for i, group in enumerate(groups):
        known = [v for v in group if not np.isnan(v)]
        expected = np.quantile(known, level) if known else np.nan
        assert got[i] == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True)


def test_sizes_and_latest_of_groups() -> None:
    group = np.array([0, 2, 2])
    assert sizes(np.array([True, False, True]), group, 3).tolist() == [1, 0, 1]
    assert latest(np.array([np.nan, 4.0, 9.0]), group, 3) == pytest.approx([np.nan, np.nan, 9.0], nan_ok=True)


@pytest.mark.parametrize("n", [4, 6, 10, 30])
def test_the_trimmed_spread_of_few_posts_is_corrected(n: int) -> None:
    drawn = RNG.normal(size=(20_000, n))
    low, high = np.quantile(drawn, [0.1, 0.9], axis=1)
    spread = (high - low) / 2.5631 / shortfall(np.array([n]))
    assert spread.mean() == pytest.approx(1.0, abs=0.04)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9, 30])
def test_the_variance_of_a_median(n: int) -> None:
    drawn = np.median(RNG.normal(0, 0.5, (20_000, n)), axis=1).var()
    assert median_variance(np.array([0.5]), np.array([n]))[0] == pytest.approx(drawn, rel=0.25)
    assert np.isinf(median_variance(np.array([0.5]), np.array([0]))[0])


def test_three_posts_make_no_star_and_many_do() -> None:
    level, usual, between = np.full(3, np.log(0.20)), np.full(3, np.log(0.02)), np.full(3, 0.4)
    posts = np.array([1.0, 3.0, 300.0])
    mean, variance = posterior(
        level, median_variance(post_spread(np.full(3, np.nan), posts, np.full(3, 0.6)), posts), usual, between
    )
    assert np.exp(mean)[0] < np.exp(mean)[1] < 0.10 < 0.18 < np.exp(mean)[2] < 0.20
    assert (np.diff(variance) < 0).all()
    rank = percentile(mean, variance, usual, between)
    assert 0.9 < rank[0] < rank[1] < rank[2] <= 1.0


def test_shrinkage_keeps_the_order_and_lies_between() -> None:
    level = np.linspace(-6, -1, 20)
    mean, _ = posterior(level, np.full(20, 0.1), np.full(20, -3.0), np.full(20, 0.5))
    assert (np.diff(mean) > 0).all()
    assert ((mean >= np.minimum(level, -3.0)) & (mean <= np.maximum(level, -3.0))).all()
    lone, variance = posterior(np.array([np.nan]), np.array([np.inf]), np.array([-3.0]), np.array([0.5]))
    assert (lone[0], variance[0]) == (-3.0, pytest.approx(0.25))


def test_a_percentile_is_the_share_of_peers_below() -> None:
    truth = RNG.normal(-3, 0.5, 40_000)
    for at in (-4.0, -3.0, -2.6):
        got = percentile(np.array([at]), np.array([0.0]), np.array([-3.0]), np.array([0.5]))
        assert got[0] == pytest.approx((truth < at).mean(), abs=0.01)


def peers(n: int, rng: np.random.Generator) -> pa.Table:
    """Accounts whose log rate is -1 - 0.3 log10(size) + 0.4 in niche ``b``, spread 0.5; four posts each, spread 0.6."""
    size = 10 ** rng.uniform(2, 6, n)
    niche = rng.choice(["a", "b", ""], n)
    posts = np.full(n, 4.0)
    log = -1 - 0.3 * np.log10(size) + 0.4 * (niche == "b") + rng.normal(0, 0.5, n)
    log = log + rng.normal(0, np.sqrt(median_variance(np.full(n, 0.6), posts)))
    nothing = pa.array([None] * n, pa.float64())
    columns = {f"{m}_{end}": nothing for m in MEASURES for end in ("log", "spread", "posts")}
    columns |= {
        "by_followers_log": pa.array(log),
        "by_followers_spread": pa.array(np.exp(rng.normal(np.log(0.6), 0.2, n))),
        "by_followers_posts": pa.array(posts),
    }
    return pa.table(
        {
            "t": pa.array([0] * n, pa.int32()),
            "platform": ["tiktok"] * n,
            "category": pa.array([c or None for c in niche.tolist()], pa.string()),
            "followers": pa.array(np.rint(size).astype(np.int64)),
            **columns,
        }
    )


def test_what_is_usual_finds_line_niche_and_both_spreads() -> None:
    norms = reduce_levels([count_levels(peers(6_000, np.random.default_rng(1)), MEASURES)])
    asked = pa.table(
        {
            "t": [0, 0, 0, 0, 1],
            "platform": ["tiktok", "tiktok", "tiktok", "x", "tiktok"],
            "category": ["a", "B ", None, "a", "a"],
            "followers": [1_000, 300_000, None, 1_000, 1_000],
        }
    )
    level, between, within = norms.expect(asked, "by_followers")
    assert level[0] == pytest.approx(-1.9, abs=0.08)
    assert level[1] == pytest.approx(-1 - 0.3 * np.log10(300_000) + 0.4, abs=0.08)
    assert np.isfinite(level[2])
    assert np.isnan(level[3:]).all()
    assert (between[0], within[0]) == (pytest.approx(0.5, abs=0.05), pytest.approx(0.6, abs=0.03))


def test_what_is_usual_has_no_step_in_size() -> None:
    norms = reduce_levels([count_levels(peers(500, np.random.default_rng(2)), MEASURES)])
    usual = norms.usual[0, "by_followers", "tiktok"]
    level = usual.level(np.geomspace(50, 5e6, 4_000), ["a"] * 4_000)
    assert np.abs(np.diff(level)).max() < 0.02


def test_what_is_usual_does_not_hang_on_how_the_rows_were_split() -> None:
    rows = peers(400, np.random.default_rng(3))
    whole = reduce_levels([count_levels(rows, MEASURES)])
    for cuts in ([0, 1, 1, 200, 400], [0, 399, 400]):
        parts = [count_levels(rows.slice(a, b - a), MEASURES) for a, b in itertools.pairwise(cuts)]
        again = reduce_levels(reversed(parts))
        assert again.usual.keys() == whole.usual.keys()
        for key, usual in whole.usual.items():
            other = again.usual[key]
            assert (usual.steps == other.steps).all()
            assert (usual.at_one, usual.slope, usual.between, usual.within, usual.niches) == (
                other.at_one, other.slope, other.between, other.within, other.niches,
            )  # fmt: skip


def test_too_few_peers_say_nothing_of_what_is_usual() -> None:
    assert reduce_levels([count_levels(peers(4, RNG), MEASURES)]).usual == {}


def test_a_trend_is_found_and_a_hit_does_not_turn_it() -> None:
    month = np.tile(np.linspace(0, 10, 30), 2)
    group = np.repeat([0, 1], 30)
    log = -3 + 0.1 * month + np.tile(np.random.default_rng(4).normal(0, 0.1, 30), 2)
    log[-1] += 4.0
    slope, reach, left = slopes(month, log, group, 3)
    assert slope[:2] == pytest.approx([0.1, 0.1], abs=0.02)
    assert reach[0] == pytest.approx(np.sqrt(((month[:30] - 5) ** 2).sum()))
    assert left[-1] > 3.5
    assert np.isnan(slope[2])


def test_the_error_of_a_trend_is_what_the_spread_over_its_reach_says() -> None:
    rng = np.random.default_rng(6)
    n, each = 3_000, 12
    month = rng.uniform(0, 11, n * each)
    group = np.repeat(np.arange(n), each)
    slope, reach, _ = slopes(month, rng.normal(-3, 0.5, n * each), group, n)
    assert np.std(slope * reach / 0.5) == pytest.approx(1.0, abs=0.08)


@pytest.mark.parametrize(("posts", "span"), [(5, 300.0), (20, 59.0)])
def test_few_posts_or_days_give_no_trend(posts: int, span: float) -> None:
    day = np.linspace(0, span, posts)
    assert np.isnan(slopes(day / 30, np.zeros(posts), np.zeros(posts, dtype=int), 1)[0]).all()


def test_a_better_weekday_is_found_and_chance_is_not() -> None:
    rng = np.random.default_rng(7)
    n, each = 400, 60
    day = np.floor(rng.uniform(20_000, 20_365, n * each)) + 0.5
    group = np.repeat(np.arange(n), each)
    noise = rng.normal(0, 0.4, n * each)
    best, lift = weekdays(day, noise, group, n)
    assert np.isnan(best).mean() > 0.9
    assert (lift[np.isnan(best)] == 0).all()
    sundays = (np.floor(day).astype(int) + 3) % 7 == 6
    best, lift = weekdays(day, noise + 0.8 * sundays, group, n)
    assert (best == 6).mean() > 0.8
    assert np.median(lift) == pytest.approx(np.expm1(0.8 * 6 / 7), abs=0.35)


def test_few_posts_say_nothing_of_weekdays() -> None:
    best, lift = weekdays(np.arange(27.0), np.zeros(27), np.zeros(27, dtype=int), 1)
    assert np.isnan([best[0], lift[0]]).all()


def test_the_weekday_is_the_utc_one() -> None:
    monday = np.datetime64("2026-06-01").astype("datetime64[D]").astype(int)
    day = monday + 7.0 * np.arange(40) + np.tile([0.99, 1.01], 20)
    best, _ = weekdays(day, np.tile([1.0, -1.0], 20), np.zeros(40, dtype=int), 1)
    assert best[0] == 0


def test_consistency_and_cadence_by_arithmetic() -> None:
    log = np.log([1.0, 1.5, 0.7, 5.0, 2.0, 2.0, 2.0])
    assert consistency(log, np.array([0, 0, 0, 0, 1, 1, 1]), 2) == pytest.approx([0.75, np.nan], nan_ok=True)
    gap, steady = cadence(np.array([0.0, 2, 4, 6, 8, 0, 1, 2]), np.repeat([0, 1], [5, 3]), 2)
    assert gap == pytest.approx([2.0, np.nan], nan_ok=True)
    assert steady == pytest.approx([1.0, np.nan], nan_ok=True)
    moments = np.cumsum(np.random.default_rng(8).exponential(3.0, 5_000))
    gap, steady = cadence(moments, np.zeros(5_000, dtype=int), 1)
    assert gap[0] == pytest.approx(3 * np.log(2), rel=0.06)
    assert steady[0] == pytest.approx(0.39, abs=0.03)


def test_tiers_have_lower_bounds() -> None:
    bounds = Features().tiers
    assert [tier_of(n, bounds) for n in (None, float("nan"), 999, 1_000, 9_999, 10_000, 2e9)] == [
        None, None, None, "nano", "nano", "micro", "mega",
    ]  # fmt: skip


def measured(likes: int, **more: int) -> dict[str, int]:
    return {"likes": likes, "comments": 0, **more}


def read_late(world: World, post: str, account: str, before: float, reading: dict, **more: object) -> World:
    """A post whose reading was taken ten days later."""
    world.post(post, account, before, **more)
    return world.add("post_snapshots", post_id=post, observed_at=days(before - 10), **reading)


def test_rates_on_each_basis_stay_apart(tmp_path: Path) -> None:
    world = World().account("a", "ann").size("a", 1_000, 200)
    for i, likes in enumerate((10, 20, 40)):
        read_late(world, f"p{i}", "a", 20 + i, measured(likes, reach=400, views=200 if i else 100))
    read_late(world, "old", "a", 300, measured(999, impressions=1_998))
    got = row(world.snapshot(tmp_path), "a")
    assert got["engagement_by_followers"] == pytest.approx(0.02)
    assert got["engagement_by_reach"] == pytest.approx(0.05)
    assert got["engagement_by_views"] == pytest.approx(0.1)
    assert got["engagement_by_impressions"] == pytest.approx(0.5)
    assert [got[f"engagement_by_{b}_posts"] for b in ("followers", "reach", "views", "impressions")] == [
        3, 3, 3, 1,
    ]  # fmt: skip
    assert (got["engagement_by_followers_days"], got["engagement_by_impressions_days"]) == (90, 365)
    assert (got["reach_reported"], got["reach_posts"]) == (pytest.approx(400), 3)
    assert got["engagement_as_of"] == days(10)
    assert got["size_as_of"] == days(200)
    # One account is nobody's peer: nothing to shrink towards.
    assert (got["engagement_by_followers_shrunk"], got["reach_estimate"]) == (None, None)


def test_stories_young_readings_and_paid_totals_say_nothing(tmp_path: Path) -> None:
    world = World().account("a", "ann").size("a", 1_000, 200)
    read_late(world, "s", "a", 20, measured(900), kind="story")
    read_late(world, "t", "a", 21, {**measured(900), "scope": "total"})
    world.post("y", "a", 22).add("post_snapshots", post_id="y", observed_at=days(20), **measured(900))
    got = row(world.snapshot(tmp_path), "a")
    assert (got["engagement_by_followers"], got["engagement_by_followers_posts"]) == (None, 0)
    assert got["engagement_as_of"] is None
    assert got["engagement_rate"] == pytest.approx(0.9)


def test_a_reported_rate_stands_in_on_its_own_basis(tmp_path: Path) -> None:
    report = {"engagement_rate": 0.03, "engagement_window_days": 60, "engagement_basis": "views"}
    got = row(World().account("a", "ann").size("a", 100, 10, **report).snapshot(tmp_path), "a")
    assert (got["engagement_by_views"], got["engagement_by_views_days"]) == (pytest.approx(0.03), 60)
    assert (got["engagement_by_views_posts"], got["engagement_by_followers"]) == (0, None)
    assert got["engagement_as_of"] == days(10)


def crowd(reporting: int, viewed: int) -> World:
    """Accounts of which the first ``reporting`` tell their posts' reach: a fifth of the size, half of the views."""
    rng, world = np.random.default_rng(9), World()
    for i in range(reporting + viewed + 1):
        size = int(2_000 * 1.1**i)
        world.account(f"a{i:02}", f"c{i:02}").size(f"a{i:02}", size, 30)
        for j in range(5):
            reach = int(size * 0.2 * np.exp(rng.normal(0, 0.3)))
            told = {"reach": reach} if i < reporting else {}
            seen = {"views": 2 * reach} if i < reporting + viewed else {}
            read_late(world, f"p{i}.{j}", f"a{i:02}", 20 + j, measured(reach // 10, **told, **seen))
    return world


def test_reach_is_reported_else_told_by_views_else_by_size(tmp_path: Path) -> None:
    snapshot = crowd(20, 3).snapshot(tmp_path)
    told, seen, sized = (row(snapshot, name) for name in ("a05", "a21", "a23"))
    assert [r["reach_basis"] for r in (told, seen, sized)] == ["reported", "views", "followers"]
    for r in (told, seen, sized):
        assert r["reach_estimate"] == pytest.approx(0.2 * r["followers"], rel=0.3)
        assert r["reach_low"] < r["reach_estimate"] < r["reach_high"]
        assert r["reach_high"] / r["reach_low"] == pytest.approx(np.exp(2 * 1.28 * 0.3), rel=0.5)
    assert told["reach_confidence"] > seen["reach_confidence"] > sized["reach_confidence"] > 0
    assert seen["reach_reported"] is None
    assert told["engagement_by_followers_percentile"] is not None


def test_confidence_falls_with_age_and_grows_with_posts(tmp_path: Path) -> None:
    later = NOW + timedelta(days=180)
    now, then = crowd(6, 0).snapshots(tmp_path, [NOW, later])
    fresh, old = row(now, "a01"), row(then, "a01")
    assert old["engagement_as_of"] == fresh["engagement_as_of"]
    assert old["engagement_confidence"] == pytest.approx(0.5 * fresh["engagement_confidence"])
    assert fresh["engagement_confidence"] == pytest.approx(5 / (5 + 5) * 2 ** (-10 / 180))
