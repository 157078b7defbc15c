"""A tiny invented market, written in any of the formats, for the tests of this folder."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.config import Sources
from tastemaker.schema import EXAMPLE_BRIEF, TABLES
from tastemaker.sources import IngestReport, ingest

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LENIENT = Sources(max_rejected_share=1.0)
Rows = list[dict[str, Any]]


def market() -> dict[str, Rows]:
    """Twenty creators with an account each and a little of everything; nothing in it breaks a rule."""
    ids = [f"{i:02d}" for i in range(20)]
    t = "2026-03-01T12:00:00Z"
    brief = EXAMPLE_BRIEF.canonical_json()
    return {
        "creators": [{"creator_id": f"c{i}", "country": "PT", "languages": ["pt", "en"]} for i in ids],
        "accounts": [
            {
                "account_id": f"a{i}", "creator_id": f"c{i}", "platform": "tiktok", "handle": f"zorbel.{i}",
                "verified": False,
            }
            for i in ids
        ],
        "account_snapshots": [{"account_id": f"a{i}", "observed_at": t, "followers": 1000} for i in ids],
        "posts": [
            {"post_id": f"p{i}", "account_id": f"a{i}", "posted_at": t, "kind": "reel", "caption": "plim, plom\nplum"}
            for i in ids
        ],
        "post_snapshots": [{"post_id": f"p{i}", "observed_at": t, "likes": 10, "scope": "total"} for i in ids],
        "audiences": [
            {
                "account_id": f"a{i}", "observed_at": t, "basis": "followers", "facet": "country",
                "key": key, "share": share,
            }
            for i in ids for key, share in (("PT", 0.6), ("BR", 0.3))
        ],
        "campaigns": [
            {
                "campaign_id": f"k{i}", "brand_id": "b1", "brief": brief, "starts_at": t,
                "ends_at": "2027-01-01T00:00:00Z",
            }
            for i in ids
        ],
        "brands": [{"brand_id": "b1", "name": "Plonk", "values": ["craft"]}],
    }  # fmt: skip


def write(root: Path, tables: dict[str, Rows], kind: str = "csv") -> Path:
    """The tables as files of one kind; the first row of a table names its columns."""
    root.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_rows(root / f"{name}.{kind}", rows)
    return root


def write_rows(path: Path, rows: Rows) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([{c: row.get(c) for c in columns} for row in rows]), path)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            for row in rows:
                writer.writerow({k: json.dumps(v) if isinstance(v, list) else v for k, v in row.items()})


def take_in(root: Path, out: Path, config: Sources = LENIENT) -> IngestReport:
    return ingest(root, out, config, now=NOW)


def rejected(out: Path, name: str) -> Rows:
    """What was set aside of a table, as dicts."""
    return pq.read_table(out / "rejected" / f"{name}.parquet").to_pylist()


def canonical_columns(name: str) -> list[str]:
    return [column.name for column in TABLES[name].columns]
