"""Snapshots of toy marketplaces whose right answers are known by arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from features_world import NOW, World, days, row

from tastemaker.schema import AUDIENCE_COLUMNS


def reading(likes: int | None, comments: int | None = 0, **more: int) -> dict[str, int | None]:
    return {"likes": likes, "comments": comments, **more}


def test_engagement_is_the_median_over_the_window_of_the_latest_readings(tmp_path: Path) -> None:
    world = World().account("a", "ann").size("a", 500, 200).size("a", 1_000, 10)
    world.post("p1", "a", 20, reading(10, 5, shares=3, saves=2)).post("p2", "a", 30, reading(40)).post(
        "p3", "a", 40, reading(90)
    )
    world.add("post_snapshots", post_id="p2", observed_at=days(2), likes=60, comments=0)
    world.add("post_snapshots", post_id="p2", observed_at=days(-2), likes=999, comments=0)
    world.post("old", "a", 100, reading(900))
    got = row(world.snapshot(tmp_path), "a")
    assert got["engagement_rate"] == pytest.approx(0.06)
    assert (got["engagement_basis"], got["engagement_window_days"], got["engagement_posts"]) == (
        "followers",
        90,
        3,
    )
    assert got["posts_per_week"] == pytest.approx(3 * 7 / 90)
    assert got["comment_like_ratio"] == pytest.approx(5 / (10 + 60 + 90 + 900))
    assert got["last_post_at"] == days(20)


def test_engagement_widens_to_a_year_when_posts_are_few(tmp_path: Path) -> None:
    world = (
        World()
        .account("a", "ann")
        .size("a", 100, 10)
        .post("p1", "a", 20, reading(1))
        .post("p2", "a", 200, reading(3))
    )
    got = row(world.snapshot(tmp_path), "a")
    assert (got["engagement_rate"], got["engagement_window_days"], got["engagement_posts"]) == (
        pytest.approx(0.02),
        365,
        2,
    )
    assert got["posts_per_week"] == pytest.approx(7 / 90)


def test_reported_engagement_stands_in_only_on_the_same_basis(tmp_path: Path) -> None:
    report = {"engagement_rate": 0.03, "engagement_window_days": 60}
    world = World().account("a", "ann").size("a", 100, 10, engagement_basis="followers", **report)
    world.account("b", "bob").size("b", 100, 10, engagement_basis="views", **report)
    snapshot = world.snapshot(tmp_path)
    a, b = row(snapshot, "a"), row(snapshot, "b")
    assert (a["engagement_rate"], a["engagement_window_days"], a["engagement_posts"]) == (0.03, 60, 0)
    assert (b["engagement_rate"], b["engagement_basis"], b["engagement_window_days"]) == (None, None, None)


def test_hidden_likes_and_unknown_followers_give_no_rate(tmp_path: Path) -> None:
    world = (
        World()
        .account("a", "ann")
        .size("a", 100, 10)
        .post("p1", "a", 5, {"likes": None, "comments": None, "views": 70})
    )
    world.account("b", "bob").post("p2", "b", 5, reading(9))
    snapshot = world.snapshot(tmp_path)
    a, b = row(snapshot, "a"), row(snapshot, "b")
    assert (a["engagement_rate"], a["views_median"], a["engagement_posts"]) == (None, 70, 0)
    assert (b["engagement_rate"], b["followers"]) == (None, None)


def test_an_account_of_which_little_is_known_is_unknown_and_never_zero(tmp_path: Path) -> None:
    got = row(World().account("a", "ann").snapshot(tmp_path), "a")
    known = {k for k, v in got.items() if v is not None}
    counts = {"engagement_posts", "past_campaigns", "safety_posts", "theme_count", "reach_posts"}
    counts |= {f"engagement_by_{basis}_posts" for basis in ("followers", "reach", "impressions", "views")}
    counts |= {f"authenticity_{name}" for name in ("readings", "posts", "likes", "paid_posts", "comments")}
    counts |= {"content_posts", "comments_read"}
    assert known == {"account_id", "creator_id", "platform", "handle"} | counts
    assert {got[name] for name in counts} == {0}


def test_growth_is_scaled_to_90_days(tmp_path: Path) -> None:
    world = (
        World()
        .account("a", "ann")
        .size("a", 100, 300)
        .size("a", 200, 101)
        .size("a", 150, 80)
        .size("a", 300, 1)
    )
    world.account("b", "bob").size("b", 100, 46).size("b", 110, 1)
    world.account("c", "cat").size("c", 100, 20).size("c", 110, 1)
    snapshot = world.snapshot(tmp_path)
    assert row(snapshot, "a")["follower_growth"] == pytest.approx(1.5**0.9 - 1)
    assert row(snapshot, "b")["follower_growth"] == pytest.approx(1.1**2 - 1)
    assert row(snapshot, "c")["follower_growth"] is None


def test_sponsored_posts_by_label_or_tag(tmp_path: Path) -> None:
    world = World().account("a", "ann", language="en").size("a", 100, 300)
    world.post("p1", "a", 10, reading(2), paid_label=True).post(
        "p2", "a", 20, reading(4), hashtags=["#Werbung"]
    )
    world.post("p3", "a", 30, reading(6), paid_label=False).post(
        "p4", "a", 40, reading(9), hashtags=["adventure"]
    )
    world.post("p5", "a", 50, reading(50))
    got = row(world.snapshot(tmp_path), "a")
    assert got["sponsored_share"] == pytest.approx(0.5)
    assert got["sponsored_engagement_ratio"] == pytest.approx(3 / 7.5)


def test_the_best_basis_then_the_latest_report_of_each_facet(tmp_path: Path) -> None:
    world = World().account("a", "ann")
    world.audience("a", "country", {"US": 0.4, "GB": 0.3, "ZZ": 0.05, "YY": 0.05}, 50)
    world.audience("a", "country", {"US": 0.9}, 90).audience("a", "country", {"FR": 1.0}, 5, basis="engaged")
    world.audience("a", "language", {"en": 0.7}, 5, basis="viewers").audience(
        "a", "language", {"de": 1.0}, -1
    )
    world.audience("a", "city", {"Ulm": 1.0}, 5)
    snapshot = world.snapshot(tmp_path)
    got = dict(zip(AUDIENCE_COLUMNS, snapshot.audience[0].tolist(), strict=True))
    country = {k: v for (f, k), v in got.items() if f == "country" and v}
    assert country == pytest.approx({"US": 0.4, "GB": 0.3, "other": 0.1})
    assert {k: v for (f, k), v in got.items() if f == "language" and v} == pytest.approx({"en": 0.7})
    assert np.isnan([v for (f, _), v in got.items() if f in ("interest", "age_gender")]).all()


def test_fee_from_own_quotes_in_dollars_at_the_known_rate(tmp_path: Path) -> None:
    world = World().account("a", "ann").account("a2", "ann", "tiktok").account("b", "bob")
    world.add("fx_rates", currency="EUR", observed_at=days(30), usd=1.25).add(
        "fx_rates", currency="EUR", observed_at=days(-1), usd=9.0
    )
    for number, (quoted, currency, before) in enumerate(
        [(80, "EUR", 10), (300, "USD", 20), (200, None, 30), (9, "USD", 400), (7, "XYZ", 5), (1, "USD", -3)]
    ):
        world.add(
            "offers",
            decision_id=f"d{number}",
            creator_id="ann",
            at=days(before),
            quoted=float(quoted),
            currency=currency,
        )
    snapshot = world.snapshot(tmp_path)
    assert [(row(snapshot, i)["fee"], row(snapshot, i)["fee_basis"]) for i in ("a", "a2")] == [
        (200.0, "quotes")
    ] * 2
    assert (row(snapshot, "b")["fee"], row(snapshot, "b")["fee_basis"]) == (None, None)
    assert snapshot.fx == {"USD": 1.0, "EUR": 1.25}


def test_fee_from_peers_follows_their_quotes(tmp_path: Path) -> None:
    world = World()
    for i in range(12):
        followers = 1_000 * 2**i
        world.account(f"a{i}", f"c{i}").size(f"a{i}", followers, 5)
        world.add(
            "offers", decision_id="d", creator_id=f"c{i}", at=days(9), quoted=2.0 * (followers + 1) ** 0.7
        )
    world.account("new", "zed").size("new", 50_000, 5).account("tt", "zed", "tiktok").size(
        "tt", 50_000, 5
    ).account("blank", "yan")
    snapshot = world.snapshot(tmp_path)
    assert row(snapshot, "new")["fee"] == pytest.approx(2.0 * 50_001**0.7, rel=0.01)
    assert row(snapshot, "new")["fee_basis"] == "peers"
    assert [row(snapshot, i)["fee"] for i in ("tt", "blank")] == [None, None]


def test_past_work_counts_the_latest_reading_of_each_deliverable(tmp_path: Path) -> None:
    world = (
        World()
        .account("a", "ann")
        .add("brands", brand_id="b1", name="Quorlip")
        .add("brands", brand_id="b2", name="Zumbrel")
    )
    for campaign, brand, end in (("c1", "b1", 100), ("c2", "b2", 50), ("c3", "b2", -50)):
        world.add(
            "campaigns",
            campaign_id=campaign,
            brand_id=brand,
            brief="{}",
            starts_at=days(end + 20),
            ends_at=days(end),
        )

    def outcome(campaign: str, deliverable: str, before: float, **facts: float) -> None:
        world.add(
            "outcomes",
            campaign_id=campaign,
            creator_id="ann",
            deliverable=deliverable,
            observed_at=days(before),
            **facts,
        )

    outcome("c1", "post", 98, reach=10, likes=1, content_rating=1.0)
    outcome("c1", "post", 90, reach=1_000, likes=30, comments=10, conversions=5, content_rating=4.0)
    outcome("c1", "story", 90, reach=1_000, content_rating=3.0)
    outcome("c2", "post", 49, reach=1_000, likes=20, conversions=1)
    outcome("c2", "post", -1, reach=9_000, likes=9_000)
    world.add("decisions", decision_id="d1", campaign_id="c3", brief="{}", made_at=days(6), policy="p")
    world.add("offers", decision_id="d1", creator_id="ann", at=days(5), agreed=True)
    snapshot = world.snapshot(tmp_path)
    got = row(snapshot, "a")
    assert got["past_campaigns"] == 2
    assert got["past_content_rating"] == pytest.approx(3.5)
    assert got["past_engagement_ratio"] == pytest.approx(60 / 2_000)
    assert got["past_conversion_rate"] == pytest.approx(6 / 2_000)
    assert snapshot.collaborations.to_pylist() == [
        {"creator_id": "ann", "brand_id": "b1", "brand_name": "Quorlip", "last_at": days(100)},
        {"creator_id": "ann", "brand_id": "b2", "brand_name": "Zumbrel", "last_at": days(5)},
    ]


def test_the_latest_known_version_of_an_account_counts(tmp_path: Path) -> None:
    world = World().account("a", "ann", handle="first", bio="a", valid_from=days(100))
    world.account("a", "ann", handle="second", bio="b", valid_from=days(10)).account(
        "a", "ann", handle="third", valid_from=days(-1)
    )
    before, now = world.snapshots(tmp_path, [days(50), NOW])
    assert (row(before, "a")["handle"], row(now, "a")["handle"]) == ("first", "second")
    assert before.themes[0].tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    assert now.themes[0].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert len(World().account("a", "ann", valid_from=days(-1)).snapshot(tmp_path / "none")) == 0


def test_themes_come_from_posts_else_from_the_bio_else_there_is_none(tmp_path: Path) -> None:
    world = World().account("a", "ann", bio="h").account("b", "bob", bio="h").account("c", "cat", bio="...")
    world.post("p1", "a", 60, caption="a").post("p2", "a", 50, caption="ab").post(
        "p3", "a", 40, caption="d"
    ).post("p4", "a", 30, caption="...")
    world.post("late", "a", 20, caption="f", observed_at=days(-5))
    early, snapshot = world.snapshots(tmp_path, [days(70), NOW])
    assert snapshot.theme_row.tolist() == [0, 0, 1]
    assert np.argmax(snapshot.themes, axis=1).tolist() == [0, 3, 7]
    assert np.linalg.norm(snapshot.themes, axis=1) == pytest.approx([1, 1, 1])
    assert [row(snapshot, i)["theme_count"] for i in "abc"] == [2, 1, 0]
    assert early.theme_row.tolist() == [0, 1]
    assert np.argmax(early.themes, axis=1).tolist() == [7, 7]


def test_creator_facts_and_order(tmp_path: Path) -> None:
    zoe = {
        "creator_id": "zoe",
        "display_name": "Zoe Q",
        "country": "DE",
        "languages": ["de"],
        "open_to": ["flat"],
    }
    world = World().add("creators", **zoe, owner_id="o", available_from=days(-9))
    world.account("z2", "zoe", "tiktok", verified=True, category="food").account(
        "z1", "zoe", language="fr"
    ).account("b", "bob", language="fr")
    snapshot = world.snapshot(tmp_path)
    assert snapshot.column("account_id").tolist() == ["b", "z1", "z2"]
    z1, b = row(snapshot, "z1"), row(snapshot, "b")
    assert (z1["languages"], b["languages"]) == (["de"], ["fr"])
    facts = ("display_name", "country", "open_to", "owner_id", "available_from")
    assert tuple(z1[name] for name in facts) == (
        "Zoe Q",
        "DE",
        ["flat"],
        "o",
        days(-9),
    )
    assert (row(snapshot, "z2")["verified"], row(snapshot, "z2")["category"]) == (True, "food")
