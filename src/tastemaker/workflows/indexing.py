"""The index, and what past decisions teach it: examples, the learned projection, the indexed vectors."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pandas as pd

from tastemaker.config import Config, Features, digest
from tastemaker.errors import TrainingError
from tastemaker.features import FeatureSnapshot
from tastemaker.retrieval import ContentProjection, LearnedProjection, Retriever
from tastemaker.sources import Catalogue
from tastemaker.training import (
    ProjectionResult,
    Split,
    build_examples,
    gather_pools,
    learn_projection,
    split_by_time,
)
from tastemaker.workflows.records import write_json
from tastemaker.workflows.stages import Job, encoder, load_snapshots, snapshot_folders
from tastemaker.workflows.workspace import Stage

EXAMPLES, MADE_BY = "examples.parquet", "made_by.json"
_WHERE_ONLY = {"buckets", "workers", "memory_mb"}
"""Settings of the features that say how they are computed, and change none of them."""
MAPS, REPORT = "projection.safetensors", "report.json"


def collect_examples(job: Job) -> Path:
    """What was known of everyone considered in the past, and what became of them: ``examples/``."""
    tables, snapshots = job.workspace.done("tables"), job.workspace.done("snapshots")

    def run(out: Path) -> None:
        known = build_examples(
            Catalogue(tables),
            load_snapshots(job),
            encoder(job),
            training=job.config.training,
            progress=job.workspace.progress,
        )
        known.frame.to_parquet(out / EXAMPLES, index=False)
        write_json(out / MADE_BY, made_by(job.config))

    rooms = ("training", "features", "retrieval", "forecasting")
    return job.workspace.run(Stage("examples", (tables, snapshots), (job.config.training,), rooms, run))


def made_by(config: Config) -> dict[str, str]:
    """What the examples' features hang on, beside the tables and the code."""
    kept = {key: value for key, value in config.features.model_dump().items() if key not in _WHERE_ONLY}
    return {"encoder": config.encoders.name, "features": digest(Features(**kept))}


def read_made_by(examples: Path) -> dict[str, str]:
    """What :func:`collect_examples` left beside them of :func:`made_by`; empty where it left none."""
    path = examples / MADE_BY
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def fit_retrieval(job: Job) -> Path | None:
    """The learned maps, or a report that says why there are none: ``projection/``. None without a history, and
    where the configuration asks for none.

    Only decisions from before the holdout are read: the campaigns on which rankers are judged stay unseen.
    """
    if job.config.retrieval.projection == "none" or not has_history(job):
        return None
    tables, snapshots, config = job.workspace.done("tables"), job.workspace.done("snapshots"), job.config
    examples = collect_examples(job)

    def run(out: Path) -> None:
        known = pd.read_parquet(examples / EXAMPLES)
        try:
            split = split_by_time(known, config.training.holdout_share)
        except TrainingError as error:
            # Too short a history has nothing to teach; the index is none the worse for it.
            result = ProjectionResult(None, str(error), 0)
        else:
            result = _learn(job, split)
        if result.learned is not None:
            result.learned.save(out / MAPS)
        gain = None if result.gain is None else result.gain.to_json()
        report = {"learned": result.learned is not None, "reason": result.reason, "gain": gain}
        write_json(out / REPORT, report | {"deliveries": result.deliveries})

    settings = (config.retrieval, config.training, config.evaluation)
    rooms = ("training", "evaluation", "ranking", "features", "retrieval")
    return job.workspace.run(Stage("projection", (tables, snapshots, examples), settings, rooms, run))


def build_index(job: Job) -> Path:
    """The current snapshot's vectors, indexed, by the learned maps where there are some."""
    current, config = snapshot_folders(job)[-1], job.config.retrieval
    projection = fit_retrieval(job)

    def run(out: Path) -> None:
        learned = learned_maps(projection)
        Retriever.build(FeatureSnapshot.load(current), config, learned=learned).save(out)

    inputs = [current] if projection is None else [current, projection]
    return job.workspace.run(Stage("index", inputs, (config,), ("retrieval",), run))


def learned_maps(folder: Path | None) -> LearnedProjection | None:
    """What :func:`fit_retrieval` left in ``folder``; None where the identity stays."""
    if folder is None or not (folder / MAPS).is_file():
        return None
    return LearnedProjection.load(folder / MAPS)


def has_history(job: Job) -> bool:
    """Whether the tables hold past decisions."""
    return bool(Catalogue(job.workspace.done("tables")).table("decisions").num_rows)


def _learn(job: Job, split: Split) -> ProjectionResult:
    """From ``split.train`` and the snapshots of its time alone; one snapshot is held at a time, or two."""
    config, catalogue, model = job.config, Catalogue(job.workspace.done("tables")), encoder(job)

    def past() -> Iterator[FeatureSnapshot]:
        return takewhile(lambda s: s.as_of < split.starts_at, load_snapshots(job))

    latest = deque(past(), maxlen=1)[0]
    base = ContentProjection.fit(latest.themes, config.retrieval.content_dim)
    return learn_projection(
        split.train,
        lambda rows: gather_pools(
            rows, catalogue, past(), model, base, config.retrieval, config.training.seed
        ),
        base,
        config,
    )
