"""What is particular to the durable log: files, folders, locks, damage, death."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tastemaker.errors import StoreError
from tastemaker.schema import EXAMPLE_BRIEF, Funnel, Recommendation
from tastemaker.store import SqlDecisionLog


def decision(name: str) -> Recommendation:
    return Recommendation(
        decision_id=name,
        made_at=datetime(2026, 9, 1, tzinfo=UTC),
        bundle="sha-ab12",
        ranker="value",
        kpi="engagements",
        brief=EXAMPLE_BRIEF,
        funnel=Funnel(creators=0, eligible=0, retrieved=0, ranked=0),
        shortlist=(),
    )


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_store_makes_the_folder_and_keeps_decisions_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "log.db"
    first = SqlDecisionLog(url(path))
    first.record(decision("d-1"))
    first.close()
    assert SqlDecisionLog(url(path)).get("d-1") == decision("d-1")


def test_store_shows_a_decision_to_another_connection_as_soon_as_it_is_recorded(tmp_path: Path) -> None:
    log = SqlDecisionLog(url(tmp_path / "log.db"))
    log.record(decision("d-1"))
    with sqlite3.connect(tmp_path / "log.db") as other:
        rows = other.execute("SELECT decision_id, bundle, made_at FROM decisions").fetchall()
    assert rows == [("d-1", "sha-ab12", "2026-09-01 00:00:00.000000")]


def test_store_commits_to_disk_on_every_connection(tmp_path: Path) -> None:
    log = SqlDecisionLog(url(tmp_path / "log.db"))
    with log._opened.engine.connect() as one, log._opened.engine.connect() as two:
        for connection in (one, two):
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("sqlite://", "names no plain file"),
        ("sqlite:///:memory:", "names no plain file"),
        ("sqlite:///file:log.db?uri=true", "names no plain file"),
        (
            "postgresql://reader:hush@db/log",
            r"postgresql://reader:\*\*\*@db/log.*postgresql is not supported",
        ),
        ("no url", "can not be read; expected a SQLite file"),
    ],
)
def test_store_refuses_urls_that_are_no_file(bad: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        SqlDecisionLog(bad)
    assert "hush" not in str(caught.value)


def test_store_refuses_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can not be opened; check that the path is a file"):
        SqlDecisionLog(url(tmp_path))


def test_store_refuses_a_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"the folder .*file can not be made"):
        SqlDecisionLog(url(tmp_path / "file" / "log.db"))


def test_store_refuses_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "log.db").write_text("creator_id,handle\n" * 400)
    with pytest.raises(StoreError, match="is not a SQLite database; move it away"):
        SqlDecisionLog(url(tmp_path / "log.db"))
    assert (tmp_path / "log.db").read_text().startswith("creator_id")


def test_store_refuses_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = SqlDecisionLog(url(path))
    for i in range(50):
        log.record(decision(f"d-{i}"))
    log.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError, match=r"log\.db: is a damaged SQLite database; restore it"):
        SqlDecisionLog(url(path)).recent()


def test_store_refuses_the_tables_of_another_program(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "log.db") as other:
        other.execute("CREATE TABLE decisions (decision_id TEXT, answer TEXT, made_at TEXT)")
    with pytest.raises(StoreError, match="lacks seq, bundle, body; it belongs to another program"):
        SqlDecisionLog(url(tmp_path / "log.db"))


def test_store_says_that_another_process_holds_the_lock(tmp_path: Path) -> None:
    log = SqlDecisionLog(url(tmp_path / "log.db"), wait=0.1)
    holder = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="is locked by another process"):
        log.record(decision("d-1"))
    holder.execute("ROLLBACK")
    log.record(decision("d-1"))
    holder.close()


def test_store_waits_for_a_lock_that_is_held_shortly(tmp_path: Path) -> None:
    log = SqlDecisionLog(url(tmp_path / "log.db"), wait=10)
    holder = sqlite3.connect(tmp_path / "log.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, lambda: holder.execute("ROLLBACK"))
    release.start()
    log.record(decision("d-1"))
    release.join()
    holder.close()
    assert log.get("d-1") is not None


def test_store_notices_that_its_file_is_gone(tmp_path: Path) -> None:
    log = SqlDecisionLog(url(tmp_path / "log.db"))
    (tmp_path / "log.db").unlink()
    for act in (lambda: log.record(decision("d-1")), lambda: log.get("d-1"), log.check):
        with pytest.raises(StoreError, match="the file is gone"):
            act()


def backup(path: Path, copy: Path) -> None:
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)


def test_store_goes_on_in_the_file_that_replaced_its_own(tmp_path: Path) -> None:
    path, copy, old = tmp_path / "log.db", tmp_path / "copy.db", tmp_path / "old.db"
    log = SqlDecisionLog(url(path))
    log.record(decision("d-1"))
    backup(path, copy)
    for i in range(30):
        log.record(decision(f"after-{i}"))
    path.rename(old)
    copy.rename(path)
    log.record(decision("d-2"))
    assert [d.decision_id for d in log.recent()] == ["d-2", "d-1"]
    log.close()
    again = SqlDecisionLog(url(path))
    assert [d.decision_id for d in again.recent()] == ["d-2", "d-1"]
    # Nothing of the old file went into the new one, nor was anything of it lost.
    with sqlite3.connect(path) as new:
        assert new.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(SqlDecisionLog(url(old)).recent(100)) == 31


def test_store_that_two_share_loses_nothing_when_its_file_is_replaced(tmp_path: Path) -> None:
    path, copy = tmp_path / "log.db", tmp_path / "copy.db"
    logs = [SqlDecisionLog(url(path)) for _ in range(2)]
    logs[0].record(decision("d-1"))
    backup(path, copy)
    logs[1].record(decision("d-2"))
    copy.replace(path)
    for i in range(6):
        logs[i % 2].record(decision(f"new-{i}"))
    assert {d.decision_id for d in SqlDecisionLog(url(path)).recent()} == {
        "d-1", *(f"new-{i}" for i in range(6))
    }  # fmt: skip


def test_store_does_not_acknowledge_what_went_to_a_replaced_file(tmp_path: Path) -> None:
    path, copy = tmp_path / "log.db", tmp_path / "copy.db"
    log = SqlDecisionLog(url(path))
    backup(path, copy)
    with pytest.raises(StoreError, match="replaced while it was in use; try again"), log._reached():
        copy.replace(path)
    log.record(decision("d-1"))
    assert log.get("d-1") is not None


def test_store_refuses_a_replacement_that_is_no_database_until_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = SqlDecisionLog(url(path))
    backup(path, tmp_path / "copy.db")
    (tmp_path / "notes.txt").write_text("no database\n" * 400)
    (tmp_path / "notes.txt").replace(path)
    for _ in range(2):
        with pytest.raises(StoreError, match="is not a SQLite database"):
            log.record(decision("d-1"))
    (tmp_path / "copy.db").replace(path)
    log.record(decision("d-1"))
    assert log.get("d-1") is not None


def test_store_names_a_decision_that_was_altered(tmp_path: Path) -> None:
    log = SqlDecisionLog(url(tmp_path / "log.db"))
    log.record(decision("d-1"))
    with sqlite3.connect(tmp_path / "log.db") as other:
        other.execute("UPDATE decisions SET body = '{}'")
    with pytest.raises(StoreError, match="decision d-1: the stored text is not a decision"):
        log.get("d-1")


def test_store_may_be_opened_by_several_at_once_on_a_fresh_file(tmp_path: Path) -> None:
    logs = list(ThreadPoolExecutor(8).map(lambda _: SqlDecisionLog(url(tmp_path / "log.db")), range(8)))
    for i, log in enumerate(logs):
        log.record(decision(f"d-{i}"))
    assert len(logs[0].recent(100)) == 8


WRITER = """
import sys
from test_store_sql import decision
from tastemaker.store import SqlDecisionLog
log = SqlDecisionLog(sys.argv[1])
for i in range(1_000_000):
    name = f"{sys.argv[2]}-{i}"
    log.record(decision(name))
    print(name, flush=True)
"""


@pytest.mark.slow
def test_store_has_everything_it_acknowledged_before_a_kill(tmp_path: Path) -> None:
    """A writer is killed (SIGKILL) again and again; whatever it said was recorded is there, readable."""
    target = url(tmp_path / "log.db")
    acknowledged: list[str] = []
    for round_ in range(25):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, target, str(round_)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent,
        )
        assert writer.stdout is not None
        for _ in range(1 + (round_ * 7) % 40):
            acknowledged.append(writer.stdout.readline().strip())
        writer.kill()
        acknowledged += writer.stdout.read().split()
        writer.wait()
    log = SqlDecisionLog(target)
    kept = {d.decision_id for d in log.recent(1_000_000)}
    assert set(acknowledged) <= kept
    # At most one decision a round was committed without its acknowledgement having been read.
    assert len(kept) - len(acknowledged) <= 25
    with sqlite3.connect(tmp_path / "log.db") as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
