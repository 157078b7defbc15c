"""Whole orders: every stage from raw tables to the bundle that serves."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tastemaker.errors import SourceError, TrainingError
from tastemaker.training import CHAMPION
from tastemaker.workflows.indexing import build_index, has_history
from tastemaker.workflows.judging import evaluate_candidate
from tastemaker.workflows.learning import train_candidate
from tastemaker.workflows.promoting import promote_candidate
from tastemaker.workflows.registering import publish, register_candidate, registry
from tastemaker.workflows.stages import (
    TRUTH,
    Job,
    build_features,
    encode_texts,
    fill_buckets,
    ingest_tables,
    simulate_marketplace,
)


class Trained(NamedTuple):
    """A version, its bundle, the report of its training, and the version that is champion (None without)."""

    version: str
    bundle: Path
    report: Path
    champion: str | None


def build_all(job: Job, source: Path) -> Path:
    """Raw tables to the bundle that serves, ``bundle/`` in the workspace.

    With past campaigns a ranker is trained and has to pass the gate; without, the candidate serves as it is.
    """
    _require(source)
    with job.workspace.locked():
        return _build(job, source)


def train_version(job: Job, source: Path) -> Trained:
    """Raw tables to a candidate, registered as a version with the alias ``challenger``. The champion stays what it is.

    Raises TrainingError where the tables hold no past decisions.
    """
    _require(source)
    with job.workspace.locked():
        candidate = _candidate(job, source)
        if not has_history(job):
            raise TrainingError(
                f"{source}: no past decisions to learn from; `tastemaker build` makes a bundle that needs none"
            )
        version = register_candidate(job)
        report = job.workspace.done("models") / "report.json"
        return Trained(version, candidate, report, registry(job).aliases().get(CHAMPION))


def run_demo(job: Job) -> Path:
    """The main job end to end on a simulated marketplace; returns the bundle that serves."""
    with job.workspace.locked():
        return _build(job, simulate_marketplace(job))


def _build(job: Job, source: Path) -> Path:
    candidate = _candidate(job, source)
    if not has_history(job):
        return publish(candidate, job.workspace.path("bundle"))
    if (source / TRUTH).is_dir():
        evaluate_candidate(job, source)
    return promote_candidate(job)


def _candidate(job: Job, source: Path) -> Path:
    job.workspace.clear_partials()
    ingest_tables(job, source)
    fill_buckets(job)
    encode_texts(job)
    build_features(job)
    build_index(job)
    return train_candidate(job)


def _require(source: Path) -> None:
    if not source.exists():
        raise SourceError(f"{source}: no such folder; it should hold the tables, such as creators.parquet")
