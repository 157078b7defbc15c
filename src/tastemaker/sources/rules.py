"""The declared rules of one table, checked in one pass by pandera: required, counts, shares, words, dates, lengths."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.errors import BriefError
from tastemaker.schema.brief import Brief
from tastemaker.schema.tables import TEXT, TEXTS, TIME, Column, Table
from tastemaker.sources.reasons import Fault, Reason, nearest, shown

if TYPE_CHECKING:
    import pandas as pd

FUTURE_ALLOWED = frozenset({"available_from", "starts_at", "ends_at"})
"""Plans; every other time is an observation and can not lie ahead."""

SLACK = timedelta(days=1)
"""Clocks differ and exports round up to the day."""

_DOCUMENTS = frozenset({"brief", "package"})  # JSON, longer than a caption
_MISSING = "not_nullable"  # pandera's own name


def broken_rules(data: pa.Table, table: Table, now: datetime, max_text_chars: int) -> list[Fault]:
    """Every rule that a row of ``data`` (canonical types) breaks. Shares of audiences above 1 are left to the facet."""
    # Here and not above: pandera takes most of a second to import, and only an ingest needs it.
    import pandera.pandas as pandera

    frame, columns = {}, {}
    for column in table.columns:
        frame[column.name] = _checked(data[column.name], column)
        checks = [pandera.Check(c, error=str(r)) for r, c in _rules(table, column, now, max_text_chars)]
        columns[column.name] = pandera.Column(None, checks, nullable=not column.required)
    try:
        pandera.DataFrameSchema(columns).validate(pa.table(frame).to_pandas(), lazy=True)
        cases: list[tuple[str, str, int]] = []
    except pandera.errors.SchemaErrors as errors:
        found = errors.failure_cases
        cases = list(zip(found["column"], found["check"], found["index"].astype(int), strict=True))
    told = _Teller(data, table, now, max_text_chars)
    return [told.fault(*case) for case in cases] + _bad_briefs(data)


def _checked(array: pa.ChunkedArray, column: Column) -> pa.ChunkedArray | pa.Array:
    """What the rules look at: words as categories, other texts as their length, lists as their longest element."""
    if column.rule == "one_of" and column.type == TEXT:
        return array.dictionary_encode()
    if column.type == TEXT:
        return pc.utf8_length(array)
    if column.type == TEXTS:
        return _worst_elements(array.combine_chunks(), column)
    return array


def _worst_elements(array: pa.Array, column: Column) -> pa.Array:
    """Longest element of each list; -1 where an element is not one of the column's values."""
    flat, parents = pc.list_flatten(array), pc.list_parent_indices(array)
    longest = np.zeros(len(array), np.int64)
    np.maximum.at(longest, np.asarray(parents), np.asarray(pc.fill_null(pc.utf8_length(flat), 0)))
    if column.rule == "one_of":
        odd = np.asarray(pc.invert(pc.is_in(flat, pa.array(column.values, TEXT))))
        longest[np.asarray(parents)[odd]] = -1
    return pa.array(longest, mask=np.asarray(pc.is_null(array)))


def _rules(
    table: Table, column: Column, now: datetime, most: int
) -> list[tuple[Reason, Callable[[pd.Series[Any]], pd.Series[bool]]]]:
    limit = _limit(column, most)
    if column.type == TIME:
        latest = now + SLACK
        return [] if column.name in FUTURE_ALLOWED else [(Reason.FUTURE_DATE, lambda s: s <= latest)]
    if column.rule == "count":
        return [(Reason.NEGATIVE_COUNT, lambda s: s >= 0)]
    if column.rule == "money":
        return [(Reason.NEGATIVE_AMOUNT, lambda s: s >= 0)]
    if column.rule == "share":
        if (table.name, column.name) == ("audiences", "share"):
            return [(Reason.SHARE_OUT_OF_RANGE, lambda s: s >= 0)]
        return [
            (Reason.SHARE_OUT_OF_RANGE, lambda s: (s >= 0) & (s <= 100)),
            (Reason.PERCENT_FOR_FRACTION, lambda s: (s <= 1) | (s > 100)),
        ]
    if column.type == TEXT and column.rule == "one_of":
        return [(Reason.UNKNOWN_VALUE, lambda s: s.isin(column.values))]
    if column.type == TEXTS:
        return [(Reason.UNKNOWN_VALUE, lambda s: s >= 0), (Reason.TEXT_TOO_LONG, lambda s: s <= limit)]
    return [(Reason.TEXT_TOO_LONG, lambda s: s <= limit)] if column.type == TEXT else []


def _limit(column: Column, most: int) -> int:
    return 10 * most if column.name in _DOCUMENTS else most


class _Teller:
    """Turns a broken rule into a fault with its value and its sentence."""

    def __init__(self, data: pa.Table, table: Table, now: datetime, most: int) -> None:
        self.data, self.table, self.now, self.most = data, table, now, most

    def fault(self, name: str, check: str, position: int) -> Fault:
        column = self.table.column(name)
        value = self.data[name][position].as_py()
        reason = Reason.MISSING_VALUE if check == _MISSING else Reason(check)
        text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
        return Fault(position, name, text, reason, self._sentence(column, value, text, reason))

    def _sentence(self, column: Column, value: Any, text: str, reason: Reason) -> str:
        name = column.name
        if reason is Reason.MISSING_VALUE:
            return f"{name} is empty; every row of {self.table.name} needs one"
        if reason is Reason.TEXT_TOO_LONG:
            longest = max((len(v or "") for v in value), default=0) if isinstance(value, list) else len(text)
            limit = _limit(column, self.most)
            return f"{name} has {longest} characters, at most {limit} are read; see sources.max_text_chars"
        if reason is Reason.UNKNOWN_VALUE:
            odd = next(v for v in value if v not in column.values) if isinstance(value, list) else text
            return f"{name} {shown(odd)!r} is not known; {nearest(odd, column.values)}"
        if reason is Reason.FUTURE_DATE:
            return f"{name} {text} is after now ({self.now.isoformat()}); check the clock and the time zone"
        if reason in (Reason.NEGATIVE_COUNT, Reason.NEGATIVE_AMOUNT):
            return f"{name} {text} is below 0; leave it empty where it is unknown"
        return f"{name} {text} is outside 0..1; shares are fractions, not percent"


def _bad_briefs(data: pa.Table) -> list[Fault]:
    """Briefs that can not be read back; each distinct text is tried once."""
    if "brief" not in data.column_names:
        return []
    problems: dict[str, str] = {}
    for text in data["brief"].unique().drop_null().to_pylist():
        try:
            Brief.from_json(text)
        except BriefError as error:
            problems[text] = str(error)
    if not problems:
        return []
    bad = np.flatnonzero(np.asarray(pc.is_in(data["brief"], pa.array(list(problems), TEXT))))
    texts = data["brief"].take(pa.array(bad)).to_pylist()
    return [
        Fault(
            int(i),
            "brief",
            t,
            Reason.INVALID_BRIEF,
            f"{shown(problems[t], 300)}; see `tastemaker brief --schema`",
        )
        for i, t in zip(bad, texts, strict=True)
    ]
