"""Vectors on disk: one SQLite file per encoder, keyed by the SHA-256 of the text.

Several processes may read and write at once. A killed writer loses its last batch and nothing else (SQLite rolls
it back). A row whose checksum fails counts as absent; a file that SQLite calls corrupt is set aside and begun anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tastemaker.encoders.encoder import Matrix
from tastemaker.errors import EncoderError

_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, crc INTEGER NOT NULL, vector BLOB NOT NULL)"
)
_KEYS_A_QUERY = 1_000
_WAIT_S = 60.0
_Answer = TypeVar("_Answer")


class VectorCache:
    """The vectors of one encoder in a folder. Raises EncoderError when the folder can not be written."""

    def __init__(self, folder: Path, encoder_id: str, dim: int) -> None:
        self.dim = dim
        name = re.sub(r"[^A-Za-z0-9.+-]+", "_", encoder_id)
        # Two ids may share a readable name; the digest keeps their files apart.
        self.path = Path(folder) / f"{name}-{hashlib.sha256(encoder_id.encode()).hexdigest()[:8]}.sqlite"

    def get(self, texts: Sequence[str]) -> tuple[NDArray[np.bool_], Matrix]:
        """(found, vectors): which texts are cached, and their rows (zero where not found)."""
        keys = [_key(text) for text in texts]
        rows: dict[bytes, tuple[int, bytes]] = (
            self._use(lambda db: _select(db, keys)) if self.path.exists() else {}
        )
        found = np.zeros(len(keys), dtype=np.bool_)
        out = np.zeros((len(keys), self.dim), dtype=np.float32)
        for i, key in enumerate(keys):
            crc, data = rows.get(key, (0, b""))
            if len(data) == 4 * self.dim and crc32(data) == crc:
                out[i] = np.frombuffer(data, dtype="<f4")
                found[i] = True
        return found, out

    def put(self, texts: Sequence[str], vectors: Matrix) -> None:
        """Stores one row per text, all of them or none; a text that is there already is replaced."""
        blobs = [row.astype("<f4").tobytes() for row in vectors]
        rows = [(_key(text), crc32(blob), blob) for text, blob in zip(texts, blobs, strict=True)]
        self._use(lambda db: _insert(db, rows))

    def _use(self, work: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        """Runs ``work`` on the open file; a corrupt file is set aside once and the work done on a new one."""
        for attempt in (1, 2):
            try:
                with self._locked(fcntl.LOCK_SH), closing(self._open()) as db:
                    return work(db)
            except sqlite3.DatabaseError as error:
                code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
                if attempt == 2 or code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                    raise EncoderError(
                        f"{self.path}: {error}; check the disk, or delete the file: it is a cache"
                    ) from None
                self._set_aside()
        raise AssertionError("unreachable")

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
        db.execute("PRAGMA synchronous=NORMAL")
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'vectors'").fetchone():
            db.execute("PRAGMA page_size=8192")
            db.execute(_TABLE)
        return db

    def _set_aside(self) -> None:
        """Renames a corrupt file; nobody has it open meanwhile. Another process may have done so already."""
        with self._locked(fcntl.LOCK_EX):
            try:
                with closing(self._open()) as db:
                    broken = db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"
            except sqlite3.DatabaseError:
                broken = True
            if broken:
                self.path.replace(self.path.with_suffix(".corrupt"))
                self.path.with_name(self.path.name + "-journal").unlink(missing_ok=True)

    @contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        """A lock file beside the cache: shared while it is used, exclusive while it is replaced."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise EncoderError(
                f"{self.path.parent}: the vector cache can not be written ({error.strerror})"
            ) from None
        try:
            fcntl.flock(handle, kind)
            yield
        finally:
            os.close(handle)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _select(db: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, tuple[int, bytes]]:
    rows: dict[bytes, tuple[int, bytes]] = {}
    for start in range(0, len(keys), _KEYS_A_QUERY):
        part = keys[start : start + _KEYS_A_QUERY]
        marks = ",".join("?" * len(part))
        query = f"SELECT key, crc, vector FROM vectors WHERE key IN ({marks})"
        rows.update({key: (crc, vector) for key, crc, vector in db.execute(query, part)})
    return rows


def _insert(db: sqlite3.Connection, rows: Sequence[tuple[bytes, int, bytes]]) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
