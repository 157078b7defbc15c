"""Judges the candidate by the known truth of a simulated marketplace (--source names it)."""

from __future__ import annotations

import sys
from pathlib import Path

from tastemaker.workflows import Job, evaluate_candidate, stage_command


def run(job: Job, source: Path) -> object:
    return evaluate_candidate(job, source)


if __name__ == "__main__":
    sys.exit(stage_command(run, __doc__ or ""))
