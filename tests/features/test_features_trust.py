"""Age and confidence of each group of fields, by arithmetic; every column is in one group."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from features_world import NOW, World, days, row

from tastemaker.config import Confidence, Evidence, Features
from tastemaker.features import FIELD_GROUPS, IDENTITY, SNAPSHOT_SCHEMA
from tastemaker.features.trust import AMOUNTS

CONFIG = Features(
    workers=1,
    buckets=1,
    confidence=Confidence(
        size=Evidence(enough=2, half_life_days=10),
        sponsorship=Evidence(enough=4, half_life_days=20),
        safety=Evidence(enough=1, half_life_days=40),
        history=Evidence(enough=3, half_life_days=50),
    ),
)


def known() -> World:
    world = World().account("a", "ann", language="en").account("n", "nan")
    for before in (10, 40, 70, 500):
        world.size("a", 100, before)
    world.post("p1", "a", 40, caption="the tea is ready and it is good", observed_at=days(20))
    world.post("p2", "a", 30, caption="the bread is ready and it is good")
    world.post("p3", "a", 25).post("p4", "a", 5, caption="che bella giornata di sole con il mare")
    world.post("p5", "a", 5, caption="the cake is ready and it is good", observed_at=days(-1))
    world.add("brands", brand_id="b", name="Brand")
    world.add("campaigns", campaign_id="k", brand_id="b", brief="{}", starts_at=days(90), ends_at=days(80))
    for before in (60, 50, -1):
        world.add("outcomes", campaign_id="k", creator_id="ann", deliverable="post", observed_at=days(before))
    return world


def test_age_and_confidence_of_each_group(tmp_path: Path) -> None:
    (snapshot,) = known().snapshots(tmp_path, config=CONFIG)
    got = row(snapshot, "a")
    assert got["size_as_of"] == days(10)
    assert got["size_confidence"] == pytest.approx(3 / 5 * 0.5)
    assert got["sponsorship_as_of"] == got["safety_as_of"] == days(20)
    assert got["sponsorship_confidence"] == pytest.approx(2 / 6 * 0.5)
    assert got["safety_confidence"] == pytest.approx(2 / 3 * 0.5**0.5)
    assert got["history_as_of"] == days(50)
    assert got["history_confidence"] == pytest.approx(1 / 4 * 0.5)


def test_an_old_reading_is_little_trusted_and_none_is_unknown(tmp_path: Path) -> None:
    world = World().account("old", "ola").size("old", 100, 400).account("n", "nan")
    (snapshot,) = world.snapshots(tmp_path, config=CONFIG)
    old, none = row(snapshot, "old"), row(snapshot, "n")
    assert old["size_confidence"] == pytest.approx(1 / 3 * 2**-40)
    for group in AMOUNTS:
        assert (none[f"{group}_as_of"], none[f"{group}_confidence"]) == (None, None)
    assert old["safety_confidence"] is None


def test_no_group_is_known_after_its_snapshot(tmp_path: Path) -> None:
    moments = [days(35), days(22), NOW]
    for moment, snapshot in zip(moments, known().snapshots(tmp_path, moments), strict=True):
        for group in AMOUNTS:
            found = row(snapshot, "a")[f"{group}_as_of"]
            assert found is None or found <= moment
            confidence = row(snapshot, "a")[f"{group}_confidence"]
            assert (confidence is None) == (found is None)
            assert confidence is None or 0.0 <= confidence <= 1.0


def test_every_column_is_in_one_group_or_says_who_it_is() -> None:
    placed = Counter([*IDENTITY, *(name for names in FIELD_GROUPS.values() for name in names)])
    assert placed == Counter(SNAPSHOT_SCHEMA.names)


def test_every_group_with_a_confidence_has_an_age_and_both_come_last() -> None:
    for group, names in FIELD_GROUPS.items():
        trust = [n for n in names if n.endswith(("_as_of", "_confidence"))]
        assert trust in ([], [f"{group}_as_of", f"{group}_confidence"])
        assert names[len(names) - len(trust) :] == tuple(trust)
