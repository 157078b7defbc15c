"""The durable decision log: SQLAlchemy on SQLite in WAL mode."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import Connection, Engine, Select, Table, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tastemaker.errors import StoreError
from tastemaker.schema import Recommendation, ShownFeatures, Trace
from tastemaker.store.connect import place_of, way_out
from tastemaker.store.log import DecisionStore, checked_limit, duplicate, from_text, to_text
from tastemaker.store.opened import OpenedFile, identity
from tastemaker.store.tables import decisions, shown_features, traces


class SqlDecisionLog(DecisionStore):
    """Decisions in the SQLite file that ``url`` names, for example ``sqlite:///var/tastemaker.db``.

    ``record`` returns after the commit has reached the disk (WAL with ``synchronous=FULL``), so what it
    acknowledged survives the death of the process and of the machine. The file and its folder are made if
    absent. Processes may share a file; who finds it locked waits up to ``wait`` seconds. If another file is moved
    to its place, the log goes on in that one. Raises StoreError on opening if the file can not be used.
    """

    def __init__(self, url: str, *, wait: float = 10.0) -> None:
        self._url = url
        self._wait = wait
        self._opened = OpenedFile(url, wait)
        self._changing = Lock()

    @property
    def place(self) -> str:
        """The URL for messages, without its password."""
        return place_of(self._url)

    def record(
        self, decision: Recommendation, shown: ShownFeatures | None = None, trace: Trace | None = None
    ) -> None:
        row = {
            "decision_id": decision.decision_id,
            "made_at": decision.made_at,
            "bundle": decision.bundle,
            "body": to_text(decision),
        }
        try:
            with self._reached() as engine, engine.begin() as connection:
                connection.execute(insert(decisions).values(row))
                for table, part in ((shown_features, shown), (traces, trace)):
                    if part is not None:
                        kept = {"decision_id": decision.decision_id, "body": part.pack()}
                        connection.execute(insert(table).values(kept))
        except IntegrityError:
            raise duplicate(decision.decision_id) from None

    def get(self, decision_id: str) -> Recommendation | None:
        query = select(decisions.c.decision_id, decisions.c.body).where(
            decisions.c.decision_id == decision_id
        )
        return next(iter(self._read(query)), None)

    def shown_features(self, decision_id: str) -> ShownFeatures | None:
        packed = self._packed(shown_features, decision_id)
        return None if packed is None else ShownFeatures.unpack(packed, f"decision {decision_id}")

    def trace(self, decision_id: str) -> Trace | None:
        packed = self._packed(traces, decision_id)
        return None if packed is None else Trace.unpack(packed, f"decision {decision_id}")

    def recent(self, limit: int = 20) -> list[Recommendation]:
        newest = select(decisions.c.decision_id, decisions.c.body).order_by(decisions.c.seq.desc())
        return self._read(newest.limit(checked_limit(limit)))

    def between(self, since: datetime, until: datetime) -> list[Recommendation]:
        # SQLite keeps no zones: what was written is UTC, and so must be what it is compared with.
        low, high = (moment.astimezone(UTC) for moment in (since, until))
        inside = (decisions.c.made_at >= low) & (decisions.c.made_at < high)
        query = select(decisions.c.decision_id, decisions.c.body).where(inside)
        return self._read(query.order_by(decisions.c.seq))

    def check(self) -> None:
        self._read(select(decisions.c.decision_id, decisions.c.body).limit(0))

    def close(self) -> None:
        self._opened.close()

    def _read(self, query: Select[str, str]) -> list[Recommendation]:
        with self._reached() as engine, engine.connect() as connection:
            rows = _rows(connection, query)
        return [from_text(decision_id, body) for decision_id, body in rows]

    def _packed(self, table: Table, decision_id: str) -> bytes | None:
        query = select(table.c.body).where(table.c.decision_id == decision_id)
        with self._reached() as engine, engine.connect() as connection:
            packed: bytes | None = connection.execute(query).scalar()
        return packed

    @contextmanager
    def _reached(self) -> Iterator[Engine]:
        opened = self._current()
        try:
            yield opened.engine
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise StoreError(f"{opened.place}: {way_out(error)}") from None
        # A commit to a file that lost its name meanwhile is not to be acknowledged.
        if not opened.is_named():
            raise StoreError(f"{opened.place}: the file was replaced while it was in use; try again")

    def _current(self) -> OpenedFile:
        """The file that the path names now; a replaced one stays writable through open connections, unseen."""
        with self._changing:
            opened = self._opened
            if opened.is_named():
                return opened
            if identity(opened.path) is None:
                raise StoreError(
                    f"{opened.place}: the file is gone; restore it or restart to begin a new one"
                )
            try:
                opened.leave()
            except (sqlite3.Error, OSError) as error:
                raise StoreError(
                    f"{opened.place}: the file was replaced and the old one can not be left: {error}; "
                    "stop what uses it, remove the files -wal and -shm beside it, and restart"
                ) from None
            self._opened = OpenedFile(self._url, self._wait)
            return self._opened


def _rows(connection: Connection, query: Select[str, str]) -> list[tuple[str, str]]:
    return [(decision_id, body) for decision_id, body in connection.execute(query)]
