"""What an ingest read, accepted and set aside."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from tastemaker.schema.tables import COUNT, TEXT
from tastemaker.sources.catalogue import write_table

REJECTED_SCHEMA = pa.schema(
    [("file", TEXT), ("row", COUNT), ("column", TEXT), ("value", TEXT), ("reason", TEXT), ("message", TEXT)]
)
"""``rejected/<table>.parquet``: one line per broken rule. ``row`` counts from 1, the header of a CSV left out."""


@dataclass(frozen=True)
class Rejection:
    """One rule broken by one row of one file."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.file} row {self.row}: {self.message}"


@dataclass(frozen=True)
class TableReport:
    """``rows`` were read; ``rejected`` of them broke a rule, some more than one (``reasons`` counts each)."""

    files: tuple[str, ...]
    rows: int
    accepted: int
    rejected: int
    reasons: dict[str, int]
    examples: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]
    unchecked_references: tuple[str, ...]


@dataclass(frozen=True)
class IngestReport:
    """The report of every table that was there; ``absent`` names the optional ones that were not."""

    tables: dict[str, TableReport]
    absent: tuple[str, ...]
    ignored_files: tuple[str, ...]

    @property
    def rows(self) -> int:
        return sum(t.rows for t in self.tables.values())

    @property
    def rejected(self) -> int:
        return sum(t.rejected for t in self.tables.values())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_rejections(rejections: list[Rejection], path: Path) -> None:
    """The rejected rows of one table, in the order of files and rows; nothing where there are none."""
    if rejections:
        path.parent.mkdir(exist_ok=True)
        columns = [[getattr(r, name) for r in rejections] for name in REJECTED_SCHEMA.names]
        write_table(pa.table(columns, schema=REJECTED_SCHEMA), path)
