"""Ingest as a whole: formats, reports, limits, and what is left on disk."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from invented_market import NOW, Rows, canonical_columns, market, rejected, take_in, write, write_rows

from tastemaker.config import Sources
from tastemaker.errors import SourceError
from tastemaker.schema import TABLES
from tastemaker.sources import Catalogue, Refusal, RefusedInputError, ingest


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_ingest_accepts_a_clean_market_in_every_format(tmp_path: Path, kind: str) -> None:
    report = take_in(write(tmp_path / "in", market(), kind), tmp_path / "out", Sources())
    assert report.rejected == 0
    catalogue = Catalogue(tmp_path / "out")
    for name, rows in market().items():
        stored = pq.read_table(catalogue.path(name))
        assert stored.schema.equals(TABLES[name].schema)
        assert len(stored) == len(rows) == report.tables[name].accepted
    assert catalogue.table("creators")["languages"][0].as_py() == ["pt", "en"]
    assert catalogue.table("posts")["caption"][3].as_py() == "plim, plom\nplum"
    assert catalogue.table("accounts")["verified"].to_pylist() == [False] * 20
    assert catalogue.table("posts")["posted_at"][0].as_py().isoformat() == "2026-03-01T12:00:00+00:00"
    assert not (tmp_path / "out" / "rejected").exists()
    assert set(report.absent) == set(TABLES) - set(market())
    assert json.loads((tmp_path / "out" / "report.json").read_text())["tables"]["posts"]["rows"] == 20


def test_ingest_gives_the_same_table_from_every_format(tmp_path: Path) -> None:
    digests = set()
    for kind in ("csv", "jsonl", "parquet"):
        take_in(write(tmp_path / kind, market(), kind), tmp_path / f"out-{kind}")
        digests.add(Catalogue(tmp_path / f"out-{kind}").digest())
    assert len(digests) == 1


def test_ingest_is_deterministic_and_replaces_what_was_there(tmp_path: Path) -> None:
    tables = market()
    tables["posts"][3]["posted_at"] = "yesterday"
    src = write(tmp_path / "in", tables)
    take_in(src, tmp_path / "out")
    first = contents(tmp_path / "out")
    (tmp_path / "out" / "stale.parquet").write_text("old")
    take_in(src, tmp_path / "out")
    assert contents(tmp_path / "out") == first


def test_ingest_reads_parts_and_gzip(tmp_path: Path) -> None:
    tables = market()
    posts = tables.pop("posts")
    posts[12]["kind"] = "dance"
    src = write(tmp_path / "in", tables)
    (src / "posts").mkdir()
    write_rows(src / "posts" / "part-0.csv", posts[:10])
    write_rows(src / "posts" / "part-1.jsonl", posts[10:])
    packed = src / "brands.csv.gz"
    packed.write_bytes(gzip.compress((src / "brands.csv").read_bytes()))
    (src / "brands.csv").unlink()
    report = take_in(src, tmp_path / "out")
    assert report.tables["posts"].files == ("posts/part-0.csv", "posts/part-1.jsonl")
    assert report.tables["posts"].accepted == 19
    assert [(r["file"], r["row"]) for r in rejected(tmp_path / "out", "posts")] == [("posts/part-1.jsonl", 3)]
    assert report.tables["brands"].accepted == 1


def test_ingest_reports_columns_it_does_not_know_and_those_it_misses(tmp_path: Path) -> None:
    tables = market()
    for row in tables["posts"]:
        row["mood"] = "sunny"
    (write(tmp_path / "in", tables) / "readme.txt").write_text("hello")
    report = take_in(tmp_path / "in", tmp_path / "out")
    assert report.tables["posts"].unknown_columns == ("mood",)
    assert report.tables["posts"].missing_columns == tuple(canonical_columns("posts")[5:])
    assert report.ignored_files == ("readme.txt",)
    assert Catalogue(tmp_path / "out").table("posts")["hashtags"].null_count == 20


def test_ingest_ids_keep_every_digit(tmp_path: Path) -> None:
    long_id = "17841400008460056123456"
    for kind in ("csv", "jsonl"):
        tables = market()
        tables["accounts"][0]["platform_id"] = long_id
        path = write(tmp_path / kind, tables, kind) / f"accounts.{kind}"
        path.write_text(path.read_text().replace(f'"{long_id}"', long_id))  # as a JSON number
        take_in(tmp_path / kind, tmp_path / f"out-{kind}")
        assert Catalogue(tmp_path / f"out-{kind}").table("accounts")["platform_id"][0].as_py() == long_id


def test_ingest_numeric_ids_of_parquet_become_text(tmp_path: Path) -> None:
    src = write(tmp_path / "in", market(), "parquet")
    table = pq.read_table(src / "accounts.parquet")
    table = table.append_column("platform_id", pa.array([1.0 + i for i in range(18)] + [None, 2.0**60]))
    pq.write_table(table, src / "accounts.parquet")
    take_in(src, tmp_path / "out")
    assert Catalogue(tmp_path / "out").table("accounts")["platform_id"].to_pylist() == [
        *(str(i) for i in range(1, 19)), None,
    ]  # fmt: skip
    assert rejected(tmp_path / "out", "accounts")[0]["reason"] == "id_lost_digits"


def test_ingest_csv_lists_by_bars_semicolons_and_a_byte_order_mark(tmp_path: Path) -> None:
    src = write(tmp_path / "in", market())
    (src / "creators.csv").write_bytes(
        b"\xef\xbb\xbfcreator_id;languages;open_to\n"
        + b"".join(b"c%02d;pt| en ;flat|hybrid\n" % i for i in range(20))
    )
    assert take_in(src, tmp_path / "out").rejected == 0
    table = Catalogue(tmp_path / "out").table("creators")
    assert table["languages"][0].as_py() == ["pt", "en"]
    assert table["open_to"][0].as_py() == ["flat", "hybrid"]


def test_ingest_stops_with_a_summary_when_too_much_is_rejected(tmp_path: Path) -> None:
    tables = market()
    for i in (2, 5):
        tables["posts"][i]["posted_at"] = "2026-03-01T12:00:00"
    src = write(tmp_path / "in", tables)
    with pytest.raises(SourceError) as caught:
        take_in(src, tmp_path / "out", Sources(max_rejected_share=0.05))
    message = str(caught.value)
    assert isinstance(caught.value, RefusedInputError)
    assert caught.value.code is Refusal.TOO_MANY_REJECTED
    assert (
        "posts: 2 of 20 rows break a rule (10.0%; sources.max_rejected_share allows 5.0%): 2 naive_time"
        in message
    )
    assert "posts.csv row 3: posted_at '2026-03-01T12:00:00' has no time zone" in message
    assert not (tmp_path / "out").exists()
    assert len(rejected(tmp_path / "out.stopped", "posts")) == 2
    report = take_in(src, tmp_path / "out", Sources(max_rejected_share=0.1))
    assert (report.tables["posts"].rejected, report.tables["post_snapshots"].reasons) == (
        2,
        {"dangling_reference": 2},
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out"]


def test_ingest_that_stops_leaves_the_last_good_tables(tmp_path: Path) -> None:
    src = write(tmp_path / "in", market())
    take_in(src, tmp_path / "out")
    before = contents(tmp_path / "out")
    (src / "accounts.csv").write_text("")
    with pytest.raises(RefusedInputError):
        take_in(src, tmp_path / "out")
    assert contents(tmp_path / "out") == before
    assert not (tmp_path / ".out.partial").exists()


def test_ingest_survives_the_leftover_of_a_killed_run(tmp_path: Path) -> None:
    def stop(_what: str, done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    src = write(tmp_path / "in", market())
    with pytest.raises(KeyboardInterrupt):
        ingest(src, tmp_path / "out", Sources(), now=NOW, progress=stop)
    assert not (tmp_path / "out").exists()
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / "posts.parquet").write_text("half")
    take_in(src, tmp_path / "out")
    assert Catalogue(tmp_path / "out").table("posts").num_rows == 20


@pytest.mark.slow
def test_ingest_killed_outright_leaves_nothing_that_is_trusted(tmp_path: Path) -> None:
    src = write(tmp_path / "in", market())
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom tastemaker.config import Sources\n"
        "from tastemaker.sources import ingest\n"
        "def kill(what, done, total):\n    if done == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "ingest(Path(sys.argv[1]), Path(sys.argv[2]), Sources(), progress=kill)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(src), str(tmp_path / "out")], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.partial", "in"]
    take_in(src, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out"]


def test_ingest_tells_its_progress(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    ingest(
        write(tmp_path / "in", market()),
        tmp_path / "out",
        Sources(),
        now=NOW,
        progress=lambda *step: told.append(step),
    )
    assert told[0] == ("ingest", 0, 8)
    assert told[-1] == ("ingest", 8, 8)


def _without(name: str) -> Callable[[Path], None]:
    return lambda src: (src / f"{name}.csv").unlink()


def _text(name: str, text: bytes) -> Callable[[Path], None]:
    return lambda src: (src / name).write_bytes(text)  # type: ignore[return-value]


def _twice(src: Path) -> None:
    write_rows(src / "posts.jsonl", market()["posts"])


def _renamed(src: Path) -> None:
    (src / "accounts.csv").rename(src / "acounts.csv")


def _empty_folder(src: Path) -> None:
    (src / "comments").mkdir()


def _numbers_for_times(src: Path) -> None:
    (src / "posts.csv").unlink()
    rows: Rows = [{**row, "posted_at": 1_770_000_000} for row in market()["posts"]]
    write_rows(src / "posts.parquet", rows)


REFUSED: list[tuple[Callable[[Path], object], Refusal, str]] = [
    (_without("accounts"), Refusal.MISSING_TABLE, "'accounts' is missing; expected accounts.parquet, .csv"),
    (_renamed, Refusal.MISSING_TABLE, "did you mean 'acounts.csv'"),
    (_twice, Refusal.AMBIGUOUS_TABLE, "posts is there twice, as posts.jsonl and posts.csv"),
    (_empty_folder, Refusal.EMPTY_FILE, "comments/: no Parquet, CSV or JSON Lines file"),
    (_text("posts.csv", b""), Refusal.EMPTY_FILE, "posts.csv: the file is empty"),
    (_text("posts.csv", b"\xef\xbb\xbf \n"), Refusal.EMPTY_FILE, "posts.csv: the file is empty"),
    (_text("creators.csv", b"creator_id\n"), Refusal.NO_ROWS, "creators.csv: none of 0 rows is usable"),
    (_text("posts.csv", b"post_id,acount_id\np,a\n"), Refusal.MISSING_COLUMN, "did you mean 'acount_id'"),
    (_text("posts.csv", b"post_id\np\n"), Refusal.MISSING_COLUMN, "no other column"),
    (_text("posts.csv", b"post_id,post_id\np,p\n"), Refusal.DUPLICATE_COLUMN, "column 'post_id' is there twice"),
    (_text("posts.csv", b"\xff\xfep\x00"), Refusal.UNREADABLE_FILE, "is UTF-16; save it as UTF-8"),
    (_text("posts.csv", b"post_\xe9d,kind\n"), Refusal.UNREADABLE_FILE, "header row is not UTF-8"),
    (_text("posts.csv", b'post_id,account_id\np,"a,b\nc,d\n'), Refusal.UNREADABLE_FILE, "never closed"),
    (_text("comments.parquet", b"PAR1 torn PAR1"), Refusal.UNREADABLE_FILE, "can not be read as parquet"),
    (_text("comments.csv.gz", b"no gzip"), Refusal.UNREADABLE_FILE, "comments.csv.gz: can not be read as csv"),
    (_numbers_for_times, Refusal.WRONG_TYPE, "'posted_at' has type int64; expected times with a zone"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "code", "message"), REFUSED)
def test_ingest_refuses_by_name(
    tmp_path: Path, spoil: Callable[[Path], object], code: Refusal, message: str
) -> None:
    src = write(tmp_path / "in", market())
    spoil(src)
    with pytest.raises(RefusedInputError) as caught:
        take_in(src, tmp_path / "out")
    assert caught.value.code is code
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_ingest_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RefusedInputError, match="no such folder"):
        take_in(tmp_path / "in", tmp_path / "out")


@pytest.mark.parametrize("place", [".", ".."])
def test_ingest_refuses_an_output_that_would_replace_its_input(tmp_path: Path, place: str) -> None:
    src = write(tmp_path / "held" / "in", market())
    before = contents(src)
    with pytest.raises(SourceError, match="overlaps the source"):
        take_in(src, src / place)
    assert contents(src) == before


def test_ingest_leaves_a_folder_that_only_bears_the_name_of_a_stopped_run(tmp_path: Path) -> None:
    (tmp_path / "out.stopped").mkdir()
    (tmp_path / "out.stopped" / "mine.txt").write_text("keep")
    take_in(write(tmp_path / "in", market()), tmp_path / "out")
    assert (tmp_path / "out.stopped" / "mine.txt").read_text() == "keep"
