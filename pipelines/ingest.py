"""Raw tables to checked ones; rejected rows are set aside with their reasons."""

from __future__ import annotations

import sys
from pathlib import Path

from tastemaker.workflows import Job, ingest_tables, stage_command


def run(job: Job, source: Path) -> object:
    return ingest_tables(job, source)


if __name__ == "__main__":
    sys.exit(stage_command(run, __doc__ or ""))
