"""The text signals of a bucket and of a snapshot: the account of the time, and nothing that was observed later."""

from __future__ import annotations

from pathlib import Path

import pytest
from features_world import NOW, World, days, row

from tastemaker.features.columns import DISCLOSED, JURISDICTIONS, SAFETY_COLUMNS
from tastemaker.features.disclosure import load_rules
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


def paid_and_unsafe() -> World:
    """Two accounts with paid and unsafe posts, one that says nothing, one whose language is not read."""
    made = world()
    made.post("p5", "a", 8, {"likes": 8, "comments": 1}, caption="mine #ad", paid_label=None)
    made.post("p6", "a", 7, {"likes": 2, "comments": 1}, caption="thank you @osprello for the trip, sp")
    made.post("p7", "a", 6, {"likes": 4, "comments": 1}, caption="on my own", paid_label=True)
    made.post("p8", "a", 5, {"likes": 4, "comments": 1}, caption="cocaine", observed_at=days(-1))
    made.account("b", "bob", language="de").size("b", 100, 300)
    made.post(
        "q1", "b", 20, {"likes": 9, "comments": 1}, caption="Werbung | die beste Pfanne", paid_label=False
    )
    made.post("q2", "b", 400, {"likes": 9, "comments": 1}, caption="so ein Scheiss, verdammt")
    made.account("m", "mute").size("m", 100, 300)
    made.account("i", "ida", language="it").size("i", 100, 300)
    return made.post("r1", "i", 20, {"likes": 9, "comments": 1}, caption="che bella giornata di sole")


def test_a_snapshot_has_what_the_account_tables_say(tmp_path: Path) -> None:
    """The one pass over all moments against the tables of each moment, made apart."""
    moments = [days(30), NOW]
    snapshots = paid_and_unsafe().snapshots(tmp_path, moments)
    (bucket,) = sorted((tmp_path / "buckets").iterdir())
    found = text_signals(bucket, moments, 256, tmp_path / "spill")
    names = ("sponsored_share", "sponsored_posts", *DISCLOSED)
    for t, snapshot in enumerate(snapshots):
        disclosure = {r["account_id"]: r for r in found.disclosure[t].to_pylist()}
        safety = {(r["account_id"], r["category"]): r["level"] for r in found.safety[t].to_pylist()}
        for account in ("a", "b", "m", "i"):
            got = row(snapshot, account)
            assert {n: got[n] for n in names} == {n: disclosure.get(account, {}).get(n) for n in names}
            levels = {c: got[name] for c, name in SAFETY_COLUMNS.items()}
            assert levels == {c: safety.get((account, c)) for c in SAFETY_COLUMNS}
    last = {a: row(snapshots[-1], a) for a in ("a", "b", "m", "i")}
    assert (last["a"]["safety_profanity"], last["a"]["safety_substances"], last["a"]["safety_hate"]) == (
        2,
        2,
        0,
    )
    assert (last["b"]["safety_profanity"], last["b"]["disclosed_eu"]) == (0, 1.0)
    assert (last["m"]["safety_profanity"], last["i"]["safety_profanity"]) == (None, None)
    assert [last[a]["safety_posts"] for a in ("a", "b", "m", "i")] == [6, 1, 0, 0]
    assert last["a"]["disclosed_us_low"] <= last["a"]["disclosed_us"] <= last["a"]["disclosed_us_high"]


def test_a_list_of_hashtags_alone_says_that_a_post_is_paid(tmp_path: Path) -> None:
    made = World().account("a", "ann", language="en").size("a", 100, 300)
    made.post("p1", "a", 10, hashtags=["ad"]).post("p2", "a", 11, hashtags=["sunset"]).post("p3", "a", 12)
    got = row(made.snapshot(tmp_path), "a")
    assert (got["sponsored_share"], got["sponsored_posts"]) == (pytest.approx(0.5), 1)


def test_every_jurisdiction_of_the_rules_has_its_columns() -> None:
    assert tuple(j.code.lower() for j in load_rules().jurisdictions) == JURISDICTIONS
