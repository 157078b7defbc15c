"""Columns to canonical Parquet files, the same bytes for the same values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tastemaker.schema import TABLES
from tastemaker.simulation.clock import Flags, Floats, Ints

Columns = Mapping[str, pa.Array]


def write(name: str, columns: Columns, out: Path) -> int:
    """Writes ``out/<name>.parquet`` in the canonical schema; a column that is not given is null. Returns the rows."""
    schema = TABLES[name].schema
    rows = len(next(iter(columns.values()), ()))
    arrays = [_as(columns[f.name], f.type) if f.name in columns else pa.nulls(rows, f.type) for f in schema]
    save(pa.Table.from_arrays(arrays, schema=schema), out / f"{name}.parquet")
    return rows


def save(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=1, row_group_size=1 << 18)


def counts(values: Floats, known: Flags | None = None) -> pa.Array:
    """Rounded to whole numbers; null where not ``known``."""
    whole = np.rint(np.where(np.isfinite(values), values, 0.0)).astype(np.int64)
    return pa.array(whole, mask=None if known is None else ~known)


def take(words: list[str] | tuple[str, ...], codes: Ints, known: Flags | None = None) -> pa.Array:
    """``words[codes[i]]``; null where not ``known``."""
    indices = pa.array(codes, mask=None if known is None else ~known)
    return pa.array(list(words), type=pa.string()).take(indices)


def join(parts: list[Columns]) -> dict[str, pa.Array]:
    """Rows of several parts, one after the other; a column that a part lacks is null there."""
    names = list(dict.fromkeys(name for part in parts for name in part))
    joined: dict[str, pa.Array] = {}
    for name in names:
        kind = next(part[name].type for part in parts if name in part)
        pieces = [
            _as(p[name], kind) if name in p else pa.nulls(len(next(iter(p.values()))), kind) for p in parts
        ]
        joined[name] = pa.concat_arrays(pieces)
    return joined


def ordered(columns: Columns, *keys: str) -> dict[str, pa.Array]:
    """Rows sorted by ``keys``."""
    table = pa.table(dict(columns))
    order = pc.sort_indices(table, sort_keys=[(key, "ascending") for key in keys])
    return {name: table.column(name).combine_chunks().take(order) for name in table.column_names}


def _as(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return values if values.type == kind else values.cast(kind)
