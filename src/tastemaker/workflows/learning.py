"""The stages that learn: examples, rankers and the candidate bundle; judging; the registry."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tastemaker.bundle import write_bundle
from tastemaker.features import FeatureSnapshot
from tastemaker.ranking import Ranker, load_ranker, make_ranker, save_ranker
from tastemaker.retrieval import Retriever
from tastemaker.sources import Catalogue
from tastemaker.training import (
    TrainingResult,
    draw_pictures,
    make_reference,
    split_by_time,
    train_rankers,
    with_mix,
    with_shortlists,
)
from tastemaker.workflows.indexing import EXAMPLES, REPORT, collect_examples, fit_retrieval, has_history
from tastemaker.workflows.records import write_json
from tastemaker.workflows.registering import forget_lost_registry, registry
from tastemaker.workflows.served import Server, past_shortlists
from tastemaker.workflows.stages import REGISTER, Job, encoder, snapshot_folders
from tastemaker.workflows.workspace import Stage

LEARNING_ROOMS = ("training", "evaluation", "ranking", "forecasting", "features", "retrieval")
NO_HISTORY = "no past campaigns to learn from: ordered by content and audience fit, without forecasts"


def train_rankers_on_history(job: Job) -> Path:
    """Rankers fitted on earlier campaigns and judged on later ones by what was logged: ``models/``."""
    examples, config = collect_examples(job), job.config

    def run(out: Path) -> None:
        result = train_rankers(_examples(job), config, progress=job.workspace.progress)
        for name, ranker in result.rankers.items():
            save_ranker(ranker, out / "rankers" / name)
        draw_pictures(result, out / "pictures")
        write_json(out / "report.json", _training_report(result))

    settings = (config.forecasting, config.ranking, config.training, config.evaluation)
    return job.workspace.run(Stage("models", (examples,), settings, LEARNING_ROOMS, run))


def fit_reference(job: Job) -> Path:
    """What later months are compared with: ``reference/``, which the candidate's bundle takes as ``monitor/``."""
    names = ("examples", "models", "tables", "index")
    examples, models, tables, index = (job.workspace.done(name) for name in names)
    snapshot, config = snapshot_folders(job)[-1], job.config

    def run(out: Path) -> None:
        catalogue, ranker, known = Catalogue(tables), _chosen(job, models), _examples(job)
        starts_at = split_by_time(known, config.training.holdout_share).starts_at
        reference = make_reference(with_mix(known, catalogue), starts_at, ranker, config.monitor)
        current = FeatureSnapshot.load(snapshot)
        retriever = Retriever.load(index, current, config.retrieval)
        server = Server(current, retriever, ranker, encoder(job), config)
        shown = past_shortlists(server, catalogue, starts_at)
        if shown is not None:
            reference = with_shortlists(reference, shown, ranker, config.monitor)
        reference.save(out)

    settings = (config.monitor, config.training, config.ranking, config.engine, config.retrieval)
    inputs = (examples, models, tables, index, snapshot)
    return job.workspace.run(Stage("reference", inputs, settings, LEARNING_ROOMS, run))


def train_candidate(job: Job) -> Path:
    """The bundle that asks to be promoted: ``candidate/bundle``. Without history it ranks by content and says so."""
    snapshot, index = snapshot_folders(job)[-1], job.workspace.done("index")
    history = has_history(job)
    projection = fit_retrieval(job)
    register = job.workspace.done("register")
    inputs = [snapshot, index, register] + ([] if projection is None else [projection])
    models = train_rankers_on_history(job) if history else None
    reference = fit_reference(job) if models else None
    inputs += [part for part in (models, reference) if part]

    def run(out: Path) -> None:
        current = FeatureSnapshot.load(snapshot)
        known = json.loads((register / REGISTER).read_text(encoding="utf-8"))
        reports: dict[str, Any] = {"data_register": known}
        if projection is not None:
            reports["projection"] = json.loads((projection / REPORT).read_text(encoding="utf-8"))
        if models:
            reports["training"] = json.loads((models / "report.json").read_text(encoding="utf-8"))
        write_bundle(
            out / "bundle",
            snapshot=current,
            retriever=Retriever.load(index, current, job.config.retrieval),
            ranker=_chosen(job, models) if models else make_ranker("content", job.config),
            encoder=encoder(job),
            config=job.config,
            data_digest=Catalogue(job.workspace.done("tables")).digest(),
            created_at=datetime.now(UTC),
            notes=() if history else (NO_HISTORY,),
            reports=reports,
            monitor=reference,
        )

    stage = Stage(
        "candidate", inputs, (job.config,), ("bundle", "ranking", "features", "retrieval", "encoders"), run
    )
    candidate = job.workspace.run(stage) / "bundle"
    if history:
        log_training(job)
    return candidate


def log_training(job: Job) -> Path:
    """One MLflow run of what was trained: digests, parameters, metrics, pictures and the candidate bundle."""
    models, candidate = job.workspace.done("models"), job.workspace.done("candidate") / "bundle"
    forget_lost_registry(job)

    def run(out: Path) -> None:
        metrics = json.loads((models / "report.json").read_text(encoding="utf-8"))["metrics"]
        data = Catalogue(job.workspace.done("tables")).digest()
        pictures = models / "pictures"
        run_id = registry(job).log_run(job.config, data, metrics, bundle=candidate, pictures=pictures)
        write_json(out / "run.json", {"run_id": run_id})

    return job.workspace.run(Stage("run", (candidate, models), (job.config.training,), ("training",), run))


def _examples(job: Job) -> pd.DataFrame:
    return pd.read_parquet(job.workspace.done("examples") / EXAMPLES)


def _chosen(job: Job, models: Path) -> Ranker:
    return load_ranker(models / "rankers" / job.config.ranking.ranker)


def holdout_examples(job: Job) -> pd.DataFrame:
    """The examples of the later campaigns, on which rankers are judged."""
    return split_by_time(_examples(job), job.config.training.holdout_share).holdout


def _training_report(result: TrainingResult) -> dict[str, Any]:
    finite = {name: value for name, value in result.metrics.items() if np.isfinite(value)}
    weights = {str(name): float(value) for name, value in result.feature_weights.head(30).items()}
    return {
        "ranker": result.chosen,
        "metrics": finite,
        "feature_weights": weights,
        "skipped": result.skipped,
        "holdout_campaigns": list(result.holdout_ids),
        "trained_until": result.split.starts_at.isoformat(),
    }
