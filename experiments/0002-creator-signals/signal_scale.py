"""Section ``scale``: how long ``build_snapshots`` takes, and how much memory, as the posts grow."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scale_world import NOW, write_world
from signal_inputs import Inputs

from tastemaker.errors import FeatureError

BUILD = Path(__file__).with_name("scale_build.py")
EVERY = 0.2
"""Seconds between two looks at the memory."""


def scale(inputs: Inputs) -> list[dict[str, Any]]:
    """A row per number of posts: ``seconds`` by the clock, ``cpu_seconds`` and ``peak_mb`` of all processes together.

    Encoding is no part of it: the vectors are random. ``exponent``: of the processors' seconds as a power of the posts,
    against the row before (1: linear).
    """
    asked, rows = inputs.settings.scale, list[dict[str, Any]]()
    for done, posts in enumerate(asked.posts):
        inputs.tell(f"scale: {posts:,} posts", done, len(asked.posts))
        with TemporaryDirectory(dir=inputs.work) as folder:
            creators = write_world(Path(folder), posts, asked.dim, inputs.settings.seed)
            found = measure(Path(folder), asked.workers, asked.moments)
        row = {"posts": posts, "creators": creators, **found}
        if rows:
            growth = np.log(row["cpu_seconds"] / rows[-1]["cpu_seconds"])
            row["exponent"] = round(float(growth / np.log(posts / rows[-1]["posts"])), 3)
        rows.append(row)
        inputs.tell(f"scale: {json.dumps(row)}", done + 1, len(asked.posts))
    return rows


def measure(folder: Path, workers: int, moments: int) -> dict[str, float]:
    """Builds the snapshots of the buckets in ``folder``. Raises FeatureError where it fails."""
    command = [sys.executable, str(BUILD), str(folder), str(workers), str(moments), NOW.isoformat()]
    peak = 0.0
    # What the libraries below may write of long queries is no result.
    with subprocess.Popen(command, stdout=sys.stderr) as build:
        while build.poll() is None:
            peak = max(peak, sum(_kilobytes(pid) for pid in _tree(build.pid)))
            time.sleep(EVERY)
    if build.returncode != 0:
        raise FeatureError(
            f"the build of {folder} ended with status {build.returncode}; its message is above"
        )
    found = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return {**found, "peak_mb": round(peak / 1024, 1)}


def _tree(root: int) -> list[int]:
    """A process and its descendants."""
    found = [root]
    for pid in found:
        try:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in children.read_text(encoding="ascii").split()]
        except OSError:  # it ended while we looked
            continue
    return found


def _kilobytes(pid: int) -> float:
    """Memory of a process with its part of what it shares with others (PSS); 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith("Pss:")), 0.0)
