"""A table on its way through the checks: the rows that are still good, and what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tastemaker.schema.tables import Table
from tastemaker.sources.casting import cast_table
from tastemaker.sources.reading import Part, read_part, require_columns
from tastemaker.sources.reasons import Fault, counted
from tastemaker.sources.report import Rejection, TableReport

_EXAMPLES = 5
_MOST_VALUE = 200  # characters of a value that a rejection keeps


class Sieve:
    """``data`` holds the rows that passed so far; :meth:`drop` takes out those with faults and keeps their story."""

    def __init__(self, table: Table, files: Sequence[str]) -> None:
        self.files = tuple(files)
        self.data: pa.Table = table.schema.empty_table()
        self.unknown: set[str] = set()
        self.missing = {c.name for c in table.columns}
        self._file = np.empty(0, np.int64)
        self._row = np.empty(0, np.int64)
        self._found: list[
            tuple[int, Fault]
        ] = []  # (index of the file, fault whose position is its row there)

    def add(self, file: int, part: Part, data: pa.Table, faults: list[Fault]) -> None:
        """The rows of one file, cast, with the faults of reading and casting them."""
        self._found += [(file, fault) for fault in part.faults]
        self._found += [(file, f._replace(position=int(part.rows[f.position]))) for f in faults]
        keep = _kept(len(data), faults)
        self.data = pa.concat_tables([self.data, data.filter(pa.array(keep))])
        self._file = np.append(self._file, np.full(int(keep.sum()), file))
        self._row = np.append(self._row, part.rows[keep])
        self.unknown |= set(part.unknown)
        self.missing -= set(part.table.column_names)

    def drop(self, faults: list[Fault]) -> None:
        """Sets the rows of these faults aside; ``position`` counts in ``data`` as it stands."""
        if not faults:
            return
        self._found += [
            (int(self._file[f.position]), f._replace(position=int(self._row[f.position]))) for f in faults
        ]
        keep = _kept(len(self.data), faults)
        self.data = self.data.filter(pa.array(keep))
        self._file, self._row = self._file[keep], self._row[keep]

    def rejections(self) -> list[Rejection]:
        """By file and row; several for a row that breaks several rules."""
        ordered = sorted(self._found, key=lambda found: (found[0], found[1].position))
        return [
            Rejection(self.files[i], f.position, f.column, f.value[:_MOST_VALUE], f.reason.value, f.message)
            for i, f in ordered
        ]

    def report(self, unchecked: tuple[str, ...]) -> TableReport:
        rejections = self.rejections()
        rejected = len({(r.file, r.row) for r in rejections})
        return TableReport(
            files=self.files,
            rows=len(self.data) + rejected,
            accepted=len(self.data),
            rejected=rejected,
            reasons=counted(r.reason for r in rejections),
            examples=tuple(str(r) for r in rejections[:_EXAMPLES]),
            unknown_columns=tuple(sorted(self.unknown)),
            missing_columns=tuple(n for n in self.data.column_names if n in self.missing),
            unchecked_references=unchecked,
        )


def read_table(db: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path]) -> Sieve:
    """Reads and casts the files of one table. Raises :class:`RefusedInputError` where a required column is missing."""
    parts = len(files) > 1 or files[0].parent.name == table.name
    names = [f"{table.name}/{f.name}" if parts else f.name for f in files]
    columns = [c.name for c in table.columns]
    sieve = Sieve(table, names)
    for number, path in enumerate(files):
        part = read_part(db, path, columns)
        if len(part.table) or not part.faults:
            required = [c.name for c in table.columns if c.required]
            require_columns(part.table.column_names, required, part.unknown, names[number])
        data, faults = cast_table(db, part.table, table, names[number])
        sieve.add(number, part, data, faults)
    return sieve


def _kept(rows: int, faults: list[Fault]) -> npt.NDArray[np.bool_]:
    keep = np.ones(rows, bool)
    keep[[f.position for f in faults]] = False
    return keep
