"""Evidence of authenticity of toy accounts whose right answer is known by arithmetic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from features_world import NOW, World, days, row

from tastemaker.config import Features
from tastemaker.features import FeatureSnapshot, authenticity_reasons
from tastemaker.features.authenticity import shipped_model, standings_of


def grown(world: World, account: str, followers: list[int], following: list[int] | None = None) -> World:
    """A reading every 30 days, the last ten days before NOW."""
    for k, count in enumerate(reversed(followers)):
        more = {} if following is None else {"following": following[len(following) - 1 - k]}
        world.size(account, count, 10 + 30 * k, **more)
    return world


def answered(world: World, account: str, posts: list[tuple[float, int, int]], **row: object) -> World:
    """(days before, likes, comments) by post."""
    for i, (before, likes, comments) in enumerate(posts):
        name = f"{account}.{len(world.rows['posts'])}.{i}"
        world.post(name, account, before, {"likes": likes, "comments": comments}, **row)
    return world


def test_growth_tells_its_largest_step_its_day_and_its_worst_month(tmp_path: Path) -> None:
    world = grown(
        World().account("a", "ann"), "a", [1000, 1010, 1020, 2040, 1632, 1650], [9, 99, 49, 49, 49, 49]
    )
    got = row(world.snapshot(tmp_path), "a")
    steps = np.diff(np.log(np.array([1000, 1010, 1020, 2040, 1632, 1650]) + 1.0))
    assert got["growth_spike"] == pytest.approx(steps.max() - np.median(steps))
    assert got["growth_fall"] == pytest.approx(np.median(steps) - steps.min())
    assert got["growth_spike_at"] == days(70)
    assert got["following_swing"] == pytest.approx(np.log(100 / 50))
    assert got["authenticity_readings"] == 6
    assert got["authenticity_as_of"] == days(10)


def test_unpaid_posts_are_measured_against_paid_ones_and_stories_left_out(tmp_path: Path) -> None:
    world = grown(World().account("a", "ann"), "a", [1000, 1000, 1000, 1000])
    answered(world, "a", [(20, 90, 10), (40, 45, 5), (60, 180, 20)])
    answered(world, "a", [(30, 50, 1)], paid_label=True)
    answered(world, "a", [(25, 900, 900)], kind="story")
    got = row(world.snapshot(tmp_path), "a")
    assert got["response"] == pytest.approx(0.1)
    assert got["comment_ratio"] == pytest.approx(35.5 / 315.5)
    assert got["paid_gap"] == pytest.approx(0.1 / 0.051)
    assert got["paid_comment_gap"] == pytest.approx((35.5 / 315.5) / (1.5 / 50.5))
    assert (got["authenticity_posts"], got["authenticity_likes"], got["authenticity_paid_posts"]) == (
        3,
        315,
        1,
    )
    assert got["evenness"] is None


def test_growth_that_nobody_answers_is_hollow(tmp_path: Path) -> None:
    world = grown(World().account("a", "ann").account("b", "bob"), "a", [1000, 1000, 1000, 2000, 2000, 2000])
    grown(world, "b", [1000, 1000, 1000, 2000, 2000, 2000])
    for name, later in (("a", 100), ("b", 200)):
        answered(world, name, [(150, 100, 0), (140, 100, 0), (25, later, 0), (20, later, 0)])
    snapshot = world.snapshot(tmp_path)
    assert row(snapshot, "a")["hollow_growth"] == pytest.approx(np.log(2001 / 1001))
    assert row(snapshot, "b")["hollow_growth"] == pytest.approx(0.0, abs=0.01)


def test_followers_that_drip_in_shift_the_pace_without_a_spike(tmp_path: Path) -> None:
    """A pace of 5 % a month that held for half a year; a single jump of the same size shifts nothing."""
    world = World().account("drip", "ann").account("jump", "bob").account("new", "cy")
    slow, fast = (
        [round(1e6 * 1.01**k) for k in range(7)],
        [round(1e6 * 1.01**6 * 1.05**k) for k in range(1, 7)],
    )
    grown(world, "drip", slow + fast)
    grown(world, "jump", [*slow, *(round(1e6 * 1.01**k * 1.2) for k in range(7, 13))])
    grown(world, "new", slow[:6])
    snapshot = world.snapshot(tmp_path)
    assert row(snapshot, "drip")["growth_shift"] == pytest.approx(np.log(1.05 / 1.01), abs=1e-4)
    assert row(snapshot, "jump")["growth_shift"] == pytest.approx(0.0, abs=1e-4)
    assert row(snapshot, "new")["growth_shift"] is None


def test_a_reported_rate_that_falls_as_followers_grow_is_told(tmp_path: Path) -> None:
    world = World()
    sizes = np.round(1e6 * 1.04 ** np.arange(6)).astype(int).tolist()
    rates = {
        "hollow": [0.05 / 1.04**k for k in range(6)],
        "kept": [0.05] * 6,
        "shrunk": [0.05 / 1.04**k for k in range(6)],
        "few": [0.05, 0.04, 0.03, None, None, None],
    }
    for name, told in rates.items():
        world.account(name, f"c{name}")
        for k, rate in enumerate(told):
            size = sizes[0] if name == "shrunk" else sizes[k]
            more = {} if rate is None else {"engagement_rate": rate, "engagement_basis": "followers"}
            world.size(name, size, 200 - 30 * k, **more)
    snapshot = world.snapshot(tmp_path)
    assert row(snapshot, "hollow")["reported_fall"] == pytest.approx(5 * np.log(1.04), abs=1e-4)
    assert row(snapshot, "kept")["reported_fall"] == pytest.approx(0.0, abs=1e-9)
    assert row(snapshot, "shrunk")["reported_fall"] == pytest.approx(0.0, abs=1e-9)
    assert row(snapshot, "few")["reported_fall"] is None


def test_likes_bought_for_some_posts_make_them_unequal(tmp_path: Path) -> None:
    world = World()
    posts = {
        "even": [(1000, 40, 9000), (2000, 80, 18_000), (500, 20, 4500), (1500, 60, 13_500)],
        "some": [(3000, 40, 9000), (2000, 80, 18_000), (1500, 20, 4500), (4500, 60, 13_500)],
        "mute": [(1000, 0, None), (2000, 0, None), (500, 0, None), (1500, 0, None)],
        "two": [(1000, 40, 9000), (2000, 80, 18_000)],
    }
    for name, counts in posts.items():
        world.account(name, f"c{name}").size(name, 100_000, 5)
        for i, (likes, comments, views) in enumerate(counts):
            read = {"likes": likes, "comments": comments} | ({} if views is None else {"views": views})
            world.post(f"{name}{i}", name, 20.0 * (i + 1), read)
    snapshot = world.snapshot(tmp_path)
    found = {name: row(snapshot, name) for name in posts}
    assert found["even"]["comment_unevenness"] == pytest.approx(np.log(1 / 4))
    assert found["even"]["view_unevenness"] == pytest.approx(0.0, abs=1e-9)
    likes, comments = np.array([[a, b] for a, b, _ in posts["some"]], dtype=float).T
    expected = likes * comments.sum() / likes.sum()
    chi = ((comments - expected) ** 2 / expected).sum()
    assert found["some"]["comment_unevenness"] == pytest.approx(np.log((chi + 1) / 4))
    views = np.array([c for *_, c in posts["some"]], dtype=float)
    assert found["some"]["view_unevenness"] == pytest.approx(np.log(likes / views).std(ddof=1))
    assert found["mute"]["comment_unevenness"] is None
    assert (found["two"]["comment_unevenness"], found["two"]["view_unevenness"]) == (None, None)


def test_comments_tell_repetition_shortness_regulars_and_haste(tmp_path: Path) -> None:
    world = World().account("a", "ann").size("a", 100, 5).post("p", "a", 10)
    said = [
        ("Wow!!", "x"),
        ("wow", "x"),
        ("wow 🔥", "y"),
        ("🔥", "z"),
        ("how long did it take", None),
        ("so so so so", "x"),
    ]
    for i, (text, author) in enumerate(said):
        world.add("comments", comment_id=f"c{i}", post_id="p", posted_at=days(10 - (i + 1) / 24), text=text,
                  author_hash=author)  # fmt: skip
    got = row(world.snapshot(tmp_path), "a")
    assert got["comment_repetition"] == pytest.approx(3 / 6)
    assert got["comment_shortness"] == pytest.approx(4 / 6)
    assert got["comment_regulars"] == pytest.approx(1 - 3 / 5)
    assert got["comment_delay"] == pytest.approx(3.5)
    assert got["authenticity_comments"] == 6


def crowd(extra: World | None = None) -> World:
    """Forty honest accounts of one platform, size and niche, with US audiences that speak English."""
    world, rng = extra or World(), np.random.default_rng(0)
    for i in range(40):
        name = f"h{i:02}"
        world.account(name, f"ch{i:02}", category="food", language="en")
        sizes = 10_000 * np.cumprod(1 + rng.normal(0.01, 0.01, 8))
        grown(world, name, [int(s) for s in sizes], [300 + int(x) for x in rng.integers(0, 50, 8)])
        likes = 400 * np.exp(rng.normal(0, 0.3, 6))
        answered(world, name, [(20.0 * (k + 1), int(x), int(x * 0.04)) for k, x in enumerate(likes)])
        world.audience(name, "language", {"en": 0.8 + 0.1 * rng.random()}, 50)
        world.audience(name, "country", {"US": 0.6 + 0.2 * rng.random(), "GB": 0.1}, 50)
    return world


def bought(world: World) -> World:
    world.account("bad", "cbad", category="food", language="en")
    grown(world, "bad", [5_000, 5_050, 5_100, 5_150, 10_400, 10_400, 10_400, 10_400], [300] * 8)
    answered(world, "bad", [(20.0 * (k + 1), 150, 6) for k in range(6)])
    world.audience("bad", "language", {"en": 0.4, "hi": 0.5}, 50)
    return world.audience("bad", "country", {"US": 0.3, "PK": 0.3, "MA": 0.3}, 50)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> FeatureSnapshot:
    return bought(crowd()).snapshot(tmp_path_factory.mktemp("market"))


def test_bought_followers_are_found_and_honest_accounts_are_not(market: FeatureSnapshot) -> None:
    p = dict(zip(market.table.column("account_id").to_pylist(), market.column("authenticity"), strict=True))
    limit = shipped_model().threshold(Features().fraud_base_rate)
    assert p["bad"] < 0.05 < limit
    assert np.mean([p[name] < limit for name in p if name != "bad"]) <= 0.05
    assert row(market, "bad")["audience_abroad"] == pytest.approx(0.56, abs=0.03)


def test_reasons_are_words_with_their_numbers_and_sum_to_the_log_odds(market: FeatureSnapshot) -> None:
    at = market.table.column("account_id").to_pylist().index("bad")
    (told,) = authenticity_reasons(market, [at], at_most=99)
    by = {reason.evidence: reason for reason in told}
    assert "100% beyond the usual month, read on 2026-02-21" in by["growth_spike"].text
    assert by["growth_spike"].contribution < -1
    assert "40% of the audience speak a language of the creator" in by["audience_language"].text
    assert by["response"].numbers["posts"] == 6
    assert [abs(r.contribution) for r in told] == sorted((abs(r.contribution) for r in told), reverse=True)
    log_odds = sum(r.contribution for r in told) + np.log(0.8 / 0.2)
    assert market.column("authenticity")[at] == pytest.approx(1 / (1 + np.exp(-log_odds)))
    assert len(authenticity_reasons(market, [at])[0]) == 3


def test_confidence_grows_with_evidence_and_is_unknown_where_the_probability_is(
    market: FeatureSnapshot,
) -> None:
    sure = market.column("authenticity_confidence")
    assert ((sure > 0.3) & (sure < 0.6)).all()
    assert (np.isnan(sure) == np.isnan(market.column("authenticity"))).all()
    assert all(
        np.isfinite(v).any() for k, v in standings_of(market).items() if k.startswith(("growth", "resp"))
    )


def test_the_base_rate_and_own_weights_are_settings(tmp_path: Path) -> None:
    shipped_model().save(tmp_path / "own.json")
    config = Features(
        workers=1, buckets=1, fraud_base_rate=0.5, authenticity_weights=str(tmp_path / "own.json")
    )
    got = bought(crowd()).snapshots(tmp_path / "w", [NOW], config=config)[0]
    usual = shipped_model().probability(standings_of(got), 0.2)
    assert (got.column("authenticity") < usual).all()


def test_reasons_are_those_of_the_model_that_the_snapshot_was_built_with(tmp_path: Path) -> None:
    shipped = shipped_model()
    stricter = replace(shipped, slopes=shipped.slopes * 1.5, calm=shipped.calm * 0.5)
    stricter.save(tmp_path / "own.json")
    config = Features(workers=1, buckets=2, authenticity_weights=str(tmp_path / "own.json"))
    got = bought(crowd()).snapshots(tmp_path / "w", [NOW], config=config, buckets=2)[0]
    (tmp_path / "own.json").unlink()
    every = range(len(got))
    for told, p in zip(
        authenticity_reasons(got, every, at_most=None), got.column("authenticity"), strict=True
    ):
        log_odds = sum(r.contribution for r in told) + np.log(0.8 / 0.2)
        assert p == pytest.approx(1 / (1 + np.exp(-log_odds)))
    by_shipped = authenticity_reasons(got, every, model=shipped, at_most=None)
    assert by_shipped != authenticity_reasons(got, every, at_most=None)


def test_how_far_a_reason_lies_off_is_in_words(market: FeatureSnapshot) -> None:
    said = {text.split("; ")[1].split(" (")[0] for text in _texts(market)}
    assert {"as usual for accounts like it", "far above accounts like it", "0% is usual"} <= said
    assert all(
        " (" in text.split("; ")[1] for text in _texts(market) if " above " in text or " below " in text
    )
    assert not any("by at least 0" in text or "factor of at least 1.00" in text for text in _texts(market))


def _texts(market: FeatureSnapshot) -> list[str]:
    return [r.text for told in authenticity_reasons(market, range(len(market)), at_most=None) for r in told]


def test_credibility_is_read_where_a_source_gives_it(tmp_path: Path) -> None:
    world = crowd()
    for i in range(40):
        world.size(f"h{i:02}", 11_000, 2, audience_credibility=0.3 if i == 0 else 0.8 + i / 400)
    snapshot = world.snapshot(tmp_path)
    assert row(snapshot, "h00")["audience_credibility"] == 0.3
    assert row(snapshot, "h00")["odd_audience_credibility"] < -3
    assert row(snapshot, "h00")["authenticity"] < row(snapshot, "h20")["authenticity"]
