"""Finding the files of a table and reading them: Parquet, CSV and JSON Lines, whole or in parts."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.sources.reasons import Fault, Refusal, RefusedInputError, nearest
from tastemaker.sources.text import read_csv, read_jsonl, refuse_twice

_KINDS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}

RIGHTS = "rights.yaml"
"""Beside the raw tables: where they come from and by what right. It is no table."""


@dataclass(frozen=True)
class Part:
    """One file as read: the canonical columns that it has, in the types of the file.

    ``rows``: number of each row in the file, from 1 (lines in JSON Lines; the header of a CSV is not counted).
    ``faults``: rows that could not be read; here ``position`` is the row's number.
    """

    table: pa.Table
    rows: npt.NDArray[np.int64]
    unknown: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)


def kind_of(path: Path) -> str | None:
    """``parquet``, ``csv`` or ``jsonl`` by the name's end (``.gz`` allowed for text), else None."""
    name = path.name.lower()
    packed = name.endswith(".gz")
    kind = _KINDS.get(Path(name.removesuffix(".gz")).suffix)
    return None if packed and kind == "parquet" else kind


def _table_name(path: Path) -> str:
    return path.name if path.is_dir() else Path(path.name.removesuffix(".gz")).stem


def find_files(src: Path, names: Sequence[str]) -> tuple[dict[str, list[Path]], list[str]]:
    """The files of each table found in a folder, and the names of files that belong to none.

    A table is one file (``posts.csv``) or a folder of parts (``posts/*.parquet``), read in order of name. Raises
    :class:`RefusedInputError` where ``src`` is no folder or a table is there twice.
    """
    if not src.is_dir():
        raise RefusedInputError(
            Refusal.NO_INPUT, f"{src}: no such folder; expected one with creators, accounts and other tables"
        )
    found: dict[str, list[Path]] = {}
    ignored = []
    for path in sorted(src.iterdir()):
        name = _table_name(path)
        files = sorted(p for p in path.iterdir() if p.is_file() and kind_of(p)) if path.is_dir() else [path]
        if path.name.startswith((".", "_")) or path.name == RIGHTS:
            continue
        if name not in names or (path.is_file() and kind_of(path) is None):
            ignored.append(path.name)
        elif name in found:
            raise RefusedInputError(
                Refusal.AMBIGUOUS_TABLE,
                f"{src}: {name} is there twice, as {path.name} and {found[name][0].name}; keep one",
            )
        elif not files:
            raise RefusedInputError(
                Refusal.EMPTY_FILE, f"{path.name}/: no Parquet, CSV or JSON Lines file in it"
            )
        else:
            found[name] = files
    return found, ignored


def read_part(db: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str]) -> Part:
    """Reads one file. Raises :class:`RefusedInputError` where it is empty, unreadable or has a column twice."""
    try:
        if path.stat().st_size == 0:
            raise RefusedInputError(
                Refusal.EMPTY_FILE, f"{path.name}: the file is empty; export it again or take it away"
            )
        if kind_of(path) == "parquet":
            return _read_parquet(path, columns)
        data = gzip.decompress(path.read_bytes()) if path.name.lower().endswith(".gz") else path.read_bytes()
        text = without_mark(data, path.name)
        if kind_of(path) == "csv":
            table, rows, faults = read_csv(text, path.name)
        else:
            table, rows, faults = read_jsonl(db, text, columns)
    except (OSError, EOFError, zlib.error, pa.ArrowException, duckdb.Error) as error:
        raise RefusedInputError(
            Refusal.UNREADABLE_FILE,
            f"{path.name}: can not be read as {kind_of(path)}: {' '.join(str(error).split())[:300]}",
        ) from None
    known = [c for c in table.column_names if c in columns]
    unknown = tuple(c for c in table.column_names if c not in columns)
    return Part(table.select(known), rows, unknown, faults)


def without_mark(data: bytes, name: str) -> bytes:
    """The bytes without a UTF-8 byte order mark; UTF-16 is refused with the way out."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise RefusedInputError(
            Refusal.UNREADABLE_FILE, f"{name}: is UTF-16; save it as UTF-8 ('CSV UTF-8' in Excel)"
        )
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise RefusedInputError(
            Refusal.EMPTY_FILE, f"{name}: the file is empty; export it again or take it away"
        )
    return data


def require_columns(found: Sequence[str], required: Sequence[str], unknown: Sequence[str], file: str) -> None:
    for name in required:
        if name not in found:
            hint = nearest(name, unknown) if unknown else "no other column is there"
            raise RefusedInputError(
                Refusal.MISSING_COLUMN,
                f"{file}: required column {name!r} is missing; {hint.replace('known:', 'found:')}",
            )


def _read_parquet(path: Path, columns: Sequence[str]) -> Part:
    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    refuse_twice(names, path.name)
    table = file.read(columns=[n for n in names if n in columns])
    return Part(table, np.arange(1, len(table) + 1), tuple(n for n in names if n not in columns))
