"""The catalogue and its buckets."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tastemaker.errors import SourceError
from tastemaker.schema.tables import TABLES
from tastemaker.sources import Catalogue, bucket_of, bucketise
from tastemaker.sources.catalogue import write_table

CREATORS = [f"c{i:02d}" for i in range(30)]
ACCOUNTS = [(f"a{i:02d}", CREATORS[i % 30]) for i in range(40)]
POSTS = [(f"p{i:03d}", ACCOUNTS[i % 40][0]) for i in range(120)]


def rows(name: str, records: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(records, schema=TABLES[name].schema)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    root = tmp_path / "tables"
    root.mkdir()
    made: dict[str, list[dict[str, object]]] = {
        "creators": [{"creator_id": c, "languages": ["en"]} for c in reversed(CREATORS)],
        "accounts": [
            {"account_id": a, "creator_id": c, "platform": "blog", "handle": a} for a, c in reversed(ACCOUNTS)
        ],
        "posts": [{"post_id": p, "account_id": a, "kind": "post", "hashtags": ["x"]} for p, a in POSTS],
        "post_snapshots": [{"post_id": p, "likes": 3} for p, _ in POSTS],
        "brands": [{"brand_id": "b1", "name": "Plonk"}],
        "outcomes": [{"campaign_id": "k", "creator_id": c, "deliverable": "post"} for c in CREATORS],
        "decision_items": [{"decision_id": "d", "creator_id": c, "chosen": True} for c in CREATORS],
    }
    for name, records in made.items():
        write_table(rows(name, records), root / f"{name}.parquet")
    return root


def test_bucketise_puts_every_row_with_its_creator(tables: Path, tmp_path: Path) -> None:
    folders = bucketise(tables, tmp_path / "buckets", 4)
    assert [f.name for f in folders] == ["000", "001", "002", "003"]
    owner, author = dict(ACCOUNTS), dict(POSTS)
    seen: dict[str, int] = {}
    for number, folder in enumerate(folders):
        bucket = Catalogue(folder)
        mine = {
            "creators": bucket.table("creators")["creator_id"].to_pylist(),
            "accounts": bucket.table("accounts")["creator_id"].to_pylist(),
            "outcomes": bucket.table("outcomes")["creator_id"].to_pylist(),
            "posts": [owner[a] for a in bucket.table("posts")["account_id"].to_pylist()],
            "post_snapshots": [
                owner[author[p]] for p in bucket.table("post_snapshots")["post_id"].to_pylist()
            ],
        }
        for name, creators in mine.items():
            assert {bucket_of(c, 4) for c in creators} <= {number}
            seen[name] = seen.get(name, 0) + len(creators)
        assert bucket.table("brands")["name"].to_pylist() == ["Plonk"]
        assert not bucket.has("decision_items")
    assert seen == {"creators": 30, "accounts": 40, "outcomes": 30, "posts": 120, "post_snapshots": 120}


def test_bucketise_gives_the_same_bytes_again_in_key_order(tables: Path, tmp_path: Path) -> None:
    first = bucketise(tables, tmp_path / "one", 3)
    again = bucketise(tables, tmp_path / "two", 3)
    assert [Catalogue(f).digest() for f in first] == [Catalogue(f).digest() for f in again]
    ids = Catalogue(first[0]).table("posts")["post_id"].to_pylist()
    assert ids == sorted(ids)
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == ["000", "001", "002"]


def test_bucket_of_is_fixed_for_ever() -> None:
    assert [bucket_of(c, 8) for c in ("c1", "c2", "ñandú")] == [3, 5, 6]


def test_bucketise_refuses_what_is_not_there(tables: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="buckets is 0"):
        bucketise(tables, tmp_path / "b", 0)
    (tables / "creators.parquet").unlink()
    with pytest.raises(SourceError, match="a bucket is a set of creators"):
        bucketise(tables, tmp_path / "b", 2)
    assert not (tmp_path / "b").exists()


def test_catalogue_absent_table_is_empty_with_its_schema(tables: Path) -> None:
    catalogue = Catalogue(tables)
    assert not catalogue.has("comments")
    assert catalogue.table("comments").schema == TABLES["comments"].schema
    assert len(catalogue.table("comments")) == 0


def test_catalogue_digest_follows_the_bytes(tables: Path) -> None:
    before = Catalogue(tables).digest()
    assert Catalogue(tables).digest() == before
    write_table(rows("brands", [{"brand_id": "b2", "name": "Plink"}]), tables / "brands.parquet")
    assert Catalogue(tables).digest() != before


def test_catalogue_errors_name_the_way_out(tables: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="tastemaker ingest"):
        Catalogue(tmp_path / "nowhere")
    with pytest.raises(SourceError, match="did you mean 'posts'"):
        Catalogue(tables).table("post")
    (tables / "posts.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(SourceError, match="run the ingest again"):
        Catalogue(tables).table("posts")


def test_catalogue_table_has_the_canonical_schema_whatever_the_file_has(tables: Path) -> None:
    """Large strings, another order, a column less and one more: as other writers leave Parquet behind."""
    other = pa.table({"extra": [1], "name": pa.array(["Plink"], pa.large_string()), "brand_id": ["b7"]})
    write_table(other, tables / "brands.parquet")
    found = Catalogue(tables).table("brands")
    assert found.schema.equals(TABLES["brands"].schema)
    assert {k: v for k, v in found.to_pylist()[0].items() if v is not None} == {
        "brand_id": "b7",
        "name": "Plink",
    }
