"""Past campaigns to a ranker, forecasts and a candidate bundle."""

from __future__ import annotations

import sys
from pathlib import Path

from tastemaker.workflows import Job, stage_command, train_candidate


def run(job: Job, _source: Path) -> object:
    return train_candidate(job)


if __name__ == "__main__":
    sys.exit(stage_command(run, __doc__ or ""))
