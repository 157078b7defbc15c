"""The current feature snapshot to a vector index."""

from __future__ import annotations

import sys
from pathlib import Path

from tastemaker.workflows import Job, build_index, stage_command


def run(job: Job, _source: Path) -> object:
    return build_index(job)


if __name__ == "__main__":
    sys.exit(stage_command(run, __doc__ or ""))
