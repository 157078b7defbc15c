"""The command line that every file in ``pipelines/`` shares: a workspace, configuration files, and one stage."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tastemaker.config import load_config
from tastemaker.errors import TastemakerError
from tastemaker.workflows.stages import Job
from tastemaker.workflows.workspace import Workspace


def stage_command(run: Callable[[Job, Path], object], about: str, argv: Sequence[str] | None = None) -> int:
    """Parses the arguments, runs the stage, prints what it gave; 2 and one message for an error the user can mend."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--workspace", type=Path, required=True, help="folder with the stages' outputs")
    parser.add_argument(
        "--source", type=Path, default=None, help="folder with the raw tables, where the stage reads them"
    )
    parser.add_argument(
        "--config", type=Path, action="append", default=[], help="YAML with differences from the defaults"
    )
    given = parser.parse_args(argv)
    try:
        job = Job(Workspace(given.workspace, _tell), load_config(*given.config))
        result = run(job, given.source or given.workspace / "marketplace")
    except TastemakerError as error:
        sys.stderr.write(f"{Path(sys.argv[0]).name}: {error}\n")
        return 2
    sys.stdout.write(f"{result}\n")
    return 0


def _tell(what: str, done: int, total: int) -> None:
    if done in (0, total):
        sys.stderr.write(f"{what}: {done:,} of {total:,}\n")
