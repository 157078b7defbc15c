"""A database file held open, and whether it is still the one that its path names."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tastemaker.errors import StoreError
from tastemaker.store.connect import file_of, open_database, place_of, way_out

Identity = tuple[int, int]
SIDECARS = ("-wal", "-shm")


def identity(path: Path) -> Identity | None:
    """Device and inode of the file at ``path``, or None if there is none that can be reached."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class OpenedFile:
    """The engine over one file. One connection stays open throughout, so the file can be finished even after
    another took its name. Raises StoreError if the file can not be used."""

    def __init__(self, url: str, wait: float) -> None:
        self.path: Path = file_of(url)
        self.place = place_of(url)
        self.engine = open_database(url, wait)
        try:
            self._kept = self.engine.raw_connection()
        except SQLAlchemyError as error:
            self.engine.dispose()
            raise StoreError(f"{self.place}: {way_out(error)}") from None
        self.file = identity(self.path)
        self._sidecars = {path: identity(path) for path in map(self._beside, SIDECARS)}
        self._left = False

    def is_named(self) -> bool:
        """Whether the path still names this file."""
        return self.file is not None and identity(self.path) == self.file

    def leave(self) -> None:
        """Finishes a file that lost its name to another, so that the other can be opened.

        SQLite pairs a database with its write-ahead log by name alone: what is left in the log of the old file
        would be replayed into the new one (https://sqlite.org/howtocorrupt.html, section 1.4). So the log is
        written home through the connection that was kept, and removed if it is still ours.
        """
        if self._left:
            return
        cursor = self._kept.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (busy, *_) = cursor.fetchone() or (1,)
        cursor.close()
        if busy:
            raise StoreError(f"{self.place}: the file was replaced while it was in use; try again")
        for path, ours in self._sidecars.items():
            if ours is not None and identity(path) == ours:
                with suppress(FileNotFoundError):
                    path.unlink()
        self._left = True
        self.close()

    def close(self) -> None:
        self._kept.close()
        self.engine.dispose()

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)
