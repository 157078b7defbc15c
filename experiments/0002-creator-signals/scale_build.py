"""One build of snapshots that is being measured: a process of its own, so that nothing else's memory is counted."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from tastemaker.config import Features
from tastemaker.features import build_snapshots


def main(arguments: list[str]) -> None:
    """Folder (with buckets and vectors), workers, moments (30 days apart), the last of them; writes ``found.json``."""
    folder, workers, moments, now = Path(arguments[0]), int(arguments[1]), int(arguments[2]), arguments[3]
    as_ofs = [datetime.fromisoformat(now) - timedelta(days=30 * month) for month in range(moments)]
    settings = Features(workers=workers)
    started = time.monotonic()
    build_snapshots(
        folder / "buckets",
        folder / "vectors",
        as_ofs,
        folder / "snapshots",
        settings,
        anchors=folder / "anchors.parquet",
    )
    seconds = time.monotonic() - started
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in spent)
    found = {"seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1)}
    (folder / "found.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
