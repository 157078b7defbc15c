"""Text to canonical values, vectorised in DuckDB; a value that can not be read comes out as null."""

from __future__ import annotations

import re

import duckdb
import pyarrow as pa

from tastemaker.schema.tables import COUNT, FLAG, REAL, TEXT, TEXTS, TIME, Column
from tastemaker.sources.reasons import Reason, shown

_MOMENT = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?)?"
_ZONED = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)"
_WHOLE = r"[+-]?[0-9]+(\.0*)?"
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
# What a spreadsheet makes of a long id: 17841400000000000 becomes 1.78414E+16.
_ROUNDED = r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+"

_SQL = {
    COUNT: f"CASE WHEN regexp_full_match({{x}}, '{_WHOLE}') THEN TRY_CAST(split_part({{x}}, '.', 1) AS BIGINT) END",
    REAL: (
        f"CASE WHEN regexp_full_match({{x}}, '{_NUMBER}') AND isfinite(TRY_CAST({{x}} AS DOUBLE)) "
        "THEN TRY_CAST({x} AS DOUBLE) END"
    ),
    FLAG: (
        "CASE WHEN lower({x}) IN ('true', '1', '1.0') THEN true "
        "WHEN lower({x}) IN ('false', '0', '0.0') THEN false END"
    ),
    TIME: f"CASE WHEN regexp_full_match({{x}}, '{_ZONED}') THEN TRY_CAST({{x}} AS TIMESTAMPTZ) END",
    TEXTS: (
        "list_filter(list_transform(CASE WHEN starts_with({x}, '[') "
        "THEN TRY_CAST(TRY_CAST({x} AS JSON) AS VARCHAR[]) ELSE string_split({x}, '|') END, "
        "lambda s: trim(s)), lambda s: s <> '')"
    ),
}


def parse(
    db: duckdb.DuckDBPyConnection, texts: dict[str, tuple[pa.ChunkedArray, Column]]
) -> dict[str, pa.ChunkedArray]:
    """Each text array in the type of its column; blank and unreadable values are null."""
    if not texts:
        return {}
    db.register("texts", pa.table({name: text for name, (text, _) in texts.items()}))
    picked = ", ".join(f'{_expression(name, column)} AS "{name}"' for name, (_, column) in texts.items())
    result = db.sql(f"SELECT {picked} FROM texts").to_arrow_table()
    return {name: result[name].cast(column.type) for name, (_, column) in texts.items()}


def _expression(name: str, column: Column) -> str:
    if column.type == TEXT:
        return f'CASE WHEN trim("{name}") <> \'\' AND NOT {_rounded(name, column)} THEN "{name}" END'
    return _SQL[column.type].replace("{x}", f'trim("{name}")')


def _rounded(name: str, column: Column) -> str:
    return f"regexp_full_match(\"{name}\", '{_ROUNDED}')" if is_id(column) else "false"


def is_id(column: Column) -> bool:
    return column.type == TEXT and column.name.endswith("_id")


def why_not(value: str, column: Column) -> tuple[Reason, str] | None:
    """Why a value came out as null: reason and message; None where it was blank, which is no fault of its own."""
    text, got = value.strip(), f"{column.name} {shown(value)!r}"
    unknown = column.type in (COUNT, REAL) and text.lower() == "nan"
    if not text or unknown or (column.type == TEXTS and not text.strip("|[] ")):
        return None
    if column.type == COUNT:
        return Reason.NOT_A_COUNT, f"{got} is no whole number; write 18400, and leave unknown counts empty"
    if column.type == REAL:
        return Reason.NOT_A_NUMBER, f"{got} is no number; write 0.25, and leave unknown values empty"
    if column.type == FLAG:
        return Reason.NOT_A_FLAG, f"{got} is neither true, false, 1 nor 0"
    if column.type == TEXTS:
        return Reason.NOT_A_LIST, f'{got} is no JSON array; write ["a", "b"] or a|b'
    if column.type == TIME:
        return _why_no_time(text, got)
    return Reason.ID_LOST_DIGITS, f"{got} has lost digits, as spreadsheets do to long ids; export ids as text"


def _why_no_time(text: str, got: str) -> tuple[Reason, str]:
    if re.fullmatch(_MOMENT, text):
        return Reason.NAIVE_TIME, f"{got} has no time zone; write it like 2026-03-01T12:00:00Z or with +02:00"
    return Reason.NOT_A_TIME, f"{got} is no ISO 8601 time; write it like 2026-03-01T12:00:00Z"
