"""Whole orders: every stage from raw tables to the bundle that serves."""

from __future__ import annotations

from pathlib import Path

from tastemaker.errors import SourceError
from tastemaker.workflows.indexing import build_index, has_history
from tastemaker.workflows.judging import evaluate_candidate
from tastemaker.workflows.learning import promote_candidate, publish, train_candidate
from tastemaker.workflows.stages import (
    TRUTH,
    Job,
    build_features,
    encode_texts,
    fill_buckets,
    ingest_tables,
    simulate_marketplace,
)


def build_all(job: Job, source: Path) -> Path:
    """Raw tables to the bundle that serves, ``bundle/`` in the workspace.

    With past campaigns a ranker is trained and has to pass the gate; without, the candidate serves as it is.
    """
    if not source.exists():
        raise SourceError(f"{source}: no such folder; it should hold the tables, such as creators.parquet")
    with job.workspace.locked():
        return _build(job, source)


def run_demo(job: Job) -> Path:
    """The main job end to end on a simulated marketplace; returns the bundle that serves."""
    with job.workspace.locked():
        return _build(job, simulate_marketplace(job))


def _build(job: Job, source: Path) -> Path:
    job.workspace.clear_partials()
    ingest_tables(job, source)
    fill_buckets(job)
    encode_texts(job)
    build_features(job)
    build_index(job)
    candidate = train_candidate(job)
    if not has_history(job):
        return publish(candidate, job.workspace.path("bundle"))
    if (source / TRUTH).is_dir():
        evaluate_candidate(job, source)
    return promote_candidate(job)
