"""The posts and words behind the signals: the strongest few, in the caption's own letters, and only what was known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features_world import NOW, World, days

from tastemaker.features import FeatureSnapshot
from tastemaker.features.columns import EVIDENCE_SCHEMA, FIELD_GROUPS

PLAIN = "the tea is ready and it is good and so on "


def world() -> World:
    made = World().account("a", "ann", language="en").size("a", 100, 300)
    made.account("b", "bob", language="en").size("b", 100, 300)
    for number, before in enumerate((50, 40, 30, 20)):
        made.post(f"p{number}", "a", before, caption=f"{PLAIN}what the hell, this shit broke {number}")
    made.post("worst", "a", 60, caption="cocaine and  tequila\nwith my friends")
    made.post("ad", "a", 25, caption="Werbung and so on #ad with @brand", paid_label=False)
    made.post("quiet", "a", 24, caption=PLAIN + "use code BRAND15 for 15% off at @brand", paid_label=False)
    made.post("late", "a", 10, caption="heroin", observed_at=days(-1))
    return made.post("tags", "b", 10, hashtags=["cocaine"], caption=PLAIN * 12)


def of(snapshot: FeatureSnapshot, account: str, signal: str) -> list[dict[str, Any]]:
    return [r for r in snapshot.evidence.to_pylist() if r["account_id"] == account and r["signal"] == signal]


def test_the_strongest_posts_of_a_level_come_first_and_few_are_kept(tmp_path: Path) -> None:
    snapshot = world().snapshot(tmp_path)
    found = of(snapshot, "a", "safety_profanity")
    assert [(r["rank"], r["post_id"]) for r in found] == [(1, "p3"), (2, "p2"), (3, "p1")]
    assert found[0]["group"] == "safety"
    assert found[0]["words"][0] == "shit"
    assert found[0]["level"] == 2
    assert found[0]["posted_at"] == days(20)
    assert "this shit broke 3" in found[0]["excerpt"]
    (worst,) = of(snapshot, "a", "safety_substances")
    assert (worst["post_id"], worst["excerpt"]) == ("worst", "cocaine and tequila with my friends")


def test_sponsored_posts_say_how_they_are_disclosed(tmp_path: Path) -> None:
    snapshot = world().snapshot(tmp_path)
    found = of(snapshot, "a", "sponsored_share")
    assert [r["post_id"] for r in found] == ["quiet", "ad"]
    assert found[1]["words"]
    assert all(code in found[1]["value"] for code in ("us: ", "gb: ", "eu: "))
    missing = of(snapshot, "a", "disclosed_us")
    assert [r["post_id"] for r in missing if r["value"].startswith("missing")] == ["quiet"]
    assert all(r["level"] is None for r in found + missing)


def test_an_excerpt_is_short_and_begins_near_the_words(tmp_path: Path) -> None:
    made = World().account("a", "ann", language="en").size("a", 100, 300)
    made.post("p", "a", 10, caption="é 🌿 " + PLAIN * 20 + "this shit broke " + PLAIN * 20)
    snapshot = made.snapshot(tmp_path)
    (found,) = of(snapshot, "a", "safety_profanity")
    assert len(found["excerpt"]) <= 200
    assert 0 < found["excerpt"].index("shit") <= 60
    (tags,) = of(world().snapshot(tmp_path / "tags"), "b", "safety_substances")
    assert tags["excerpt"].startswith("the tea is ready")


def test_evidence_hangs_on_nothing_known_later_and_on_no_bucket(tmp_path: Path) -> None:
    moments = [days(35), NOW]
    early, late = world().snapshots(tmp_path / "one", moments)
    assert [r["post_id"] for r in of(early, "a", "safety_profanity")] == ["p1", "p0"]
    assert not [r for r in late.evidence.to_pylist() if r["post_id"] == "late"]
    for whole, parts in zip((early, late), world().snapshots(tmp_path / "five", moments, 5), strict=True):
        assert parts.evidence.equals(whole.evidence)
    assert late.evidence.schema == EVIDENCE_SCHEMA
    assert set(late.evidence.column("signal").to_pylist()) <= {n for g in FIELD_GROUPS.values() for n in g}


def test_every_level_above_none_has_its_evidence(tmp_path: Path) -> None:
    snapshot = world().snapshot(tmp_path)
    shown = {(r["account_id"], r["signal"]) for r in snapshot.evidence.to_pylist()}
    for account in snapshot.table.to_pylist():
        for name, level in account.items():
            if name.startswith("safety_") and name[7:] not in ("posts", "as_of", "confidence"):
                assert ((account["account_id"], name) in shown) == bool(level)
