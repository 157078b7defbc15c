"""Paid work and its disclosure: the words, their place and language, and what must stay unknown."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from features_toys import brief

from tastemaker.errors import FeatureError
from tastemaker.features.disclosure import (
    competitor_work,
    disclosure_accounts,
    disclosure_posts,
    load_cues,
    load_rules,
    sponsor_table,
)
from tastemaker.features.disclosure.rules import CUES, RULES

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "0002-creator-signals"))

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATE = (
    "a quiet week with long walks, three loaves of bread, and a very old radio that plays only one station. "
    * 2
)


def posts(*rows: dict[str, Any]) -> pa.Table:
    base = {
        "account_id": "a",
        "platform": "instagram",
        "language": "en",
        "paid_label": False,
        "posted_at": NOW,
    }
    schema = pa.schema(
        [
            ("post_id", pa.string()), ("account_id", pa.string()), ("posted_at", pa.timestamp("us", "UTC")),
            ("observed_at", pa.timestamp("us", "UTC")), ("caption", pa.string()), ("hashtags", pa.list_(pa.string())),
            ("mentions", pa.list_(pa.string())), ("paid_label", pa.bool_()), ("platform", pa.string()),
            ("language", pa.string()),
        ]
    )  # fmt: skip
    filled = [{**base, "post_id": f"p{i}", **row} for i, row in enumerate(rows)]
    return pa.Table.from_pylist([{n: r.get(n) for n in schema.names} for r in filled], schema=schema)


def read(caption: str | None, **row: Any) -> dict[str, Any]:
    found: dict[str, Any] = disclosure_posts(posts({"caption": caption, **row})).to_pylist()[0]
    return found


@pytest.mark.parametrize(
    ("caption", "us", "gb", "eu", "why"),
    [
        ("#ad my new kettle from @osprello", "proper", "proper", "proper", "label in the caption"),
        (
            "#sponsored my new kettle from @osprello",
            "proper",
            "inadequate",
            "inadequate",
            "label in the caption",
        ),
        ("#collab my new kettle from @osprello", "inadequate", "inadequate", "inadequate", "unclear wording"),
        (f"{LATE}#ad @osprello", "inadequate", "inadequate", "inadequate", "too late"),
        ("kettle day #tea #mug #home #ad", "inadequate", "inadequate", "inadequate", "among hashtags"),
        ("the kettle of the year\n\n.\n#ad", "inadequate", "inadequate", "inadequate", "too late"),
        ("Use code OSPR15 for 15% off at @osprello", "missing", "missing", "missing", "no label"),
    ],
)
def test_disclosure_wording_and_place_decide(caption: str, us: str, gb: str, eu: str, why: str) -> None:
    found = read(caption)
    assert found["sponsored"]
    assert (found["disclosure_us"], found["disclosure_gb"], found["disclosure_eu"]) == (us, gb, eu)
    assert found["why_us"] == why
    assert all(word in caption for word in found["evidence"])


def test_disclosure_label_in_another_language_is_inadequate() -> None:
    found = read("#ad Ich trinke den Tee von @osprello jeden Tag und er ist so gut", language="de")
    assert (found["disclosure_eu"], found["why_eu"]) == ("inadequate", "other language")
    assert read("#werbung Ich trinke den Tee und er ist so gut", language="de")["disclosure_eu"] == "proper"


@pytest.mark.parametrize(
    "caption",
    [
        "#gifted? no, not sponsored, bought it myself at @osprello", "the start of an #adventure with my dog",
        "this is not an ad, I just love the pencil",
        "Thanks to my team for the best season", "saw an ad for my old school on the bus",
        "My sister gifted me her old guitar and I cried", "Error code E404 again and the build is red",
        "The #addams party was loud and I loved it", "Lovely lunch with @tessa in the garden",
    ],
)  # fmt: skip
def test_disclosure_harmless_words_are_not_paid_work(caption: str) -> None:
    found = read(caption)
    assert found["sponsored"] is False
    assert found["disclosure_us"] is None


def test_disclosure_platform_label_settles_it() -> None:
    found = read("you asked what is in my bag", paid_label=True)
    assert found["sponsored"]
    assert (found["disclosure_gb"], found["why_gb"]) == ("proper", "label of the platform")


@pytest.mark.parametrize(
    "caption", ["Het AD schreef over onze straat en de kat van de buren", "今日はパンを焼きました"]
)
def test_disclosure_unknown_language_is_unknown_never_missing(caption: str) -> None:
    found = read(caption, language=None)
    assert found["language"] == "other"
    assert found["sponsored"] is None
    tagged = read(f"{caption} #ad", language=None)
    assert tagged["sponsored"]
    assert tagged["disclosure_us"] is tagged["disclosure_gb"] is tagged["disclosure_eu"] is None


def test_disclosure_unseen_platform_label_leaves_only_proper_to_be_said() -> None:
    assert read("Use code OSPR15 for 15% off at @osprello", paid_label=None)["disclosure_us"] is None
    assert read("#collab with @osprello and a kettle", paid_label=None)["disclosure_us"] is None
    assert read("#ad with @osprello and a kettle", paid_label=None)["disclosure_us"] == "proper"
    assert read(None, paid_label=None)["sponsored"] is None


def test_disclosure_label_that_only_the_list_has_has_no_place() -> None:
    found = read("my new kettle and the smell of rain", hashtags=["ad", "tea"])
    assert found["sponsored"]
    assert found["disclosure_us"] is None


def test_disclosure_finds_brands_by_handle_and_name() -> None:
    named = {"Harbour & Leaf": "br1", "Osprello": "br2"}
    table = posts(
        {"caption": "#ad tea by @harbour.leaf with @tessa", "mentions": ["harbour.leaf", "tessa"]},
        {"caption": "#ad the new Osprello kettle"},
    )
    first, second = disclosure_posts(table, named).to_pylist()
    assert (first["brands"], first["handles"]) == (["br1"], ["tessa"])
    assert second["brands"] == ["br2"]


def history() -> pa.Table:
    """Newest first: two sponsored, two not, one sponsored; then one that became known only after ``NOW``."""
    captions = ["#ad one with @osprello", "#collab two with @osprello", "the three of us", "the four of us",
                "#ad five with @tarn", "#ad six with @late"]  # fmt: skip
    rows = [{"caption": c, "posted_at": NOW - timedelta(days=i + 1)} for i, c in enumerate(captions)]
    rows[5]["observed_at"] = NOW + timedelta(days=1)
    return disclosure_posts(posts(*rows), {"Osprello": "br2"})


def test_disclosure_of_an_account_counts_share_runs_parity_and_verdicts() -> None:
    rates = pa.table({"post_id": ["p0", "p1", "p2", "p3", "p4"], "rate": [0.02, 0.04, 0.02, 0.02, None]})
    row = disclosure_accounts(history(), NOW, rates).to_pylist()[0]
    assert (row["judged_posts"], row["sponsored_posts"]) == (5, 3)
    assert row["sponsored_share"] == pytest.approx(0.6)
    assert (row["longest_sponsored_run"], row["current_sponsored_run"]) == (2, 2)
    assert row["sponsored_engagement_ratio"] == pytest.approx(1.5)
    assert row["disclosed_us"] == pytest.approx(2 / 3)


def test_disclosure_of_an_account_bounds_what_is_not_known() -> None:
    table = posts(
        {"caption": "#ad a kettle and the rain"},
        {"caption": "Use code OSPR15 for 15% off at @osprello", "paid_label": None},
    )
    row = disclosure_accounts(disclosure_posts(table), NOW + timedelta(days=1)).to_pylist()[0]
    assert (row["disclosed_us"], row["disclosed_us_known"]) == (1.0, 1)
    assert (row["disclosed_us_low"], row["disclosed_us_high"]) == (0.5, 1.0)


def test_disclosure_is_blind_to_what_was_observed_later() -> None:
    flags = history()
    known = flags.slice(0, 5)
    assert disclosure_accounts(flags, NOW).equals(disclosure_accounts(known, NOW))
    assert sponsor_table(flags, NOW).equals(sponsor_table(known, NOW))
    later = disclosure_accounts(flags, NOW + timedelta(days=2)).to_pylist()[0]
    assert later["judged_posts"] == 6


def test_disclosure_sponsors_and_competitors() -> None:
    sponsors = sponsor_table(history(), NOW)
    assert [(r["brand_id"], r["handle"], r["posts"]) for r in sponsors.to_pylist()] == [
        ("br2", None, 2),
        (None, "tarn", 1),
    ]
    wish = brief(brand={"name": "Quorlip", "competitors": ["Osprello", "Tarn"]})
    assert len(competitor_work(sponsors, wish, {"Osprello": "br2"})) == 2
    assert len(competitor_work(sponsors, brief(), {"Osprello": "br2"})) == 0


def test_disclosure_needs_its_columns() -> None:
    with pytest.raises(FeatureError, match="'posted_at' is missing"):
        disclosure_posts(posts().drop_columns(["posted_at"]))


def test_disclosure_is_the_same_for_any_split() -> None:
    table = posts(
        {"caption": "#ad a kettle"}, {"caption": "the rain"}, {"caption": "Use code OSPR15 for 15% off"}
    )
    whole = disclosure_posts(table)
    assert pa.concat_tables([disclosure_posts(table.slice(i, 1)) for i in range(3)]).equals(whole)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("label_within: fold", "label_wihin: fold", "US: unknown key 'label_wihin'; did you mean 'label_within'"),
        ("label_within: start", "label_within: begin", "'begin' is not known; known: start, fold"),
        ("countries: [GB]", "countries: [US]", "US is in US and in GB"),
        ("clear: [US]", "clear: [UK]", "'UK' is not known"),
        ("buried_after_tags: 2", "buried_after_tags: none", "'none' is no whole number"),
        ("tiktok: 100", "tikok: 100", "'tikok' is not known; did you mean 'tiktok'"),
    ],
)  # fmt: skip
def test_disclosure_rules_are_read_strictly(old: str, new: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FeatureError, match=said.replace("[", r"\[")):
        load_rules(path)


def test_disclosure_cues_are_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "cues.yaml"
    path.write_text(CUES.read_text(encoding="utf-8").replace("bias: -3.0", "bias: low", 1), encoding="utf-8")
    with pytest.raises(FeatureError, match="bias: 'low' is no number"):
        load_cues(path)


def test_disclosure_every_rule_names_its_source() -> None:
    for jurisdiction in load_rules().jurisdictions:
        assert all(s.url.startswith("https://") and s.title and s.date for s in jurisdiction.sources)
    assert load_rules().jurisdiction_of("FR") == "EU"
    assert load_rules().jurisdiction_of("BR") is None


def test_disclosure_on_the_labelled_texts() -> None:
    from labelled_texts import judge_disclosure

    judged = judge_disclosure()
    assert judged["heldout"]["precision"] >= 0.95  # type: ignore[index]
    assert judged["heldout"]["recall"] >= 0.8  # type: ignore[index]
