"""Checked tables and vectors to feature snapshots: now, and the past ones that training reads."""

from __future__ import annotations

import sys
from pathlib import Path

from tastemaker.workflows import Job, build_features, stage_command


def run(job: Job, _source: Path) -> object:
    return build_features(job)


if __name__ == "__main__":
    sys.exit(stage_command(run, __doc__ or ""))
