"""Every stage in order: tables to a promoted bundle."""

from __future__ import annotations

import sys
from pathlib import Path

from tastemaker.workflows import Job, build_all, stage_command


def run(job: Job, source: Path) -> object:
    return build_all(job, source)


if __name__ == "__main__":
    sys.exit(stage_command(run, __doc__ or ""))
