"""Opening the database: where the file is, the pragmas that make commits durable, and errors in words."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from tastemaker.errors import StoreError
from tastemaker.store.tables import decisions, metadata

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
EXPECTED = "expected a SQLite file such as sqlite:///var/tastemaker.db"

# What SQLite says -> what it means and what to do.
WAYS_OUT = (
    (
        "unable to open database file",
        "can not be opened; check that the path is a file you may write, not a folder",
    ),
    ("readonly database", "can not be written; check the permissions of the file and of its folder"),
    ("database is locked", "is locked by another process; stop that process or wait for it"),
    ("not a database", "is not a SQLite database; move it away or name another file"),
    ("malformed", "is a damaged SQLite database; restore it from a copy or move it away"),
    ("disk is full", "the disk is full; free some space"),
    ("no such table", "has lost its tables; restore the file or restart to make them anew"),
)


def file_of(url: str) -> Path:
    """The file behind ``url``. Raises StoreError for any other kind of database and for one in memory."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(
            f"store url {place_of(url)!r}: {parsed.get_backend_name()} is not supported; {EXPECTED}"
        )
    name = parsed.database or ""
    if name in ("", ":memory:") or name.startswith("file:"):
        raise StoreError(f"store url {url!r} names no plain file, so nothing would be durable; {EXPECTED}")
    return Path(name)


def place_of(url: str) -> str:
    """The URL for messages, without its password."""
    return _parsed(url).render_as_string(hide_password=True)


def open_database(url: str, wait: float) -> Engine:
    """An engine over the file, its folder and tables made if absent. Raises StoreError if it is unusable."""
    path, place = file_of(url), place_of(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{place}: the folder {path.parent} can not be made: {error.strerror or error}"
        ) from None
    engine = create_engine(_parsed(url), connect_args={"timeout": wait})
    event.listen(engine, "connect", _durable)
    try:
        _create_tables(engine, wait)
        _check_columns(engine, place)
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError(f"{place}: {way_out(error)}") from None
    except StoreError:
        engine.dispose()
        raise
    return engine


def way_out(error: SQLAlchemyError) -> str:
    """One line: what the database said, in words, and what can be done."""
    said = str(getattr(error, "orig", None) or error).splitlines()[0]
    return next((words for sign, words in WAYS_OUT if sign in said), f"failed: {said}")


def _create_tables(engine: Engine, wait: float) -> None:
    # SQLite does not wait for a lock while it switches a fresh file to WAL: two processes that start together
    # meet there, and the later one may find the tables half made. Trying again is the remedy.
    until = time.monotonic() + wait
    while True:
        try:
            metadata.create_all(engine)
            return
        except SQLAlchemyError as error:
            passing = "locked" in str(error) or "already exists" in str(error)
            if not passing or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _check_columns(engine: Engine, place: str) -> None:
    found = {column["name"] for column in inspect(engine).get_columns(decisions.name)}
    missing = [column.name for column in decisions.columns if column.name not in found]
    if missing:
        raise StoreError(
            f"{place}: its table {decisions.name!r} lacks {', '.join(missing)}; "
            "it belongs to another program or version: name another file"
        )


def _durable(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise StoreError(f"store url {url!r} can not be read; {EXPECTED}") from None
