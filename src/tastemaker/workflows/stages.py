"""The offline stages, each from the outputs of earlier ones to its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tastemaker.config import Config
from tastemaker.encoders import Encoder, encode_many, load_encoder, write_vectors
from tastemaker.features import FeatureSnapshot, anchor_texts, build_snapshots, texts_to_encode, write_anchors
from tastemaker.simulation import simulate
from tastemaker.sources import RIGHTS, Catalogue, bucketise, data_register, ingest, read_rights
from tastemaker.workflows.clock import snapshot_times
from tastemaker.workflows.records import write_json
from tastemaker.workflows.workspace import Stage, Workspace

TRUTH = "truth"
ANCHORS = "anchors.parquet"
REGISTER = "register.json"


@dataclass(frozen=True)
class Job:
    """What a stage works in and by."""

    workspace: Workspace
    config: Config


def simulate_marketplace(job: Job) -> Path:
    """A simulated marketplace, truth included."""
    config, tell = job.config.simulation, job.workspace.progress
    return job.workspace.run(
        Stage(
            "marketplace",
            (),
            (config,),
            ("simulation", "schema"),
            lambda out: simulate(config, out, progress=tell),
        )
    )


def ingest_tables(job: Job, source: Path) -> Path:
    """Checked tables from the raw ones in ``source``; its ``truth/`` is not an input."""
    config, tell = job.config.sources, job.workspace.progress
    # What is declared of the tables changes none of them.
    apart = (TRUTH, RIGHTS)
    inputs = sorted(p for p in source.iterdir() if p.name not in apart) if source.is_dir() else [source]

    def run(out: Path) -> None:
        ingest(source, out, config, progress=tell)

    tables = job.workspace.run(Stage("tables", inputs, (config,), ("sources", "schema"), run))
    register_data(job, source)
    return tables


def register_data(job: Job, source: Path) -> Path:
    """What the checked tables hold, and where they come from as ``source`` declares it: ``register/``."""
    tables, declared = job.workspace.done("tables"), source / RIGHTS

    def run(out: Path) -> None:
        write_json(out / REGISTER, data_register(Catalogue(tables), read_rights(source)))

    inputs = [tables, declared] if declared.is_file() else [tables]
    return job.workspace.run(Stage("register", inputs, (), ("sources", "schema"), run))


def fill_buckets(job: Job) -> Path:
    """The checked tables in parts, by a hash of creator_id."""
    tables, parts = job.workspace.done("tables"), job.config.features.buckets

    def run(out: Path) -> None:
        bucketise(tables, out, parts)

    return job.workspace.run(Stage("buckets", (tables,), (), ("sources",), run, extra=str(parts)))


def encode_texts(job: Job) -> Path:
    """Unit vectors of every caption and bio, a file per bucket, and of the anchors.

    Texts seen before come from the cache.
    """
    buckets, config = fill_buckets(job), job.config.encoders
    cache = job.workspace.path("cache")

    def run(out: Path) -> None:
        folders = sorted(p for p in buckets.iterdir() if p.is_dir())
        parts = [texts_to_encode(Catalogue(folder)) for folder in folders]
        known = anchor_texts()
        texts = [*known, *(text for _, _, part in parts for text in part)]
        vectors = encode_many(
            config.name, texts, workers=config.workers, cache=cache, progress=job.workspace.progress
        )
        encoder_id = load_encoder(config.name, cache=cache).id
        write_anchors(out / ANCHORS, vectors[: len(known)], encoder_id)
        start = len(known)
        for folder, (owner, ids, part) in zip(folders, parts, strict=True):
            matrix = vectors[start : start + len(part)]
            write_vectors(out / f"{folder.name}.parquet", owner, ids, matrix, encoder_id)
            start += len(part)

    return job.workspace.run(
        Stage("vectors", (buckets,), (), ("encoders", "features"), run, extra=config.name)
    )


def build_features(job: Job) -> Path:
    """Feature snapshots: the current one and the past ones that training reads, a folder per moment."""
    buckets, vectors = fill_buckets(job), job.workspace.done("vectors")
    times = snapshot_times(Catalogue(job.workspace.done("tables")), job.config.features.history_step_days)
    config, tell = job.config.features, job.workspace.progress
    own = config.authenticity_weights
    weights = () if own is None else (Path(own),)

    def run(out: Path) -> None:
        build_snapshots(buckets, vectors, times, out, config, progress=tell, anchors=vectors / ANCHORS)

    extra = ",".join(t.isoformat() for t in times)
    return job.workspace.run(
        Stage("snapshots", (buckets, vectors, *weights), (config,), ("features",), run, extra=extra)
    )


def snapshot_folders(job: Job) -> list[Path]:
    """The snapshots' folders, oldest first; the last is the current one."""
    return sorted(p for p in job.workspace.done("snapshots").iterdir() if p.is_dir())


def load_snapshots(job: Job) -> Iterator[FeatureSnapshot]:
    """The snapshots, oldest first, one at a time."""
    return (FeatureSnapshot.load(folder) for folder in snapshot_folders(job))


def encoder(job: Job) -> Encoder:
    """The configured encoder with the workspace's cache."""
    return load_encoder(job.config.encoders.name, cache=job.workspace.path("cache"))
