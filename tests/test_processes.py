"""Workers end with whoever started them, and their deaths are told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tastemaker.errors import FeatureError
from tastemaker.features import local_executor
from tastemaker.progress import silent

PARENT = """
import os, time
from pathlib import Path
from tastemaker.features import local_executor
from tastemaker.progress import silent

def work(name):
    Path(name).write_text(str(os.getpid()))
    time.sleep(60)

if __name__ == "__main__":
    with local_executor(2) as run:
        run(work, ["one", "two"], "naps", silent)
"""


def killed(_task: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        # A zombie that nobody has waited for is dead.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see a process")
def test_workers_of_a_killed_parent_end(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, "parent.py"], cwd=tmp_path)
    names = [tmp_path / "one", tmp_path / "two"]
    wait(lambda: all(name.exists() and name.read_text() for name in names))
    workers = [int(name.read_text()) for name in names]
    assert all(alive(pid) for pid in workers)
    parent.kill()
    parent.wait()
    wait(lambda: not any(alive(pid) for pid in workers))


def test_the_death_of_a_worker_is_one_clear_error() -> None:
    with pytest.raises(FeatureError, match="naps: a worker process died"), local_executor(2) as run:
        run(killed, [1, 2], "naps", silent)


def wait(until: object) -> None:
    for _ in range(600):
        if until():
            return
        time.sleep(0.1)
    pytest.fail("waited a minute")
