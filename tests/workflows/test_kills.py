"""A run that is killed, again and again, ends with what an undisturbed run makes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tastemaker.atomic import PARTIAL
from tastemaker.bundle import verify_bundle

CONFIG = Path(__file__).parents[2] / "configs" / "test.yaml"


def start(workspace: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "tastemaker",
        "demo",
        "--workspace",
        str(workspace),
        "--config",
        str(CONFIG),
    ]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


@pytest.mark.slow
def test_killed_runs_resume_and_leave_nothing_half_written(market: Path, tmp_path: Path) -> None:
    space = tmp_path / "space"
    moments = random.Random(5)
    for _ in range(8):
        run = start(space)
        time.sleep(moments.uniform(2.0, 14.0))
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        for folder in space.glob("[!.]*"):
            if folder.is_dir() and (folder / "manifest.json").exists():
                verify_bundle(folder)
    run = start(space)
    assert run.wait(timeout=300) == 0
    assert (
        verify_bundle(space / "candidate" / "bundle").digest
        == verify_bundle(market / "candidate" / "bundle").digest
    )
    assert not list(space.glob(f".*{PARTIAL}"))
