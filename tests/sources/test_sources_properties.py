"""Whatever comes, ingest answers with a report or with one of our errors, and loses no row."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invented_market import LENIENT, NOW, take_in

from tastemaker.errors import TastemakerError
from tastemaker.schema import TABLES
from tastemaker.sources import Catalogue, IngestReport, ingest
from tastemaker.sources.buckets import bucket_of
from tastemaker.sources.text import mark_broken

QUICK = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(QUICK, max_examples=40)
BASE = {
    "creators.csv": b"creator_id\nc1\n",
    "accounts.csv": b"account_id,creator_id,platform,handle\na1,c1,tiktok,zorbel\n",
    "account_snapshots.csv": b"account_id,observed_at,followers\na1,2026-03-01T12:00:00Z,10\n",
}
WORDS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.lists(st.text(max_size=3), max_size=3),
    st.sampled_from(["p1", "a1", "reel", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00", "1e9", "[", "|", "\ufdd0"]),
)  # fmt: skip
POST = st.fixed_dictionaries(
    {"post_id": WORDS, "account_id": WORDS, "posted_at": WORDS, "kind": WORDS},
    optional={"caption": WORDS, "hashtags": WORDS, "paid_label": WORDS, "extra": WORDS},
)


def try_in(name: str, data: bytes) -> IngestReport | None:
    """The report of an ingest of the base and one more file, checked for lost rows; None where it was refused."""
    with tempfile.TemporaryDirectory() as folder:
        src, out = Path(folder) / "in", Path(folder) / "out"
        src.mkdir()
        for file, text in {**BASE, name: data}.items():
            (src / file).write_bytes(text)
        try:
            report = take_in(src, out)
        except TastemakerError:
            assert not out.exists()
            return None
        for table, told in report.tables.items():
            assert told.accepted + told.rejected == told.rows
            assert Catalogue(out).table(table).num_rows == told.accepted
        return report


BYTES = (st.binary(max_size=300), st.sampled_from(["csv", "jsonl", "parquet", "csv.gz", "jsonl.gz"]))
LINES = st.lists(
    st.one_of(st.binary(max_size=40), st.sampled_from([b"p1,a1,2026-03-01T12:00:00Z,reel", b'"', b",,,"]))
)
HEADER = b"post_id,account_id,posted_at,kind"


def check_objects(posts: list[dict[str, Any]]) -> None:
    whole = {"post_id": "whole", "account_id": "a1", "posted_at": "2026-03-01T12:00:00Z", "kind": "reel"}
    data = "".join(json.dumps(post) + "\n" for post in [whole, *posts]).encode()
    report = try_in("posts.jsonl", data)
    assert report is not None
    assert report.tables["posts"].rows == len(posts) + 1
    assert report.tables["posts"].accepted >= 1


@QUICK
@given(*BYTES)
def test_property_random_bytes_give_a_report_or_our_error(data: bytes, kind: str) -> None:
    try_in(f"posts.{kind}", data)


@QUICK
@given(LINES)
def test_property_random_rows_of_csv_are_all_accounted_for(lines: list[bytes]) -> None:
    try_in("posts.csv", b"\n".join([HEADER, *lines]))


@QUICK
@given(st.lists(POST, max_size=8))
def test_property_random_objects_are_all_accounted_for(posts: list[dict[str, Any]]) -> None:
    check_objects(posts)


@pytest.mark.slow
@LONG
@given(*BYTES, LINES, st.lists(POST, max_size=8))
def test_property_fuzz_of_all_kinds(
    data: bytes, kind: str, lines: list[bytes], posts: list[dict[str, Any]]
) -> None:
    try_in(f"posts.{kind}", data)
    try_in("posts.csv", b"\n".join([HEADER, *lines]))
    check_objects(posts)


@QUICK
@given(st.binary(max_size=200))
def test_property_mark_broken_is_what_replacement_decoding_finds(data: bytes) -> None:
    marked, places = mark_broken(data)
    assert marked.decode().replace("\ufdd0", "\ufffd") == data.decode(errors="replace").replace(
        "\ufdd0", "\ufffd"
    )
    assert places == sorted(set(places))
    if not places:
        assert marked == data


@QUICK
@given(st.text(min_size=1), st.integers(1, 1000))
def test_property_bucket_of_is_in_range_and_repeatable(creator_id: str, buckets: int) -> None:
    assert 0 <= bucket_of(creator_id, buckets) < buckets
    assert bucket_of(creator_id, buckets) == bucket_of(creator_id, buckets)


def test_property_base_is_clean() -> None:
    """The base of the properties is accepted whole, so that a refusal comes from what was added."""
    with tempfile.TemporaryDirectory() as folder:
        for file, text in BASE.items():
            (Path(folder) / file).write_bytes(text)
        report = ingest(Path(folder), Path(folder) / "out", LENIENT, now=NOW)
    assert report.rejected == 0
    assert set(report.tables) == {name for name, table in TABLES.items() if not table.optional}
