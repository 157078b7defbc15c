"""From the types of a file to the canonical types. What can not be cast becomes null and a fault."""

from __future__ import annotations

import json
from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.schema.tables import COUNT, FLAG, REAL, TEXT, TEXTS, TIME, Column, Table
from tastemaker.sources.parsing import is_id, parse, why_not
from tastemaker.sources.reasons import Fault, Reason, Refusal, RefusedInputError, shown

_EXACT_FLOAT = 2.0**53


def cast_table(
    db: duckdb.DuckDBPyConnection, raw: pa.Table, table: Table, file: str
) -> tuple[pa.Table, list[Fault]]:
    """All canonical columns of ``table``, absent ones null. Raises :class:`RefusedInputError` for a hopeless type."""
    columns, faults, texts = {}, [], {}
    for column in table.columns:
        if column.name not in raw.column_names:
            columns[column.name] = pa.nulls(len(raw), column.type)
            continue
        array, broken = _without_broken_text(_plain(raw[column.name]), column.name)
        faults += broken
        direct = _direct(array, column)
        if direct is None:
            texts[column.name] = _as_text(array, column, file)
        else:
            columns[column.name] = direct
    parsed = parse(db, {name: (text, table.column(name)) for name, text in texts.items()})
    for name, text in texts.items():
        columns[name] = parsed[name]
        lost = np.flatnonzero(np.asarray(pc.and_(pc.is_valid(text), pc.is_null(parsed[name]))))
        values = text.take(pa.array(lost)).to_pylist()
        found = (why_not(v, table.column(name)) for v in values)
        faults += [Fault(int(i), name, v, *w) for i, v, w in zip(lost, values, found, strict=True) if w]
    arrays = [columns[c.name] for c in table.columns]
    return pa.table(arrays, schema=table.schema), faults


def _plain(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without dictionaries and views, and with one width of offsets."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.cast(kind.value_type)
        kind = array.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return array.cast(TEXT, safe=False)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        inner = kind.value_type
        if pa.types.is_string(inner) or pa.types.is_large_string(inner) or pa.types.is_null(inner):
            return array.cast(TEXTS, safe=False)
    return array


def _without_broken_text(array: pa.ChunkedArray, name: str) -> tuple[pa.ChunkedArray, list[Fault]]:
    """Parquet readers take bytes for text unchecked; here each value that is no UTF-8 becomes null and a fault."""
    if array.type not in (TEXT, TEXTS) and not pa.types.is_binary(array.type):
        return array, []
    try:
        array = array.cast(TEXT) if pa.types.is_binary(array.type) else array
        array.validate(full=True)
        return array, []
    except pa.ArrowInvalid:
        pass
    values, faults = [], []
    width = pa.list_(pa.binary()) if array.type == TEXTS else pa.binary()
    for i, value in enumerate(array.cast(width, safe=False).to_pylist()):
        try:
            values.append(_decoded(value))
        except UnicodeDecodeError as error:
            values.append(None)
            text = error.object.decode(errors="replace")
            message = (
                f"byte {error.start} of {name} is no UTF-8, in {shown(text)!r}; write the column as UTF-8"
            )
            faults.append(Fault(i, name, text, Reason.BROKEN_UTF8, message))
    return pa.chunked_array([pa.array(values, TEXTS if array.type == TEXTS else TEXT)]), faults


def _decoded(value: bytes | list[bytes | None] | None) -> str | list[str | None] | None:
    if isinstance(value, list):
        return [None if v is None else v.decode() for v in value]
    return None if value is None else value.decode()


def _direct(array: pa.ChunkedArray, column: Column) -> pa.ChunkedArray | None:
    """The cast of a type that fits; None where values must go through their text."""
    kind, target = array.type, column.type
    fits: dict[pa.DataType, Callable[[pa.DataType], bool]] = {
        TEXT: lambda k: k == TEXT and not (column.required or column.rule or is_id(column)),
        COUNT: lambda k: pa.types.is_integer(k) and k != pa.uint64(),
        REAL: lambda k: pa.types.is_integer(k) or (pa.types.is_floating(k) and _finite(array)),
        FLAG: pa.types.is_boolean,
        TIME: lambda k: pa.types.is_timestamp(k) and k.tz is not None,
        TEXTS: lambda k: k == TEXTS and not pc.any(pc.is_null(pc.list_flatten(array))).as_py(),
    }
    if pa.types.is_null(kind):
        return pa.chunked_array([pa.nulls(len(array), target)])
    if not fits[target](kind):
        return None
    if target == TEXT:
        return array
    if target == REAL and pa.types.is_floating(kind):
        return pc.if_else(pc.is_nan(array), None, array).cast(REAL)
    return array.cast(target, safe=target != TIME)


def _finite(array: pa.ChunkedArray) -> bool:
    return not pc.any(pc.is_inf(array)).as_py()


def _as_text(array: pa.ChunkedArray, column: Column, file: str) -> pa.ChunkedArray:
    kind = array.type
    if kind == TEXT:
        return array
    if column.type == TEXT and pa.types.is_floating(kind):
        return _whole_numbers(array)
    if kind == TEXTS and column.type == TEXTS:
        # The same list without its nulls, by way of JSON: rare, so its price does not matter.
        return pa.chunked_array([[None if v is None else json.dumps(v) for v in array.to_pylist()]], TEXT)
    try:
        if pa.types.is_nested(kind) or (column.type == TEXT and pa.types.is_temporal(kind)):
            raise pa.ArrowInvalid("no text stands for it")
        if column.type == TIME and not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
            raise pa.ArrowInvalid("a number is no time")
        return array.cast(TEXT)
    except pa.ArrowException:
        raise RefusedInputError(
            Refusal.WRONG_TYPE,
            f"{file}: column {column.name!r} has type {kind}; expected {expected_type(column)}",
        ) from None


def _whole_numbers(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """Ids that came as floats: exact ones as integers, the others as they print (they have lost digits)."""
    exact = pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), _EXACT_FLOAT))
    number = pc.if_else(pc.fill_null(exact, False), array, None).cast(COUNT).cast(TEXT)
    rest = pc.if_else(pc.is_nan(array), None, array).cast(TEXT)
    return pc.coalesce(number, rest)


def expected_type(column: Column) -> str:
    """The type of a column in words."""
    return {
        TEXT: "text",
        COUNT: "whole numbers",
        REAL: "numbers",
        FLAG: "true or false",
        TIME: "times with a zone (ISO 8601, such as 2026-03-01T12:00:00Z)",
        TEXTS: "lists of text",
    }[column.type]
