"""Each rule that a row can break: its named reason, its sentence, and that the other rows go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from invented_market import LENIENT, NOW, market, rejected, take_in, write

from tastemaker.config import Sources
from tastemaker.sources import Catalogue, Reason

# table, column, value, reason, words of the message
BROKEN: list[tuple[str, str, Any, Reason, str]] = [
    ("posts", "post_id", None, Reason.MISSING_VALUE, "post_id is empty; every row of posts needs one"),
    ("posts", "post_id", "  ", Reason.MISSING_VALUE, "post_id is empty"),
    ("account_snapshots", "followers", "12k", Reason.NOT_A_COUNT, "followers '12k' is no whole number"),
    ("account_snapshots", "followers", "12.5", Reason.NOT_A_COUNT, "'12.5' is no whole number; write 18400"),
    ("account_snapshots", "followers", "9" * 30, Reason.NOT_A_COUNT, "is no whole number"),
    ("account_snapshots", "followers", -3, Reason.NEGATIVE_COUNT, "followers -3 is below 0; leave it empty"),
    ("account_snapshots", "engagement_rate", "3%", Reason.NOT_A_NUMBER, "engagement_rate '3%' is no number"),
    ("account_snapshots", "engagement_rate", "1e999", Reason.NOT_A_NUMBER, "is no number"),
    ("account_snapshots", "engagement_rate", 3.5, Reason.PERCENT_FOR_FRACTION,
     "engagement_rate 3.5 is outside 0..1; shares are fractions, not percent"),
    ("account_snapshots", "engagement_rate", 350, Reason.SHARE_OUT_OF_RANGE, "rate 350.0 is outside 0..1"),
    ("account_snapshots", "engagement_rate", -0.1, Reason.SHARE_OUT_OF_RANGE, "rate -0.1 is outside 0..1"),
    ("accounts", "verified", "perhaps", Reason.NOT_A_FLAG, "verified 'perhaps' is neither true, false, 1 nor 0"),
    ("accounts", "platform", "tictok", Reason.UNKNOWN_VALUE, "'tictok' is not known; did you mean 'tiktok'?"),
    ("accounts", "platform", "TikTok", Reason.UNKNOWN_VALUE, "did you mean 'tiktok'?"),
    ("accounts", "platform", "zzz", Reason.UNKNOWN_VALUE, "known: instagram, tiktok, youtube"),
    ("accounts", "handle", "@", Reason.MISSING_VALUE, "handle '@' names nobody"),
    ("accounts", "platform_id", "1.78414E+16", Reason.ID_LOST_DIGITS, "has lost digits, as spreadsheets do"),
    ("accounts", "creator_id", "c99", Reason.DANGLING_REFERENCE, "creator_id 'c99' is not in creators"),
    ("creators", "languages", '["pt", ', Reason.NOT_A_LIST, "is no JSON array"),
    ("creators", "open_to", "flat|beer", Reason.UNKNOWN_VALUE, "open_to 'beer' is not known; known: flat, product"),
    ("posts", "account_id", "a99", Reason.DANGLING_REFERENCE, "'a99' is not in accounts, or was set aside there"),
    ("posts", "posted_at", "2026-03-01 12:00", Reason.NAIVE_TIME, "has no time zone; write it like 2026-03-01T"),
    ("posts", "posted_at", "2026-03-01", Reason.NAIVE_TIME, "has no time zone"),
    ("posts", "posted_at", "03/27/2026 06:08", Reason.NOT_A_TIME, "'03/27/2026 06:08' is no ISO 8601 time"),
    ("posts", "posted_at", "2026-02-30T12:00:00Z", Reason.NOT_A_TIME, "is no ISO 8601 time"),
    ("posts", "posted_at", "2026-06-02T00:00:01Z", Reason.FUTURE_DATE, "is after now (2026-06-01T00:00:00+00:00)"),
    ("posts", "post_id", "p00", Reason.DUPLICATE_ID, "post_id 'p00' was there before; the first is kept"),
    ("posts", "hashtags", "x" * 20_001, Reason.TEXT_TOO_LONG, "has 20001 characters, at most 20000 are read"),
    ("post_snapshots", "scope", "paid", Reason.UNKNOWN_VALUE, "scope 'paid' is not known; known: organic, total"),
    ("campaigns", "brief", "{}", Reason.INVALID_BRIEF, "brand: required"),
    ("campaigns", "brief", "word", Reason.INVALID_BRIEF, "not JSON"),
    ("campaigns", "brand_id", "b9", Reason.DANGLING_REFERENCE, "brand_id 'b9' is not in brands"),
    ("audiences", "share", -0.2, Reason.SHARE_OUT_OF_RANGE, "share -0.2 is outside 0..1"),
    ("audiences", "share", "a third", Reason.NOT_A_NUMBER, "share 'a third' is no number"),
]  # fmt: skip
# Each fault has a row of its own in one market: the k-th of a table is in row k + 2.
ROWS = [sum(f[0] == fault[0] for f in BROKEN[:i]) + 2 for i, fault in enumerate(BROKEN)]


@pytest.fixture(scope="module", params=["csv", "jsonl"])
def spoilt(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The format, and the output for a market with every fault."""
    root, tables = tmp_path_factory.mktemp("spoilt"), market()
    for (table, column, value, _, _), row in zip(BROKEN, ROWS, strict=True):
        tables[table][row - 1][column] = value
    take_in(write(root / "in", tables, request.param), root / "out")
    return request.param, root / "out"


@pytest.mark.parametrize(("fault", "row"), list(zip(BROKEN, ROWS, strict=True)))
def test_fault_is_set_aside_with_its_reason(
    spoilt: tuple[str, Path], fault: tuple[str, str, Any, Reason, str], row: int
) -> None:
    (kind, out), (table, column, _, reason, message) = spoilt, fault
    (found,) = [r for r in rejected(out, table) if r["row"] == row]
    assert (found["file"], found["reason"]) == (f"{table}.{kind}", reason)
    assert column in found["column"]
    assert message in found["message"]


def test_fault_leaves_the_other_rows(spoilt: tuple[str, Path]) -> None:
    creators = Catalogue(spoilt[1]).table("creators")["creator_id"].to_pylist()
    assert creators == [f"c{i:02d}" for i in range(20) if i not in (1, 2)]
    posts = {r["row"] for r in rejected(spoilt[1], "posts")}
    assert Catalogue(spoilt[1]).table("posts").num_rows == 20 - len(posts)


def test_fault_of_a_caption_of_a_megabyte(tmp_path: Path) -> None:
    for kind in ("csv", "jsonl", "parquet"):
        tables = market()
        tables["posts"][10]["caption"] = "la" * (1 << 19)
        take_in(write(tmp_path / kind, tables, kind), tmp_path / f"out-{kind}", Sources())
        (found,) = rejected(tmp_path / f"out-{kind}", "posts")
        assert (found["row"], found["reason"]) == (11, "text_too_long")
        assert (
            "caption has 1048576 characters, at most 20000 are read; see sources.max_text_chars"
            in found["message"]
        )
        assert len(found["value"]) == 200


def test_fault_slack_of_a_day_and_plans_may_lie_ahead(tmp_path: Path) -> None:
    tables = market()
    tables["posts"][0]["posted_at"] = (NOW + timedelta(hours=23)).isoformat()
    tables["creators"][0]["available_from"] = "2030-01-01T00:00:00+01:00"
    assert take_in(write(tmp_path / "in", tables), tmp_path / "out").rejected == 0


def set_shares(tables: dict[str, list[dict[str, Any]]], first: float, second: float) -> None:
    tables["audiences"][4]["share"], tables["audiences"][5]["share"] = first, second


@pytest.mark.parametrize(
    ("shares", "reason", "message"),
    [
        (
            (0.9, 0.5),
            Reason.SHARES_ABOVE_ONE,
            "share 0.9 is of a facet that sums to 1.4; fractions of one facet",
        ),
        (
            (62.0, 0.8),
            Reason.PERCENT_FOR_FRACTION,
            "share 62 is outside 0..1; shares are fractions, not percent",
        ),
        ((60.0, 42.0), Reason.PERCENT_FOR_FRACTION, "its facet sums to 102: divide by 100"),
        (
            (1.4, 0.0),
            Reason.PERCENT_FOR_FRACTION,
            "share 1.4 is outside 0..1; shares are fractions, not percent",
        ),
        (
            (90.0, 42.0),
            Reason.SHARE_OUT_OF_RANGE,
            "share 90 is outside 0..1; shares are fractions, not percent",
        ),
    ],
)
def test_fault_of_a_facet_sets_all_of_it_aside(
    tmp_path: Path, shares: tuple[float, float], reason: Reason, message: str
) -> None:
    tables = market()
    set_shares(tables, *shares)
    report = take_in(write(tmp_path / "in", tables), tmp_path / "out")
    found = rejected(tmp_path / "out", "audiences")
    assert [(f["row"], f["reason"]) for f in found] == [(5, reason), (6, reason)]
    assert message in found[0]["message"]
    assert report.tables["audiences"].accepted == 38


def test_fault_small_percentages_are_told_by_the_facet(tmp_path: Path) -> None:
    """0.8 may be .8 % or 80 %: with 62 beside it, it is percent."""
    tables = market()
    set_shares(tables, 62.0, 0.8)
    take_in(write(tmp_path / "in", tables), tmp_path / "out")
    assert (
        "share 0.8 is of a facet with 62; shares are fractions"
        in rejected(tmp_path / "out", "audiences")[1]["message"]
    )


def test_fault_rounding_and_repeats_do_not_break_a_facet(tmp_path: Path) -> None:
    tables = market()
    set_shares(tables, 0.6, 0.42)
    tables["audiences"].append(dict(tables["audiences"][0]))
    report = take_in(write(tmp_path / "in", tables), tmp_path / "out")
    assert report.tables["audiences"].reasons == {Reason.DUPLICATE_ID: 1}


def test_fault_duplicates_keep_the_first_good_row(tmp_path: Path) -> None:
    tables = market()
    rows = tables["posts"]
    rows[0]["kind"] = "dance"  # not good: the next one with this id is the first
    rows[1]["post_id"] = rows[2]["post_id"] = rows[0]["post_id"]
    take_in(write(tmp_path / "in", tables), tmp_path / "out")
    found = rejected(tmp_path / "out", "posts")
    assert [(f["row"], f["reason"]) for f in found] == [(1, "unknown_value"), (3, "duplicate_id")]
    kept = Catalogue(tmp_path / "out").table("posts")
    assert (kept["post_id"][0].as_py(), kept["account_id"][0].as_py()) == ("p00", "a01")


def test_fault_an_account_keeps_its_first_owner(tmp_path: Path) -> None:
    tables = market()
    accounts = tables["accounts"]
    accounts[0]["platform_id"] = accounts[1]["platform_id"] = "77"
    accounts.append({**accounts[2], "creator_id": "c09", "valid_from": "2026-01-01T00:00:00Z"})
    accounts.append({**accounts[3], "handle": "new.name", "valid_from": "2026-01-01T00:00:00Z"})
    accounts.append({**accounts[4], "account_id": "a40", "platform": "youtube"})
    take_in(write(tmp_path / "in", tables), tmp_path / "out")
    found = rejected(tmp_path / "out", "accounts")
    assert [(f["row"], f["reason"], f["value"]) for f in found] == [
        (2, "conflicting_owner", "77"),
        (21, "conflicting_owner", "a02"),
    ]
    assert "platform_id '77' of creator 'c01' belongs to 'c00' by an earlier row" in found[0]["message"]
    assert Catalogue(tmp_path / "out").table("accounts").num_rows == 21


def test_fault_handles_come_in_one_form(tmp_path: Path) -> None:
    written = {
        "@Zorbel.One": "zorbel.one",
        "https://www.instagram.com/Zorbel_Two/?hl=en": "zorbel_two",
        "tiktok.com/@zorbel3/video/123": "zorbel3",
        "https://youtube.com/c/ZorbelFour": "zorbelfour",
        " zorbel ": "zorbel",
        "https://m.twitch.tv/zorbel_six#top": "zorbel_six",
    }
    tables = market()
    for row, handle in zip(tables["accounts"], written, strict=False):
        row["handle"] = handle
    tables["accounts"][10] |= {"platform": "blog", "handle": "https://www.Zorbel.example/about"}
    take_in(write(tmp_path / "in", tables), tmp_path / "out")
    handles = Catalogue(tmp_path / "out").table("accounts")["handle"].to_pylist()
    assert handles[: len(written)] == list(written.values())
    assert handles[10] == "zorbel.example"


def test_fault_broken_utf8_in_text_names_the_byte(tmp_path: Path) -> None:
    src = write(tmp_path / "in", market())
    for kind, caption in (("csv", b"plim, plom\nplum"), ("jsonl", b"plim, plom\\nplum")):
        write(src, {"posts": market()["posts"]}, kind)
        path = src / f"posts.{kind}"
        spoilt = (
            path.read_bytes()
            .replace(caption, b"caf\xe9 \xf0\x9f", 5)
            .replace(b"caf\xe9 \xf0\x9f", caption, 3)
        )
        path.write_bytes(spoilt)
        take_in(src, tmp_path / f"out-{kind}")
        path.unlink()
        found = rejected(tmp_path / f"out-{kind}", "posts")
        assert [(f["row"], f["reason"]) for f in found] == [(4, "broken_utf8"), (5, "broken_utf8")]
        places = [i for i in range(len(spoilt)) if spoilt.startswith(b"\xe9 ", i)]
        assert [
            f"byte {p} of the file is no UTF-8" in f["message"] for p, f in zip(places, found, strict=True)
        ] == [True] * 2
        assert Catalogue(tmp_path / f"out-{kind}").table("posts").num_rows == 18


def test_fault_broken_utf8_in_parquet(tmp_path: Path) -> None:
    src = write(tmp_path / "in", market(), "parquet")
    table = pq.read_table(src / "posts.parquet")
    bad = pa.array([b"good"] * 19 + [b"caf\xe9"]).cast(pa.string(), safe=False)
    pq.write_table(
        table.set_column(table.column_names.index("caption"), "caption", bad), src / "posts.parquet"
    )
    take_in(src, tmp_path / "out")
    (found,) = rejected(tmp_path / "out", "posts")
    assert (found["row"], found["column"], found["reason"]) == (20, "caption", "broken_utf8")
    assert "byte 3 of caption is no UTF-8" in found["message"]


def test_fault_ragged_rows_of_a_csv(tmp_path: Path) -> None:
    src = write(tmp_path / "in", market())
    lines = (src / "brands.csv").read_text().splitlines()
    extra = ["b2,Plink", "", "b3,Plank,[],more", '"b4","Plunk ""x""",']
    (src / "brands.csv").write_text("\n".join([*lines, *extra]) + "\n")
    take_in(src, tmp_path / "out")
    found = rejected(tmp_path / "out", "brands")
    assert [(f["row"], f["reason"]) for f in found] == [(2, "ragged_row"), (3, "ragged_row")]
    assert "has 2 fields, expected 3; quote fields that hold ','" in found[0]["message"]
    assert Catalogue(tmp_path / "out").table("brands")["name"].to_pylist() == ["Plonk", 'Plunk "x"']


def test_fault_invalid_lines_of_json(tmp_path: Path) -> None:
    src = write(tmp_path / "in", market(), "jsonl")
    with (src / "brands.jsonl").open("a") as file:
        file.write(
            '{"brand_id": "b2",\n\n[1]\n{"brand_id": "b3", "name": "Plank", "values": ["x", null, ""]}\n'
        )
    take_in(src, tmp_path / "out")
    found = rejected(tmp_path / "out", "brands")
    assert [(f["row"], f["reason"]) for f in found] == [(2, "invalid_json"), (4, "invalid_json")]
    assert Catalogue(tmp_path / "out").table("brands")["values"].to_pylist() == [["craft"], ["x"]]


def test_fault_references_to_an_absent_table_are_not_checked_but_told(tmp_path: Path) -> None:
    tables = market()
    del tables["brands"]
    report = take_in(write(tmp_path / "in", tables), tmp_path / "out", LENIENT)
    assert report.tables["campaigns"].accepted == 20
    assert report.tables["campaigns"].unchecked_references == ("brand_id -> brands.brand_id",)


def test_fault_times_of_every_zone_become_utc(tmp_path: Path) -> None:
    written = [
        "2026-03-01T14:00:00+02:00",
        "2026-03-01T14:00+0200",
        "2026-03-01 12:00:00Z",
        "2026-03-01T12:00:00.000+00",
    ]
    tables = market()
    for row, text in zip(tables["posts"], written, strict=False):
        row["posted_at"] = text
    take_in(write(tmp_path / "in", tables), tmp_path / "out")
    times = Catalogue(tmp_path / "out").table("posts")["posted_at"].to_pylist()[: len(written)]
    assert {t.astimezone(UTC) for t in times} == {datetime(2026, 3, 1, 12, tzinfo=UTC)}
    assert Catalogue(tmp_path / "out").table("posts").num_rows == 20


def test_fault_naive_times_of_parquet(tmp_path: Path) -> None:
    src = write(tmp_path / "in", market(), "parquet")
    table = pq.read_table(src / "post_snapshots.parquet")
    naive = pa.array([datetime(2026, 3, 1)] * 20, pa.timestamp("ns"))
    pq.write_table(table.set_column(1, "observed_at", naive), src / "post_snapshots.parquet")
    report = take_in(src, tmp_path / "out")
    assert report.tables["post_snapshots"].reasons == {Reason.NAIVE_TIME: 20}


def test_fault_false_floats_and_nan_of_parquet(tmp_path: Path) -> None:
    """Spreadsheets and data frames write counts as floats, and unknown ones as NaN: not zero, and no fault."""
    src = write(tmp_path / "in", market(), "parquet")
    table = pq.read_table(src / "post_snapshots.parquet")
    likes = pa.array([10.0, float("nan"), 2.5, float("inf")] + [1.0] * 16)
    table = table.set_column(table.column_names.index("likes"), "likes", likes)
    pq.write_table(table, src / "post_snapshots.parquet")
    report = take_in(src, tmp_path / "out")
    assert Catalogue(tmp_path / "out").table("post_snapshots")["likes"].to_pylist() == [10, None] + [1] * 16
    assert report.tables["post_snapshots"].reasons == {Reason.NOT_A_COUNT: 2}
