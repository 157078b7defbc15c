"""What command lines share: those of ``pipelines/`` a workspace and one stage, those of ``experiments/`` a report."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from tastemaker.atomic import atomic_file
from tastemaker.config import load_config
from tastemaker.errors import OutputError, TastemakerError
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


def report_command(
    out: Path,
    make: Callable[[], Mapping[str, object]],
    then: Callable[[Mapping[str, object]], object] | None = None,
) -> int:
    """Writes what ``make`` gives as JSON to ``out``; 2 and one message for an error the user can mend.

    The place is tried first: hours of work should not end in a refusal. ``out`` is there whole, or as it was.
    ``then`` gets the report when it is there: what fails in it costs none.
    """
    try:
        if out.is_dir():
            raise OutputError(f"{out}: is a folder; name the report's file")
        out.parent.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=out.parent).close()
        report = make()
        with atomic_file(out) as partial:
            partial.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        if then is not None:
            then(report)
    except (TastemakerError, OSError) as error:
        sys.stderr.write(f"{Path(sys.argv[0]).name}: {error}\n")
        return 2
    return 0


def _tell(what: str, done: int, total: int) -> None:
    if done in (0, total):
        sys.stderr.write(f"{what}: {done:,} of {total:,}\n")
