"""The register of data sources and rights: what each table holds, since when, from whom, and by what right."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.config import read_yaml
from tastemaker.schema import TABLES, Rights, Table
from tastemaker.sources.catalogue import Catalogue
from tastemaker.sources.reading import RIGHTS

TOLD_BY_ROWS = ("source", "first_party", "basis", "policy")
"""Columns in which rows themselves say where they come from."""

FORMAT = 1
MOST_VALUES = 20


def read_rights(source: Path) -> Rights | None:
    """The declaration in the folder ``source``; None where there is none. Raises ConfigError for what is no YAML,
    SourceError that names the field for anything unexpected in it."""
    path = source / RIGHTS
    return Rights.parse(read_yaml(path, "tables with their sources"), str(path)) if path.is_file() else None


def data_register(catalogue: Catalogue, rights: Rights | None) -> dict[str, Any]:
    """Every table of the catalogue with its rows, first and last fact, what its rows tell of their source, and what is
    declared; ``not_declared`` names the tables of which nothing is. JSON's own types only."""
    tables = {
        name: _of_table(catalogue, table, rights) for name, table in TABLES.items() if catalogue.has(name)
    }
    return {
        "format": FORMAT,
        "declared_in": None if rights is None else RIGHTS,
        "data_digest": catalogue.digest(),
        "tables": tables,
        "not_declared": [name for name, told in tables.items() if not told["sources"]],
    }


def _of_table(catalogue: Catalogue, table: Table, rights: Rights | None) -> dict[str, Any]:
    rows = catalogue.table(table.name)
    first, last = _period(rows, table)
    sources = () if rights is None else rights.of(table.name)
    return {
        "rows": rows.num_rows,
        "first": first and first.isoformat(),
        "last": last and last.isoformat(),
        "told_by_rows": {name: _counts(rows[name]) for name in TOLD_BY_ROWS if name in rows.column_names},
        "sources": [source.model_dump(mode="json", exclude_none=True) for source in sources],
    }


def _period(rows: pa.Table, table: Table) -> tuple[datetime | None, datetime | None]:
    """When the first of its facts happened, and when the last of them was known."""
    clocks = [name for name in (table.happened_at, table.known_at) if name]
    ends = [(pc.min(rows[name]).as_py(), pc.max(rows[name]).as_py()) for name in clocks]
    known = [(low, high) for low, high in ends if low is not None]
    return (min(e[0] for e in known), max(e[1] for e in known)) if known else (None, None)


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    """Value -> rows, the most frequent; the rest together as ``others``."""
    found = pc.value_counts(column).to_pylist()
    named = {"unknown" if v["values"] is None else str(v["values"]): int(v["counts"]) for v in found}
    ranked = sorted(named.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(count for _, count in ranked[MOST_VALUES:])
    return dict(ranked[:MOST_VALUES]) | ({"others": rest} if rest else {})
