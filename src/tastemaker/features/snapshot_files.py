"""The files and tables of a snapshot, read and checked: what does not fit is named with its file and column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.errors import FeatureError

FORMAT = 5
REBUILD = "build it again with build_snapshots"


def conform(table: pa.Table, schema: pa.Schema, what: str) -> pa.Table:
    """The columns of ``schema``; FeatureError names ``what`` was looked at, the column at fault and the way out."""
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise FeatureError(f"{what} lacks {', '.join(missing)}; {REBUILD}")
    doubled = [name for name in schema.names if table.column_names.count(name) > 1]
    if doubled:
        raise FeatureError(f"{what} has more than one column {doubled[0]!r}; {REBUILD}")
    columns = []
    for field in schema:
        try:
            columns.append(table.column(field.name).cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            found = table.schema.field(field.name).type
            raise FeatureError(
                f"{what}: column {field.name!r} is {found}, expected {field.type} ({error}); {REBUILD}"
            ) from None
    return pa.table(columns, schema=schema)


def read_about(path: Path) -> dict[str, Any]:
    """What a snapshot says of itself."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FeatureError(f"{path}: not a snapshot: {error}") from None
    if not isinstance(about, dict) or not {"format", "as_of", "encoder_id", "fx"} <= set(about):
        raise FeatureError(f"{path}: expected format, as_of, encoder_id and fx; build the snapshot again")
    if about["format"] != FORMAT:
        raise FeatureError(f"{path}: format {about['format']} is not {FORMAT}; build the snapshot again")
    return about


def read_table(path: Path, schema: pa.Schema) -> pa.Table:
    """The columns of ``schema`` from a Parquet file."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise FeatureError(f"{path}: can not be read: {error}") from None
    return conform(table, schema, str(path))


def read_array(path: Path) -> np.ndarray:
    """The array of a npy file; no pickle."""
    try:
        array: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FeatureError(f"{path}: can not be read: {error}") from None
    return array
