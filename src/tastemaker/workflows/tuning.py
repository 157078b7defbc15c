"""Tuning of a workspace's ranker on its own history."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from tastemaker.config import write_yaml
from tastemaker.errors import OutputError, TrainingError
from tastemaker.training import Place, StudyRuns, Tuned, rolling_folds, tune
from tastemaker.workflows.indexing import EXAMPLES
from tastemaker.workflows.registering import DATABASE
from tastemaker.workflows.stages import Job
from tastemaker.workflows.workspace import code_digest

STUDIES = "tuning.db"
SCORING_ROOMS = ("training", "evaluation", "ranking", "forecasting")
MARK = "Written by `tastemaker tune`"
_NAME = re.compile(r"[\w.-]{1,100}")


def tune_ranker(job: Job, study: str, *, trials: int, seconds: float | None = None) -> Tuned:
    """What ``tastemaker tune`` does: goes on with the study of that name in ``tuning.db`` of the workspace.

    The examples are those of the last ``tastemaker train``; the held-out campaigns among them stay unseen. Raises
    TrainingError where there are none, or the study was begun with others.
    """
    if not _NAME.fullmatch(study):
        raise TrainingError(f"{study!r} is no name of a study; use letters, digits, '-', '_' and '.'")
    examples = pd.read_parquet(job.workspace.done("examples") / EXAMPLES)
    folds = rolling_folds(examples, job.config)
    runs = StudyRuns(f"sqlite:///{job.workspace.path(DATABASE)}", job.config.training.experiment)
    runs.check()
    return tune(
        folds,
        job.config,
        Place(job.workspace.path(STUDIES), study, runs),
        trials=trials,
        seconds=seconds,
        code=code_digest(SCORING_ROOMS),
        progress=job.workspace.progress,
    )


def require_own(path: Path) -> None:
    """Raises OutputError where ``path`` holds something that :func:`write_settings` did not write."""
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; name the file for the settings")
    if path.exists() and not path.read_bytes().startswith(f"# {MARK}".encode()):
        raise OutputError(f"{path}: was not written by `tastemaker tune`; name another file")


def write_settings(path: Path, told: Tuned) -> None:
    """A file of differences that every command takes by ``--config``: the best trial's settings where they are surely
    better, and none, with the best trial's as remarks, where they are not."""
    require_own(path)
    remarks = [
        f"{MARK}, study {told.study}: {sum(told.counts.values())} trials, judged on {told.campaigns} campaigns.",
        f"{told.metric}: {told.untuned} untuned, {told.best} best, gain {told.gain}, lower bound {told.bound:.4f}.",
        f"Verdict: {told.words}.",
    ]
    if told.settings and not told.surely:
        remarks.append(f"The best trial's settings were: {told.settings}")
    write_yaml(path, told.settings if told.surely else {}, remarks)
