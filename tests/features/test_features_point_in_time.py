"""What was observed after a moment changes nothing in its snapshot; nor do buckets, workers or other moments."""

from __future__ import annotations

import random
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from features_world import NOW, World, days
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.config import Features
from tastemaker.features import FeatureSnapshot

ACCOUNTS = 14
SAID = (
    "",
    "",
    "#ad with my tea",
    "what the hell, this shit broke",
    "vodka by the fire, use code TARN15 for 15% off",
)
ACCOUNTS = 24


def random_world(seed: int) -> World:
    """Creators with one or two accounts and every kind of fact, all of it known by NOW and some long before."""
    rng = random.Random(seed)
    world = World()
    for brand in range(3):
        world.add("brands", brand_id=f"b{brand}", name=f"Brand {brand}", category="food")
        world.add(
            "campaigns",
            campaign_id=f"k{brand}",
            brand_id=f"b{brand}",
            brief="{}",
            starts_at=days(300),
            ends_at=days(100),
        )
        world.add(
            "decisions",
            decision_id=f"d{brand}",
            campaign_id=f"k{brand}",
            brief="{}",
            made_at=days(310),
            policy="p",
        )
    world.add("fx_rates", currency="EUR", observed_at=days(400), usd=1.1).add(
        "fx_rates", currency="EUR", observed_at=days(40), usd=1.2
    )
    for number in range(ACCOUNTS):
        account, creator = f"a{number:02}", f"c{number * 2 // 3:02}"
        world.account(
            account, creator, rng.choice(["instagram", "instagram", "tiktok"]), bio=rng.choice([None, "abc", "fgh"]),
            language="en", category=rng.choice([None, "food", "gaming"]), valid_from=days(rng.uniform(100, 500)),
        )  # fmt: skip
        for before in (400, 300, 200, 150, 100, 50, 20, 3):
            world.size(
                account,
                rng.randint(100, 10_000),
                before + rng.random(),
                following=rng.randint(0, 500),
                audience_credibility=rng.choice([None, 0.5, 0.9]),
            )
        for post in range(rng.randint(0, 12)):
            before = rng.uniform(5, 350)
            reading = {
                "observed_at": days(before - rng.choice([1, 4, 5])),
                "likes": rng.randint(0, 300),
                "comments": rng.randint(0, 30),
                "views": rng.randint(0, 5_000),
                "reach": rng.choice([None, rng.randint(1, 9_000)]),
                "impressions": rng.choice([None, rng.randint(1, 9_000)]),
            }
            late = days(rng.uniform(0, before))
            caption = " ".join(("".join(rng.choices("abcdefgh", k=3)), rng.choice(SAID)))
            world.post(
                f"{account}.{post}", account, before, reading, caption=caption,
                paid_label=rng.choice([None, True, False]), observed_at=rng.choice([None, late]),
            )  # fmt: skip
            for comment in range(rng.randint(0, 3)):
                world.add("comments", comment_id=f"{account}.{post}.{comment}", post_id=f"{account}.{post}",
                          posted_at=days(before), text=rng.choice(["wow", "nice", "how long did it take"]),
                          author_hash=rng.choice([None, "x", "y"]))  # fmt: skip
        for facet, keys in (("country", ["US", "GB", "XX", "YY"]), ("language", ["en", "de"])):
            shares = {key: round(rng.random() / 4, 3) for key in keys}
            world.audience(
                account,
                facet,
                shares,
                rng.uniform(1, 300),
                rng.choice(["followers", "engaged"]),
                rng.choice([None, 80, 900]),
            )
    for creator in sorted({r["creator_id"] for r in world.rows["creators"]}):
        for brand in range(3):
            world.add("offers", decision_id=f"d{brand}", creator_id=creator, at=days(rng.uniform(1, 300)),
                      quoted=rng.uniform(50, 900), agreed=rng.random() < 0.5,
                      package=rng.choice([None, '{"lines": [{"kind": "reel", "count": 2}, {"kind": "story"}]}']),
                      currency=rng.choice(["USD", "EUR", None]))  # fmt: skip
            world.add("outcomes", campaign_id=f"k{brand}", creator_id=creator, deliverable="post",
                      observed_at=days(rng.uniform(1, 100)), reach=rng.randint(1, 999), likes=rng.randint(0, 99),
                      conversions=rng.randint(0, 9), content_rating=rng.uniform(1, 5),
                      on_time=rng.random() < 0.8)  # fmt: skip
    return world


BASE = random_world(11)
CREATORS = sorted({r["creator_id"] for r in BASE.rows["creators"]})
POSTS = sorted(r["post_id"] for r in BASE.rows["posts"])

account_ids = st.integers(0, ACCOUNTS - 1).map(lambda n: f"a{n:02}")
creator_ids, post_ids = st.sampled_from(CREATORS), st.sampled_from(POSTS)
later = st.floats(1e-6, 300).map(lambda d: NOW + timedelta(days=d) + timedelta(microseconds=1))
earlier = st.floats(0, 300).map(days)
counts = st.integers(0, 10**6)


Fact = tuple[str, dict[str, Any]]


def fact(table: str, **columns: Any) -> st.SearchStrategy[Fact]:
    """A row of a table; a column is a strategy or a fixed value."""
    drawn = {k: v if isinstance(v, st.SearchStrategy) else st.just(v) for k, v in columns.items()}
    return st.tuples(st.just(table), st.fixed_dictionaries(drawn))


LATER_FACTS = st.one_of(
    fact("accounts", account_id=account_ids, creator_id="c00", platform="youtube", handle="new",
         bio=st.sampled_from(["hhh", ""]), category="food", valid_from=later),
    fact("accounts", account_id="fresh", creator_id=creator_ids, platform="tiktok", handle="x", valid_from=later),
    fact("account_snapshots", account_id=account_ids, observed_at=later, followers=counts, following=counts,
         audience_credibility=st.floats(0, 1)),
    fact("posts", account_id=account_ids, posted_at=later, kind="reel", caption="hg"),
    fact("posts", account_id=account_ids, posted_at=earlier, observed_at=later, kind="reel", caption="hg"),
    fact("posts", account_id=account_ids, posted_at=earlier, observed_at=later, kind="reel", paid_label=True,
         caption="#ad the fucking vodka"),
    fact("posts", account_id=account_ids, posted_at=later, observed_at=earlier, kind="reel", caption="h"),
    fact("post_snapshots", post_id=post_ids, observed_at=later, likes=counts, comments=counts),
    fact("post_snapshots", post_id=post_ids, observed_at=later, views=counts, reach=counts, impressions=counts),
    fact("comments", post_id=post_ids, posted_at=later, text="wow"),
    fact("comments", post_id=post_ids, posted_at=earlier, observed_at=later, text="wow", author_hash="x"),
    fact("audiences", account_id=account_ids, observed_at=later, basis="followers", facet="interest",
         key="food", share=0.5, sample_size=counts),
    fact("audiences", account_id=account_ids, observed_at=later, basis="followers", facet="country",
         key=st.sampled_from(["US", "QQ"]), share=0.5),
    fact("offers", decision_id="d1", creator_id=creator_ids, at=later, quoted=st.floats(1, 1e6), agreed=True,
         package=st.sampled_from([None, '{"lines": [{"kind": "blog", "count": 3}]}'])),
    fact("outcomes", campaign_id="k1", creator_id=creator_ids, deliverable="post", observed_at=later,
         reach=counts, likes=counts, content_rating=1.0, on_time=False),
    fact("fx_rates", currency=st.sampled_from(["EUR", "GBP"]), observed_at=later, usd=st.floats(0.1, 9)),
)  # fmt: skip

IDS = {"posts": "post_id", "comments": "comment_id"}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def built(world: World, *moments: Any, buckets: int = 1, workers: int = 1) -> list[dict[str, bytes]]:
    with TemporaryDirectory() as folder:
        world.snapshots(Path(folder), moments, buckets, Features(workers=workers))
        return [files(path) for path in sorted((Path(folder) / "out").iterdir())]


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    return built(BASE, NOW)[0]


def test_the_base_world_has_something_to_change(tmp_path: Path) -> None:
    snapshot = BASE.snapshot(tmp_path)
    assert isinstance(snapshot, FeatureSnapshot)
    for name in (
        "engagement_rate",
        "authenticity",
        "fee",
        "follower_growth",
        "past_content_rating",
        "theme_count",
        "size_confidence",
        "sponsorship_confidence",
        "safety_confidence",
        "history_confidence",
        "engagement_by_followers_percentile",
        "reach_estimate",
        "fee_expected",
        "fee_standing",
        "authenticity_confidence",
        "odd_growth_spike",
        "odd_response",
        "odd_audience_language",
        "audience_credibility",
        "comment_ratio",
        "audience_confidence",
        "voice_sincerity",
        "comment_sentiment",
        "caption_originality",
        "past_on_time",
        "content_confidence",
    ):
        assert snapshot.table.column(name).null_count < len(snapshot) / 2, name
    assert snapshot.table.column("niche").null_count < len(snapshot)
    assert len(set(snapshot.evidence.column("signal").to_pylist())) >= 4


FACTS = st.lists(LATER_FACTS, min_size=8, max_size=40)


@settings(max_examples=10)
@given(facts=FACTS)
def test_later_facts_change_no_feature(expected: dict[str, bytes], facts: list[Fact]) -> None:
    assert differences(expected, facts) == []


@pytest.mark.slow
@settings(max_examples=200)
@given(facts=FACTS)
def test_later_facts_change_no_feature_at_length(expected: dict[str, bytes], facts: list[Fact]) -> None:
    assert differences(expected, facts) == []


def differences(expected: dict[str, bytes], facts: list[Fact]) -> list[str]:
    """The files of the snapshot that change when the facts are added."""
    world = deepcopy(BASE)
    for number, (table, row) in enumerate(facts):
        if table in IDS:
            row = {IDS[table]: f"later{number}", **row}
        world.add(table, **row)
    got = built(world, NOW)[0]
    return [name for name in expected if got[name] != expected[name]]


def test_facts_known_by_the_moment_do_change_features(expected: dict[str, bytes]) -> None:
    world = deepcopy(BASE).add(
        "posts", post_id="new", account_id="a00", posted_at=days(1), kind="reel", caption="hg"
    )
    assert built(world, NOW)[0] != expected


def test_buckets_and_workers_change_nothing(expected: dict[str, bytes]) -> None:
    assert built(BASE, NOW, buckets=5) == [expected]
    assert built(BASE, NOW, buckets=2, workers=2) == [expected]


def test_a_snapshot_does_not_hang_on_the_other_moments(expected: dict[str, bytes]) -> None:
    moments = [days(400), days(200), days(60), NOW]
    together = built(BASE, *reversed(moments))
    assert together[-1] == expected
    for moment, got in zip(moments, together, strict=True):
        assert built(BASE, moment)[0] == got
