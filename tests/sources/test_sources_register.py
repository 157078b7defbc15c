"""Where tables come from and by what right: as declared, else said not to be."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from tastemaker.config import Sources
from tastemaker.errors import ConfigError, SourceError
from tastemaker.schema import TABLES
from tastemaker.sources import Catalogue, data_register, ingest, read_rights
from tastemaker.sources.catalogue import write_table

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    rows = {
        "creators": [{"creator_id": "c1"}],
        "audiences": [
            {"account_id": "a1", "observed_at": AT.replace(day=n + 1), "basis": "followers", "facet": "country",
             "key": "GB", "share": 0.5, "source": source, "first_party": source == "own insights"}
            for n, source in enumerate(("own insights", "own insights", None))
        ],
    }  # fmt: skip
    for name, listed in rows.items():
        write_table(pa.Table.from_pylist(listed, TABLES[name].schema), tmp_path / f"{name}.parquet")
    return Catalogue(tmp_path)


def declared(folder: Path, text: str) -> Path:
    (folder / "rights.yaml").write_text(text)
    return folder


def test_register_tells_what_the_tables_hold(catalogue: Catalogue) -> None:
    told = data_register(catalogue, None)
    assert set(told["tables"]) == {"creators", "audiences"}
    audiences = told["tables"]["audiences"]
    assert (audiences["rows"], audiences["first"][:10], audiences["last"][:10]) == (
        3,
        "2026-05-01",
        "2026-05-03",
    )
    assert audiences["told_by_rows"]["source"] == {"own insights": 2, "unknown": 1}
    assert told["tables"]["creators"]["first"] is None
    assert told["not_declared"] == ["creators", "audiences"]
    assert told["declared_in"] is None
    assert told["data_digest"] == catalogue.digest()
    json.dumps(told, allow_nan=False)


def test_rights_are_those_declared(catalogue: Catalogue, tmp_path: Path) -> None:
    text = """
tables:
  audiences:
    - source: insights that creators sent
      rights: consent of the account holder
      basis: consent (GDPR art. 6 1 a)
      personal_data: true
      until: 2027-05-01
default:
  - {source: own records, rights: ours}
"""
    told = data_register(catalogue, read_rights(declared(tmp_path, text)))
    (source,) = told["tables"]["audiences"]["sources"]
    assert (source["rights"], source["until"]) == ("consent of the account holder", "2027-05-01")
    assert "note" not in source
    assert told["tables"]["creators"]["sources"][0]["source"] == "own records"
    assert (told["not_declared"], told["declared_in"]) == ([], "rights.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tables: {pots: []}", "there is no table 'pots'; did you mean 'posts'?"),
        ("tables: {posts: [{source: x}]}", "tables.posts.0.rights: required"),
        (
            "tables: {posts: [{source: x, rights: y, licence: z}]}",
            "tables.posts.0.licence: unknown field; known: source, rights, basis",
        ),
        ("default: [{source: x, rights: y, until: soon}]", "default.0.until: "),
        ("sources: []", "sources: unknown field"),
    ],
)
def test_a_bad_declaration_is_one_error(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"rights\.yaml: ") as error:
        read_rights(declared(tmp_path, text))
    assert said in str(error.value)


def test_a_declaration_that_is_no_yaml_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rights\.yaml: not YAML"):
        read_rights(declared(tmp_path, "a: [b"))
    assert read_rights(tmp_path / "elsewhere") is None


def test_the_declaration_is_no_ignored_table(market: Path, tmp_path: Path) -> None:
    report = ingest(market / "marketplace", tmp_path / "out", Sources())
    assert "rights.yaml" not in report.ignored_files
