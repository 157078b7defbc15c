"""The tables in parts: a bucket holds some creators and all about them, so that it can be computed alone."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tastemaker.atomic import atomic_folder
from tastemaker.errors import SourceError
from tastemaker.schema.tables import TABLES
from tastemaker.sources.catalogue import Catalogue, write_table

# How each table of a bucket finds its creator.
_BY_CREATOR = ("creators", "accounts", "offers", "outcomes")
_BY_ACCOUNT = ("account_snapshots", "posts", "audiences")
_BY_POST = ("post_snapshots", "comments")
SHARED = ("brands", "campaigns", "decisions", "fx_rates")
"""Small tables that every bucket holds in full."""


def bucket_of(creator_id: str, buckets: int) -> int:
    """The bucket of a creator: the same on every platform, in every process and version."""
    return int.from_bytes(hashlib.sha256(creator_id.encode()).digest()[:8], "big") % buckets


def bucketise(tables: Path, out: Path, buckets: int) -> list[Path]:
    """Splits checked tables by creator into ``out/000``, ``out/001``, ...: each a :class:`Catalogue`.

    Rows are sorted by the table's key. ``decision_items`` and ``overlaps`` concern several creators and stay
    outside. Memory is bounded by one table of one bucket. Raises :class:`SourceError` where ``tables`` has no
    creators.
    """
    if buckets < 1:
        raise SourceError(f"buckets is {buckets}; expected at least 1")
    source = Catalogue(tables)
    if not source.has("creators"):
        raise SourceError(f"{source.path('creators')}: not there; a bucket is a set of creators")
    with atomic_folder(out) as folder:
        parts = folder / ".parts"
        with duckdb.connect(config={"temp_directory": str(folder / ".spill")}) as db:
            _load_owners(db, source, buckets)
            names = [n for n in (*_BY_CREATOR, *_BY_ACCOUNT, *_BY_POST) if source.has(n)]
            for name in names:
                _partition(db, source.path(name), name, parts / name)
        for number in range(buckets):
            _write_bucket(source, parts, folder / f"{number:03d}", number, names)
        shutil.rmtree(parts, ignore_errors=True)
        shutil.rmtree(folder / ".spill", ignore_errors=True)
    return [out / f"{number:03d}" for number in range(buckets)]


def _load_owners(db: duckdb.DuckDBPyConnection, source: Catalogue, buckets: int) -> None:
    ids = source.table("creators")["creator_id"].to_pylist()
    owners = pa.table(
        {"creator_id": ids, "bucket": pa.array([bucket_of(i, buckets) for i in ids], pa.int64())}
    )
    db.register("owners_arrow", owners)
    db.execute("CREATE TABLE creator_bucket AS SELECT * FROM owners_arrow")
    db.register("accounts_arrow", source.table("accounts").select(["account_id", "creator_id"]))
    db.execute(
        "CREATE TABLE account_bucket AS SELECT account_id, any_value(bucket) AS bucket "
        "FROM accounts_arrow JOIN creator_bucket USING (creator_id) GROUP BY account_id"
    )
    db.register("posts_arrow", source.table("posts").select(["post_id", "account_id"]))
    db.execute(
        "CREATE TABLE post_bucket AS "
        "SELECT post_id, bucket FROM posts_arrow JOIN account_bucket USING (account_id)"
    )


def _partition(db: duckdb.DuckDBPyConnection, path: Path, name: str, out: Path) -> None:
    kind = "creator" if name in _BY_CREATOR else "account" if name in _BY_ACCOUNT else "post"
    out.parent.mkdir(exist_ok=True)
    db.execute(
        f"COPY (SELECT t.*, b.bucket FROM read_parquet($path) t JOIN {kind}_bucket b USING ({kind}_id)) "
        "TO $out (FORMAT parquet, PARTITION_BY (bucket), COMPRESSION zstd)",
        {"path": str(path), "out": str(out)},
    )


def _write_bucket(source: Catalogue, parts: Path, out: Path, number: int, names: list[str]) -> None:
    out.mkdir()
    for name in names:
        schema = TABLES[name].schema
        part = parts / name / f"bucket={number}"
        files = sorted(part.glob("*.parquet"))
        # ParquetFile, not a dataset: the folder's name must not become a column.
        found = [pq.ParquetFile(f).read().select(schema.names).cast(schema) for f in files]
        table = pa.concat_tables([schema.empty_table(), *found]).combine_chunks()
        order = pc.sort_indices(table, sort_keys=[(key, "ascending") for key in TABLES[name].key])
        write_table(table.take(order), out / f"{name}.parquet")
        shutil.rmtree(part, ignore_errors=True)
    for name in SHARED:
        if source.has(name):
            shutil.copyfile(source.path(name), out / f"{name}.parquet")
