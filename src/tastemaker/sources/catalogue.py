"""Checked tables on disk: what every later room reads."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.errors import SourceError
from tastemaker.schema.tables import TABLES, Table


def known_table(name: str) -> Table:
    """The canonical table of this name; raises :class:`SourceError` that names the nearest."""
    table = TABLES.get(name)
    if table is None:
        near = get_close_matches(name, TABLES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(TABLES)}"
        raise SourceError(f"there is no canonical table {name!r}; {hint}")
    return table


class Catalogue:
    """A folder of ``<table>.parquet`` files as :func:`~tastemaker.sources.ingest` writes them.

    Raises :class:`SourceError` where the folder does not exist.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            raise SourceError(f"{self.root}: no such folder of tables; `tastemaker ingest` writes one")

    def path(self, name: str) -> Path:
        """Where the table is, or would be."""
        return self.root / f"{known_table(name).name}.parquet"

    def has(self, name: str) -> bool:
        return self.path(name).is_file()

    def table(self, name: str) -> pa.Table:
        """The table in its canonical schema and column order; no rows where the data set lacks it."""
        schema = known_table(name).schema
        if not self.has(name):
            return schema.empty_table()
        try:
            table = pq.read_table(self.path(name))
            missing = [f for f in schema if f.name not in table.column_names]
            for column in missing:
                table = table.append_column(column, pa.nulls(len(table), column.type))
            return table.select(schema.names).cast(schema)
        except (pa.ArrowException, OSError) as error:
            raise SourceError(
                f"{self.path(name)}: can not be read as {name}: {error}; run the ingest again"
            ) from None

    def digest(self) -> str:
        """SHA-256 (hex) over the names and bytes of the table files."""
        total = hashlib.sha256()
        for name in TABLES:
            if self.has(name):
                with self.path(name).open("rb") as file:
                    total.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
        return total.hexdigest()


def write_table(table: pa.Table, path: Path) -> None:
    """Parquet with fixed settings: the same table gives the same bytes."""
    pq.write_table(table, path, compression="zstd", compression_level=1)
