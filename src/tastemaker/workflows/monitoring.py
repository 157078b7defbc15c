"""The month after: what came in live, against what the bundle was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from tastemaker.bundle import Bundle, load_bundle
from tastemaker.config import Monitor
from tastemaker.encoders import Encoder
from tastemaker.errors import EvaluationError, TrainingError
from tastemaker.evaluation.drift import Cohort, DriftReport, Reference, compare, report
from tastemaker.features import build_snapshots
from tastemaker.ranking import Ranker
from tastemaker.sources import Catalogue
from tastemaker.store import DecisionStore
from tastemaker.training import build_examples, live_cohorts, live_shortlists, with_mix
from tastemaker.training.watching import SHORTLISTS
from tastemaker.workflows.clock import moments_for
from tastemaker.workflows.served import Server, together
from tastemaker.workflows.stages import (
    ANCHORS,
    Job,
    encode_texts,
    fill_buckets,
    ingest_tables,
    load_snapshots,
)
from tastemaker.workflows.workspace import Stage, Workspace

MONITOR = "monitor"
"""The bundle's folder of the reference."""


@dataclass(frozen=True)
class Trained:
    """What live rows are judged by: a ranker with its reference, and the encoder of its features."""

    id: str
    ranker: Ranker
    encoder: Encoder
    reference: Reference

    @classmethod
    def of(cls, bundle: Bundle) -> Trained:
        """Raises EvaluationError for a bundle that holds no reference."""
        return cls(bundle.id, bundle.ranker, bundle.encoder, Reference.load(bundle.folder / MONITOR))


def monitor_tables(
    job: Job, trained: Trained, tables: Path, since: datetime, until: datetime, settings: Monitor
) -> DriftReport:
    """The report on the decisions, answers and results that ``tables`` say became known from ``since`` to ``until``.

    ``job``: a workspace of its own, and the configuration of ``trained``, so that live features are made as training's
    were. Features are those known at each decision, from snapshots on training's calendar. Raises EvaluationError for a
    period that is empty.
    """
    _require_period(since, until)
    with job.workspace.locked():
        job.workspace.clear_partials()
        checked = ingest_tables(job, tables)
        first = since - timedelta(days=settings.outcome_days)
        build_moments(
            job, moments_for(Catalogue(checked), job.config.features.history_step_days, first, until)
        )
        cohorts = _live(job, trained, Catalogue(checked), since, until)
    notes = _notes(Catalogue(checked), job.config.features.history_step_days, since, until)
    return judged(trained, cohorts, since, until, settings, notes)


def monitor_log(
    trained: Trained, server: Server, log: DecisionStore, since: datetime, until: datetime, settings: Monitor
) -> DriftReport:
    """The report on the shortlists that the bundle of ``server`` gave from ``since`` to ``until``, by the decision log.

    Compared with those that it gives to the campaigns held out in its training. Decisions of other bundles are counted
    in the notes and left out.
    """
    _require_period(since, until)
    found = log.between(since, until)
    own = [decision for decision in found if decision.bundle == trained.id]
    rows = together(server.logged(decision) for decision in own)
    notes = [
        "answers and results are not in the decision log: give the tables that have them to compare them too"
    ]
    if len(own) < len(found):
        notes.append(f"{len(found) - len(own)} of {len(found)} decisions are of other bundles, and left out")
    if rows is None:
        empty = trained.reference.cohorts.get(SHORTLISTS)
        cohorts = {} if empty is None else {SHORTLISTS: _emptied(empty)}
    else:
        cohorts = live_shortlists(rows, trained.ranker, trained.reference)
    return judged(trained, cohorts, since, until, settings, tuple(notes))


def judged(
    trained: Trained,
    cohorts: Mapping[str, Cohort],
    since: datetime,
    until: datetime,
    settings: Monitor,
    notes: tuple[str, ...] = (),
) -> DriftReport:
    """The verdict on live cohorts."""
    compared = compare(trained.reference, cohorts, settings)
    return report(trained.id, since, until, compared, alarm_at=settings.alarm_at, notes=notes)


def build_moments(job: Job, moments: list[datetime]) -> Path:
    """Feature snapshots of the workspace's tables at ``moments`` alone: ``snapshots/``."""
    buckets, vectors, config = fill_buckets(job), encode_texts(job), job.config.features

    def run(out: Path) -> None:
        tell = job.workspace.progress
        build_snapshots(buckets, vectors, moments, out, config, progress=tell, anchors=vectors / ANCHORS)

    extra = ",".join(moment.isoformat() for moment in moments)
    stage = Stage("snapshots", (buckets, vectors), (config,), ("features",), run, extra=extra)
    return job.workspace.run(stage)


def _live(
    job: Job, trained: Trained, catalogue: Catalogue, since: datetime, until: datetime
) -> dict[str, Cohort]:
    tell = job.workspace.progress
    try:
        known = build_examples(catalogue, load_snapshots(job), trained.encoder, known_at=until, progress=tell)
    except TrainingError:
        cohorts = trained.reference.cohorts
        return {name: _emptied(cohort) for name, cohort in cohorts.items() if name != SHORTLISTS}
    start, end = pd.Timestamp(since), pd.Timestamp(until)
    frame = known.frame[known.frame["made_at"] < end]
    return live_cohorts(with_mix(frame, catalogue), trained.ranker, trained.reference, start, end)


def _emptied(cohort: Cohort) -> Cohort:
    return cohort.where(np.zeros(len(cohort), bool))


def _require_period(since: datetime, until: datetime) -> None:
    if since >= until:
        raise EvaluationError(
            f"the period from {since:%Y-%m-%d} to {until:%Y-%m-%d} is empty; its end is not included"
        )


def _notes(catalogue: Catalogue, step_days: int, since: datetime, until: datetime) -> tuple[str, ...]:
    notes = []
    if until - since < timedelta(days=step_days):
        notes.append(
            f"the period is shorter than the {step_days} days between two feature snapshots: how old facts are"
            " (days since a post) differs from training by the calendar alone"
        )
    latest = pc.max(catalogue.table("decisions")["made_at"]).as_py()
    if latest is not None and latest.astimezone(UTC) < until - timedelta(days=7):
        notes.append(
            f"the latest decision in the tables is of {latest:%Y-%m-%d}: a part of the period is empty"
        )
    return tuple(notes)


def monitor_bundle(
    folder: Path,
    since: datetime,
    until: datetime,
    settings: Monitor,
    *,
    tables: Path | None = None,
    log: DecisionStore | None = None,
    workspace: Workspace,
) -> DriftReport:
    """What ``tastemaker monitor`` does: the bundle in ``folder`` against ``tables``, or against the decision log.

    Live features are made with the configuration that the bundle was made with. Raises BundleError or EvaluationError
    for a bundle that can not be read or holds nothing to compare with, EvaluationError without tables and log.
    """
    bundle = load_bundle(folder)
    trained, config = Trained.of(bundle), bundle.manifest.config
    if tables is not None:
        return monitor_tables(Job(workspace, config), trained, tables, since, until, settings)
    if log is None:
        raise EvaluationError("neither tables nor a decision log: nothing to compare the bundle with")
    server = Server(bundle.snapshot, bundle.retriever, bundle.ranker, bundle.encoder, config)
    return monitor_log(trained, server, log, since, until, settings)
