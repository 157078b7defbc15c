"""Captions and bios to unit vectors, bucket by bucket."""

from __future__ import annotations

import sys
from pathlib import Path

from tastemaker.workflows import Job, encode_texts, stage_command


def run(job: Job, _source: Path) -> object:
    return encode_texts(job)


if __name__ == "__main__":
    sys.exit(stage_command(run, __doc__ or ""))
