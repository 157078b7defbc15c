"""What is watched: columns of rows, added up decision by decision, because the rows of one decision share its luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.drift.bins import Bins, CategoryBins, NumberBins
from tastemaker.evaluation.metrics import Floats

Kind = Literal["number", "category", "rate", "amount", "chance"]
HEADS: tuple[Kind, ...] = ("amount", "chance")
"""Kinds of columns that hold what came true beside what was promised."""

HEAD_SUMS = ("rows", "observed", "expected", "x", "y", "xx", "xy")
"""What is added up for a head; x is the promise and y the truth, of amounts as log(1 + .)."""


@dataclass(frozen=True)
class Column:
    """One watched thing, a value per row (n,).

    ``number``: float64, NaN unknown. ``category``: text, None unknown. ``rate``: 1, 0 or NaN. ``amount`` and
    ``chance``: what came true (>= 0; or 1 and 0), with ``expected`` beside it, NaN where either is unknown.
    """

    name: str
    kind: Kind
    values: NDArray[np.generic]
    expected: Floats | None = None

    def take(self, rows: NDArray[np.bool_]) -> Column:
        expected = None if self.expected is None else self.expected[rows]
        return Column(self.name, self.kind, self.values[rows], expected)


@dataclass(frozen=True)
class Cohort:
    """Rows of one kind of moment, added up by decision.

    ``at`` (D,): when each decision's rows became known, datetime64[us], UTC; ``held_out`` (D,): whether the model never
    saw them.
    ``kinds``: column -> its kind. ``sums``: column -> (D, k) sums: counts per bin and, last, of the unknown; yes, no,
    unknown of a rate; :data:`HEAD_SUMS` of a head. ``middles``: column -> median of a number.
    """

    at: NDArray[np.datetime64]
    held_out: NDArray[np.bool_]
    kinds: dict[str, Kind]
    sums: dict[str, Floats]
    middles: dict[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.at)

    def rows(self, column: str) -> float:
        """How many rows have a known value."""
        sums = self.sums[column]
        return float(sums[:, 0].sum() if self.kinds[column] in HEADS else sums[:, :-1].sum())

    def where(self, kept: NDArray[np.bool_]) -> Cohort:
        sums = {name: part[kept] for name, part in self.sums.items()}
        return Cohort(self.at[kept], self.held_out[kept], self.kinds, sums, self.middles)


def fit_bins(columns: Sequence[Column], most: int) -> dict[str, Bins]:
    """Bins of every number and category, from the rows given."""
    bins: dict[str, Bins] = {}
    for column in columns:
        if column.kind == "number":
            bins[column.name] = NumberBins.fit(column.values.astype(np.float64), most)
        elif column.kind == "category":
            bins[column.name] = CategoryBins.fit(column.values.tolist())
    return bins


def add_up(
    decisions: Sequence[str],
    at: NDArray[np.datetime64],
    held_out: NDArray[np.bool_],
    columns: Sequence[Column],
    bins: Mapping[str, Bins],
) -> Cohort:
    """Rows (n,) to a cohort; decisions in order of their id. The middles are those of the held-out rows.

    A decision with rows on both sides of ``held_out`` counts as two, for the model saw a part of it.
    """
    keys = np.char.add(np.asarray(decisions, dtype=str), np.where(held_out, " held out", ""))
    ids, first, place = np.unique(keys, return_index=True, return_inverse=True)
    sums, middles = {}, {}
    for column in columns:
        if len(column.values) != len(place):
            raise EvaluationError(
                f"{column.name}: {len(column.values)} values for {len(place)} rows; expected one each"
            )
        sums[column.name] = _sums(column, bins.get(column.name), place, len(ids))
        if column.kind == "number":
            known = column.values.astype(np.float64)[held_out]
            known = known[~np.isnan(known)]
            middles[column.name] = float(np.median(known)) if len(known) else float("nan")
    kinds = {column.name: column.kind for column in columns}
    return Cohort(at[first].astype("datetime64[us]"), held_out[first], kinds, sums, middles)


def _sums(column: Column, bins: Bins | None, place: NDArray[np.int64], size: int) -> Floats:
    if column.kind in HEADS:
        return _head_sums(column, place, size)
    if column.kind == "rate":
        values = column.values.astype(np.float64)
        codes, count = np.where(np.isnan(values), 2, np.where(values > 0, 0, 1)).astype(np.int64), 2
    elif isinstance(bins, CategoryBins):
        codes, count = bins.codes(column.values.tolist()), bins.count
    elif isinstance(bins, NumberBins):
        codes, count = bins.codes(column.values.astype(np.float64)), bins.count
    else:
        raise EvaluationError(f"{column.name}: no bins for it; the reference did not watch it")
    codes = np.where(codes < 0, count, codes)
    flat = np.bincount(place * (count + 1) + codes, minlength=size * (count + 1))
    return flat.reshape(size, count + 1).astype(np.float64)


def _head_sums(column: Column, place: NDArray[np.int64], size: int) -> Floats:
    observed = column.values.astype(np.float64)
    expected = np.full(len(observed), np.nan) if column.expected is None else column.expected
    known = ~(np.isnan(observed) | np.isnan(expected))
    observed, expected, place = observed[known], expected[known], place[known]
    x, y = (expected, observed) if column.kind == "chance" else (np.log1p(expected), np.log1p(observed))
    parts = (np.ones(len(x)), observed, expected, x, y, x * x, x * y)
    return np.column_stack([np.bincount(place, weights=part, minlength=size) for part in parts])
