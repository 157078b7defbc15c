"""The durable decision log: SQLAlchemy on SQLite in WAL mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Select, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tastemaker.errors import StoreError
from tastemaker.schema import Recommendation
from tastemaker.store.connect import file_of, open_database, place_of, way_out
from tastemaker.store.log import DecisionStore, checked_limit, duplicate, from_text, to_text
from tastemaker.store.tables import decisions


class SqlDecisionLog(DecisionStore):
    """Decisions in the SQLite file that ``url`` names, for example ``sqlite:///var/tastemaker.db``.

    ``record`` returns after the commit has reached the disk (WAL with ``synchronous=FULL``), so what it
    acknowledged survives the death of the process and of the machine. The file and its folder are made if
    absent. Processes may share a file; who finds it locked waits up to ``wait`` seconds. Raises StoreError on
    opening if the file can not be used.
    """

    def __init__(self, url: str, *, wait: float = 10.0) -> None:
        self._path: Path = file_of(url)
        self._place = place_of(url)
        self._engine = open_database(url, wait)

    def record(self, decision: Recommendation) -> None:
        row = {
            "decision_id": decision.decision_id,
            "made_at": decision.made_at,
            "bundle": decision.bundle,
            "body": to_text(decision),
        }
        try:
            with self._reached(), self._engine.begin() as connection:
                connection.execute(insert(decisions).values(row))
        except IntegrityError:
            raise duplicate(decision.decision_id) from None

    def get(self, decision_id: str) -> Recommendation | None:
        query = select(decisions.c.decision_id, decisions.c.body).where(
            decisions.c.decision_id == decision_id
        )
        return next(iter(self._read(query)), None)

    def recent(self, limit: int = 20) -> list[Recommendation]:
        newest = select(decisions.c.decision_id, decisions.c.body).order_by(decisions.c.seq.desc())
        return self._read(newest.limit(checked_limit(limit)))

    def check(self) -> None:
        self._read(select(decisions.c.decision_id, decisions.c.body).limit(0))

    def close(self) -> None:
        self._engine.dispose()

    def _read(self, query: Select[str, str]) -> list[Recommendation]:
        with self._reached(), self._engine.connect() as connection:
            rows = _rows(connection, query)
        return [from_text(decision_id, body) for decision_id, body in rows]

    @contextmanager
    def _reached(self) -> Iterator[None]:
        # A deleted file stays writable through open connections: commits would succeed and be lost.
        if not self._path.exists():
            raise StoreError(f"{self._place}: the file is gone; restore it or restart to begin a new one")
        try:
            yield
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise StoreError(f"{self._place}: {way_out(error)}") from None


def _rows(connection: Connection, query: Select[str, str]) -> list[tuple[str, str]]:
    return [(decision_id, body) for decision_id, body in connection.execute(query)]
