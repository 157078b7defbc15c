"""Formats that people have in, canonical tables out: what an adapter writes, :func:`tastemaker.sources.ingest` reads.

A new adapter is one file with a function of the type :data:`Adapter` and one line in :data:`ADAPTERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from tastemaker.atomic import atomic_folder
from tastemaker.errors import SourceError
from tastemaker.sources.adapters.tiktok_catalogue import tiktok_catalogue
from tastemaker.sources.catalogue import write_table
from tastemaker.sources.reasons import nearest

__all__ = ["ADAPTERS", "Adapter", "adapt"]

Adapter = Callable[[Path, datetime], dict[str, pa.Table]]
"""``adapter(path, observed_at)``: table name -> rows with canonical column names, not yet checked."""

ADAPTERS: dict[str, Adapter] = {"tiktok-catalogue": tiktok_catalogue}


def adapt(name: str, path: Path, out: Path, *, observed_at: datetime | None = None) -> None:
    """Writes what ``path`` holds, in the format ``name``, as canonical tables into the folder ``out``, whole or not.

    ``observed_at``: when the facts were observed, for formats that do not say; the default is the file's modification
    time, the latest at which they can have been. Raises :class:`SourceError` for an unknown adapter, a path that is
    not there or a file of another shape.
    """
    adapter = ADAPTERS.get(name)
    if adapter is None:
        raise SourceError(f"there is no adapter {name!r}; {nearest(name, list(ADAPTERS))}")
    path = Path(path)
    if not path.exists():
        raise SourceError(f"{path}: no such file; expected input of the adapter {name}")
    if observed_at is None:
        observed_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    elif observed_at.tzinfo is None:
        raise SourceError(
            f"observed_at {observed_at.isoformat()} has no time zone; expected one, such as +00:00"
        )
    tables = adapter(path, observed_at)
    with atomic_folder(Path(out)) as folder:
        for table, rows in tables.items():
            write_table(rows, folder / f"{table}.parquet")
