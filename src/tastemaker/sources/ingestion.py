"""Ingest: the tables of a folder, checked rule by rule, into a catalogue with a report of what was set aside."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from tastemaker.atomic import atomic_folder
from tastemaker.config import Sources
from tastemaker.errors import SourceError
from tastemaker.progress import Progress, silent
from tastemaker.schema.tables import TABLES, Table
from tastemaker.sources.catalogue import write_table
from tastemaker.sources.identity import with_plain_handles
from tastemaker.sources.reading import find_files
from tastemaker.sources.reasons import Refusal, RefusedInputError, nearest
from tastemaker.sources.relations import conflicting_owners, dangling, duplicates, unlikely_shares
from tastemaker.sources.report import IngestReport, Rejection, TableReport, write_rejections
from tastemaker.sources.rules import broken_rules
from tastemaker.sources.sieve import Sieve, read_table


def ingest(
    src: Path, out: Path, config: Sources, *, now: datetime | None = None, progress: Progress | None = None
) -> IngestReport:
    """Reads the canonical tables in ``src`` and writes the checked ones to ``out`` (a :class:`Catalogue`).

    ``src`` holds ``<table>.parquet``, ``.csv`` or ``.jsonl`` (text may be ``.gz``), or a folder of part files per
    table. ``out`` gets ``<table>.parquet``, ``rejected/<table>.parquet`` and ``report.json``; it appears whole or not
    at all, and the same input gives the same bytes. Observations later than ``now`` (default: the clock) plus a day
    are set aside.

    Raises :class:`RefusedInputError` (a :class:`SourceError` with a code) where a required table or column is missing,
    a file can not be read, or more than ``config.max_rejected_share`` of a table's rows break a rule; the rejected
    rows are then left in ``<out>.stopped/``.
    """
    run = _Ingest(Path(src), Path(out), config, now or datetime.now(UTC), progress or silent)
    return run.run()


class _Ingest:
    def __init__(self, src: Path, out: Path, config: Sources, now: datetime, progress: Progress) -> None:
        self.src, self.out, self.config, self.now, self.progress = src, out, config, now, progress
        self.ids: dict[tuple[str, str], pa.Array] = {}  # accepted ids that other tables refer to
        self.reports: dict[str, TableReport] = {}

    def run(self) -> IngestReport:
        files, ignored = find_files(self.src, list(TABLES))
        for table in TABLES.values():
            if not table.optional and table.name not in files:
                raise RefusedInputError(Refusal.MISSING_TABLE, self._missing(table, ignored))
        self._refuse_overlap()
        with atomic_folder(self.out) as folder, duckdb.connect(config={"threads": 1}) as self.db:
            self.db.execute("SET TimeZone = 'UTC'")
            for done, name in enumerate(n for n in TABLES if n in files):
                self.progress("ingest", done, len(files))
                self._table(TABLES[name], files[name], folder)
            absent = tuple(n for n in TABLES if n not in files)
            report = IngestReport(self.reports, absent, tuple(ignored))
            report.save(folder / "report.json")
        if (self._stopped / "report.json").is_file():
            shutil.rmtree(self._stopped)
        self.progress("ingest", len(files), len(files))
        return report

    def _missing(self, table: Table, ignored: list[str]) -> str:
        found = [n for n in ignored if n.split(".")[0] not in TABLES]
        hint = f"; {nearest(table.name, found).replace('known:', 'found:')}" if found else ""
        expected = f"{table.name}.parquet, .csv or .jsonl"
        return f"{self.src}: required table {table.name!r} is missing; expected {expected}{hint}"

    def _table(self, table: Table, files: list[Path], folder: Path) -> None:
        try:
            sieve = read_table(self.db, table, files)
            unchecked = self._sift(sieve, table)
        except (pa.ArrowException, duckdb.Error) as error:
            reason = " ".join(str(error).split())[:300]
            raise RefusedInputError(
                Refusal.UNREADABLE_FILE, f"{files[0].name}: can not be read: {reason}"
            ) from None
        report = sieve.report(tuple(unchecked))
        self.reports[table.name] = report
        if report.rejected > self.config.max_rejected_share * report.rows:
            self._stop(table, sieve.rejections())
        if report.accepted == 0 and not table.optional:
            raise RefusedInputError(
                Refusal.NO_ROWS,
                f"{files[0].name}: none of {report.rows} rows is usable; at least one is needed",
            )
        write_table(sieve.data, folder / f"{table.name}.parquet")
        write_rejections(sieve.rejections(), folder / "rejected" / f"{table.name}.parquet")

    def _sift(self, sieve: Sieve, table: Table) -> list[str]:
        """Each step sees only rows that the steps before accepted. Returns the references that had no parent."""
        sieve.drop(broken_rules(sieve.data, table, self.now, self.config.max_text_chars))
        if table.name == "accounts":
            sieve.data, nameless = with_plain_handles(self.db, sieve.data)
            sieve.drop(nameless)
            sieve.drop(conflicting_owners(self.db, sieve.data))
        sieve.drop(duplicates(self.db, sieve.data, table))
        if table.name == "audiences":
            sieve.drop(unlikely_shares(self.db, sieve.data))
        unchecked = []
        for column, (parent, key) in table.references.items():
            if (parent, key) in self.ids:
                sieve.drop(dangling(sieve.data, column, parent, self.ids[parent, key]))
            else:
                unchecked.append(f"{column} -> {parent}.{key}")
        if len(table.key) == 1 or table.name == "accounts":
            self.ids[table.name, table.key[0]] = sieve.data[table.key[0]].unique()
        return unchecked

    def _refuse_overlap(self) -> None:
        """The output replaces its folder whole: it may neither be nor hold what is read."""
        src, out = self.src.resolve(), self.out.resolve()
        if src == out or out in src.parents:
            raise SourceError(f"{self.out}: overlaps the source {self.src}; name a folder apart from it")

    @property
    def _stopped(self) -> Path:
        return self.out.with_name(f"{self.out.name}.stopped")

    def _stop(self, table: Table, rejections: list[Rejection]) -> None:
        with atomic_folder(self._stopped) as folder:
            write_rejections(rejections, folder / "rejected" / f"{table.name}.parquet")
            IngestReport(self.reports, (), ()).save(folder / "report.json")
        report, most = self.reports[table.name], self.config.max_rejected_share
        counts = ", ".join(f"{count} {reason}" for reason, count in report.reasons.items())
        raise RefusedInputError(
            Refusal.TOO_MANY_REJECTED,
            f"{table.name}: {report.rejected} of {report.rows} rows break a rule ({report.rejected / report.rows:.1%}; "
            f"sources.max_rejected_share allows {most:.1%}): {counts}. First: {report.examples[0]}. "
            f"All of them: {self._stopped / 'rejected' / table.name}.parquet. Mend the rows or raise the share.",
        )
