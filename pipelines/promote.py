"""Registers the candidate; it becomes champion only if the gate holds."""

from __future__ import annotations

import sys
from pathlib import Path

from tastemaker.workflows import Job, promote_candidate, stage_command


def run(job: Job, _source: Path) -> object:
    return promote_candidate(job)


if __name__ == "__main__":
    sys.exit(stage_command(run, __doc__ or ""))
