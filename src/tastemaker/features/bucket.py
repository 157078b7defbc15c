"""One bucket inside DuckDB: its tables with plain integer clocks, and the grid of accounts and moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from tastemaker.sources import Catalogue

DAY = 86_400_000_000
"""Microseconds of a day: inside the kernels every time is a count of microseconds since 1970 (UTC)."""

YEAR = 365 * DAY

READ = (
    "creators", "accounts", "account_snapshots", "posts", "post_snapshots", "comments", "audiences", "offers",
    "outcomes", "brands", "campaigns", "decisions", "fx_rates",
)  # fmt: skip

# An account is known from its first version on; a version without a date was always known.
_GRID = """
CREATE TABLE grid AS
SELECT m.t, m.moment, a.account_id, a.creator_id, a.platform, a.handle, a.bio, a.category, a.language, a.verified,
       a.valid_from
FROM moments m JOIN accounts a ON coalesce(a.valid_from, m.moment) <= m.moment
QUALIFY row_number() OVER (PARTITION BY m.t, a.account_id ORDER BY a.valid_from DESC NULLS LAST) = 1
"""


@contextmanager
def open_bucket(
    bucket: Path, as_ofs: Sequence[datetime], memory_mb: int, spill: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own (one thread, bounded memory) that sees the bucket's tables and ``moments(t, moment)``.

    ``grid`` has one row per moment and account known then, with the account's latest version known then.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": "1",
        "memory_limit": f"{memory_mb}MB",
        "temp_directory": str(spill),
    }
    connection = duckdb.connect(":memory:", config=settings)
    try:
        # A query of several seconds would draw its progress on the output of the command.
        connection.execute("SET enable_progress_bar = false")
        catalogue = Catalogue(bucket)
        for name in READ:
            connection.register(name, _integer_clocks(catalogue.table(name)))
        moments = pa.table(
            {"t": pa.array(range(len(as_ofs)), pa.int32()), "moment": [micros(a) for a in as_ofs]}
        )
        connection.register("moments", moments)
        connection.execute(_GRID)
        yield connection
    finally:
        connection.close()


def arrow(connection: duckdb.DuckDBPyConnection, query: str, **parameters: str | int) -> pa.Table:
    """The rows of a query, with its named parameters filled in."""
    return connection.sql(query, params=parameters).to_arrow_table()


def micros(moment: datetime) -> int:
    """Microseconds since 1970 (UTC), exact."""
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _integer_clocks(table: pa.Table) -> pa.Table:
    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def known_sql(happened: str, observed: str) -> str:
    """SQL for when a row was known: when it was observed, or when it happened if nothing says so; never before."""
    return f"greatest(coalesce({observed}, {happened}), {happened})"
