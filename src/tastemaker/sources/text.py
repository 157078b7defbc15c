"""CSV and JSON Lines to tables of strings: a row that can not be read is set aside, the others go on."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tastemaker.sources.reasons import Fault, Reason, Refusal, RefusedInputError, shown

# A Unicode noncharacter: it stands where bytes were no UTF-8, so that their row can be told after parsing.
_MARK = "\ufdd0"
Read = tuple[pa.Table, npt.NDArray[np.int64], list[Fault]]


def mark_broken(data: bytes) -> tuple[bytes, list[int]]:
    """UTF-8 with each undecodable sequence replaced by the mark, and the byte position of each."""
    view, places, start = memoryview(data), [], 0
    pieces: list[bytes | memoryview] = []
    while True:
        try:
            str(view[start:], "utf-8")
        except UnicodeDecodeError as error:
            pieces += [view[start : start + error.start], _MARK.encode()]
            places.append(start + error.start)
            start += error.end
        else:
            break
    return (b"".join([*pieces, view[start:]]), places) if places else (data, places)


def refuse_twice(names: Sequence[str], file: str) -> None:
    twice = sorted({n for n in names if n and names.count(n) > 1})
    if twice:
        raise RefusedInputError(
            Refusal.DUPLICATE_COLUMN, f"{file}: column {twice[0]!r} is there twice; keep one"
        )


def read_csv(data: bytes, name: str) -> Read:
    """All columns as strings; an empty field is null. The delimiter is whichever of ``, ; tab`` the header has most."""
    data, places = mark_broken(data)
    if len(data) >= 2**31 - 1:
        raise RefusedInputError(
            Refusal.UNREADABLE_FILE, f"{name}: larger than 2 GB; split it into part files in a folder"
        )
    header, delimiter = _header(data, name)
    refuse_twice(header, name)
    ragged: list[Fault] = []

    def set_aside(row: pa.csv.InvalidRow) -> str:
        counts = f"has {row.actual_columns} fields, expected {row.expected_columns}"
        message = f"{counts}; quote fields that hold {delimiter!r}"
        ragged.append(Fault(row.number - 1, "", row.text or "", Reason.RAGGED_ROW, message))
        return "skip"

    fields = [str(i) for i in range(len(header))]  # names of our own: the file's may repeat or be blank
    table = pa.csv.read_csv(
        io.BytesIO(data),
        # One block: a field may be longer than any fixed block; one thread: rows keep their numbers.
        read_options=pa.csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=fields),
        parse_options=pa.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=set_aside
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(fields, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    ).slice(1)
    if any(f.position == 0 for f in ragged):
        raise RefusedInputError(
            Refusal.UNREADABLE_FILE, f"{name}: the header row can not be read; check its quotes"
        )
    rows = np.setdiff1d(np.arange(1, len(table) + len(ragged) + 1), [f.position for f in ragged])
    _refuse_open_quote(data, table, name)
    keep, broken = _broken_rows(table, rows, ragged, places) if places else (None, [])
    if keep is not None:
        table, rows, ragged = table.filter(pa.array(keep)), rows[keep], [_readable(f) for f in ragged]
    named = [i for i, column in enumerate(header) if column]
    return table.select(named).rename_columns([header[i] for i in named]), rows, ragged + broken


def read_jsonl(db: duckdb.DuckDBPyConnection, data: bytes, columns: Sequence[str]) -> Read:
    """One object a line; scalars as their text, arrays and objects as JSON. Blank lines are skipped."""
    breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    data, places = mark_broken(data)
    lines = pc.utf8_trim_whitespace(pa.array(data.decode().split("\n"), pa.large_string()))
    rows = np.arange(1, len(lines) + 1)
    faults = []
    broken, first = np.unique(np.searchsorted(breaks, places) + 1, return_index=True)
    for row, i in zip(broken.tolist(), first.tolist(), strict=True):
        faults.append(_broken(row, lines[row - 1].as_py(), places[i]))
    good = np.asarray(pc.not_equal(lines, "")) & ~np.isin(rows, [f.position for f in faults])
    db.register("lines", pa.table({"line": lines.filter(pa.array(good)), "row": rows[good]}))
    valid = "CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END"
    for row, line in db.execute(f"SELECT row, line FROM lines WHERE NOT ({valid})").fetchall():
        message = f"{shown(line)!r} is no JSON object; one object a line is expected"
        faults.append(Fault(row, "", line, Reason.INVALID_JSON, message))
    db.execute(f"CREATE OR REPLACE TEMP TABLE objects AS SELECT row, line FROM lines WHERE {valid}")
    keys = [
        k
        for (k,) in db.execute(
            "SELECT DISTINCT unnest(json_keys(line)) AS k FROM objects ORDER BY k"
        ).fetchall()
    ]
    known = [k for k in keys if k in columns]
    paths = "[" + ", ".join(f"'$.\"{k}\"'" for k in known) + "]"
    picked = ", ".join(f'v[{i + 1}] AS "{k}"' for i, k in enumerate(known))
    source = f"(SELECT row, json_extract_string(line, {paths}) AS v FROM objects)" if known else "objects"
    table = db.sql(f"SELECT row{', ' * bool(known)}{picked} FROM {source}").to_arrow_table()
    rows = table["row"].to_numpy().astype(np.int64)
    table = table.drop_columns("row")
    for key in keys:
        if key not in columns:
            table = table.append_column(key, pa.nulls(len(rows)))
    return table, rows, faults


def _header(data: bytes, name: str) -> tuple[list[str], str]:
    start = data[: 1 << 20].decode(errors="ignore")
    try:
        first = next(line for line in start.splitlines() if line.strip())
        delimiter = max(",;\t", key=first.count)
        header = next(r for r in csv.reader(io.StringIO(start), delimiter=delimiter) if r)
    except (StopIteration, csv.Error) as error:
        raise RefusedInputError(Refusal.UNREADABLE_FILE, f"{name}: has no header row ({error})") from None
    header = [column.strip() for column in header]
    if any(_MARK in column for column in header):
        raise RefusedInputError(
            Refusal.UNREADABLE_FILE, f"{name}: the header row is not UTF-8; save the file as UTF-8"
        )
    return header, delimiter


def _refuse_open_quote(data: bytes, table: pa.Table, name: str) -> None:
    """An unclosed quote swallows every row after it: better refused than half read."""
    if data.count(b'"') % 2 == 0 or not len(table):
        return
    last = table.slice(len(table) - 1).to_pylist()[0]
    if any(value and "\n" in value for value in last.values()):
        raise RefusedInputError(
            Refusal.UNREADABLE_FILE, f"{name}: row {len(table)} opens a quote that is never closed"
        )


def _broken_rows(
    table: pa.Table, rows: npt.NDArray[np.int64], ragged: list[Fault], places: list[int]
) -> tuple[npt.NDArray[np.bool_], list[Fault]]:
    """Which rows hold no mark, and a fault for each of the others with the place of its first broken byte."""
    counts = np.zeros(len(table), np.int64)
    for column in table.columns:
        counts += pc.fill_null(pc.count_substring(column, _MARK), 0).to_numpy()
    marks = {int(rows[i]): int(counts[i]) for i in np.flatnonzero(counts)}
    marks |= {f.position: f.value.count(_MARK) for f in ragged if _MARK in f.value}
    broken, done = [], 0
    position = {int(row): i for i, row in enumerate(rows)} if len(marks) else {}
    for row in sorted(marks):
        if row in position:
            values = table.slice(position[row], 1).to_pylist()[0].values()
            value = next(v for v in values if v and _MARK in v)
            broken.append(_broken(row, value, places[min(done, len(places) - 1)]))
        done += marks[row]
    return counts == 0, broken


def _broken(row: int, value: str, place: int) -> Fault:
    value = value.replace(_MARK, "\N{REPLACEMENT CHARACTER}")
    message = f"byte {place} of the file is no UTF-8, in {shown(value)!r}; save the file as UTF-8"
    return Fault(row, "", value, Reason.BROKEN_UTF8, message)


def _readable(fault: Fault) -> Fault:
    return fault._replace(value=fault.value.replace(_MARK, "\N{REPLACEMENT CHARACTER}"))
