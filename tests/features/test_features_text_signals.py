"""The text signals of a bucket: the account of the time, and nothing that was observed later."""

from __future__ import annotations

from pathlib import Path

from features_world import NOW, World, days

from tastemaker.features.text_signals import TextSignals, text_signals
from tastemaker.sources import bucketise


def signals(world: World, folder: Path) -> TextSignals:
    bucketise(world.write(folder / "tables"), folder / "buckets", 1)
    (bucket,) = sorted((folder / "buckets").iterdir())
    return text_signals(bucket, [days(30), NOW], 256, folder / "spill")


def world() -> World:
    made = World().account("a", "c", language="en").size("a", 1_000, 300)
    made.add("brands", brand_id="br1", name="Osprello")
    made.post("p1", "a", 60, caption="#ad my kettle from @osprello", paid_label=False)
    made.post("p2", "a", 50, caption="vodka and a very long night", paid_label=False)
    return made.post("p3", "a", 10, caption="the fucking kettle broke", paid_label=False)


def test_text_signals_of_a_bucket(tmp_path: Path) -> None:
    found = signals(world(), tmp_path)
    assert found.flags.disclosure["sponsored"].to_pylist() == [True, False, False]
    before, after = (table.to_pylist()[0] for table in found.disclosure)
    assert (before["judged_posts"], after["judged_posts"]) == (2, 3)
    assert [r["brand_id"] for r in found.sponsors[1].to_pylist()] == ["br1"]
    early, late = ({r["category"]: r["level"] for r in table.to_pylist()} for table in found.safety)
    assert (early["substances"], early["profanity"], late["profanity"]) == (2, 0, 2)


def test_text_signals_hang_on_nothing_observed_later(tmp_path: Path) -> None:
    plain = signals(world(), tmp_path / "plain")
    later = world().post("p4", "a", 20, caption="cocaine and tequila", observed_at=days(-3))
    later.add(
        "accounts",
        account_id="a",
        creator_id="c",
        platform="tiktok",
        handle="a",
        language="nl",
        valid_from=days(-1),
    )
    changed = signals(later, tmp_path / "later")
    for name in ("disclosure", "sponsors", "safety"):
        assert getattr(changed, name) == getattr(plain, name)
