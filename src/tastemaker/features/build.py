"""``build_snapshots``: statistics per bucket, peers of all, features per bucket, one snapshot per moment."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tastemaker.config import Features
from tastemaker.encoders import read_vectors
from tastemaker.errors import FeatureError
from tastemaker.features.anchors import read_anchors
from tastemaker.features.assemble import Assembly, assemble
from tastemaker.features.audience import AudienceSums, audience_sums, platform_audience
from tastemaker.features.authenticity.model import AuthenticityModel, shipped_model
from tastemaker.features.authenticity.usual import OddCounts, count_odd, reduce_odd
from tastemaker.features.columns import THEME_SCHEMA
from tastemaker.features.executor import Executor, local_executor
from tastemaker.features.finish import Judge, finish
from tastemaker.features.peers import Peers, Tally, reduce_peers, tally
from tastemaker.features.statistics import statistics
from tastemaker.progress import Progress, silent

STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Counting:
    """First task: the statistics of ``bucket``, left in ``work``."""

    bucket: Path
    vectors: Path
    as_ofs: tuple[datetime, ...]
    work: Path
    config: Features
    anchors: Path | None = None


@dataclass(frozen=True)
class Counted:
    """What the first task hands back: the bucket's counts and the encoder of its vectors; ``odd``: of what speaks
    against an account."""

    tally: Tally
    odd: OddCounts
    audiences: AudienceSums
    encoder_id: str
    dim: int


@dataclass(frozen=True)
class Finishing:
    """Second task: the features of a bucket from its statistics in ``work`` and the peers."""

    work: Path
    moments: int
    peers: Peers
    judge: Judge
    config: Features


def build_snapshots(
    buckets: Path,
    vectors: Path,
    as_ofs: Sequence[datetime],
    out: Path,
    config: Features,
    *,
    progress: Progress | None = None,
    executor: Executor | None = None,
    anchors: Path | None = None,
) -> list[Path]:
    """Writes ``out/<YYYYMMDDTHHMMSS>/``, a :class:`FeatureSnapshot` for each of ``as_ofs``; returns them, ascending.

    ``buckets``: folders of tables as ``sources.bucketise`` writes them; ``vectors``: a file per bucket, of its name;
    ``anchors``: a file of :func:`write_anchors` by the same encoder, without which niche and voice are unknown.
    The result is the same for any number of buckets and workers, and a snapshot hangs on nothing that was
    observed after its moment. Raises FeatureError for missing buckets or vectors, and for vectors or anchors of several
    encoders.
    """
    moments, tell = _moments(as_ofs), progress or silent
    folders = sorted(path for path in buckets.iterdir() if path.is_dir()) if buckets.is_dir() else []
    if not folders:
        raise FeatureError(f"{buckets}: no buckets; split the tables with bucketise first")
    out.mkdir(parents=True, exist_ok=True)
    work = out / ".work"
    shutil.rmtree(work, ignore_errors=True)
    counting = [
        Counting(f, vectors / f"{f.name}.parquet", moments, work / f.name, config, anchors) for f in folders
    ]
    try:
        with nullcontext(executor) if executor else local_executor(config.workers) as run:
            return _build(run, counting, moments, out, tell)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build(
    run: Executor, counting: list[Counting], moments: tuple[datetime, ...], out: Path, tell: Progress
) -> list[Path]:
    counted = run(count_bucket, counting, "feature statistics", tell)
    encoder_id, dim = _one_encoder(counted, [task.bucket for task in counting])
    judge = _judge(counting[0].config, counted)
    peers = reduce_peers(one.tally for one in counted)
    audiences = AudienceSums.total(one.audiences for one in counted)
    places = tuple(task.work for task in counting)
    config = counting[0].config
    run(finish_bucket, [Finishing(p, len(moments), peers, judge, config) for p in places], "features", tell)
    targets = [out / moment.strftime(STAMP) for moment in moments]
    pairs = enumerate(zip(moments, targets, strict=True))
    assemblies = [
        Assembly(t, moment, target, places, encoder_id, dim, platform_audience(audiences, t), judge.model)
        for t, (moment, target) in pairs
    ]
    run(assemble, assemblies, "snapshots", tell)
    return targets


def count_bucket(task: Counting) -> Counted:
    """The statistics of one bucket, written to ``task.work``."""
    if not task.vectors.is_file():
        raise FeatureError(
            f"{task.vectors}: no vectors for bucket {task.bucket.name}; encode its texts first"
        )
    found = read_vectors(task.vectors)
    task.work.mkdir(parents=True)
    anchors = None if task.anchors is None else read_anchors(task.anchors, found)
    made = statistics(task.bucket, found, task.as_ofs, task.config, task.work / ".spill", anchors)
    spans = {"theme_start": made.themes.start, "theme_count": made.themes.count}
    rows = made.rows
    for name, values in spans.items():
        rows = rows.append_column(name, pa.array(values, pa.int64()))
    pq.write_table(rows, task.work / "rows.parquet", compression="zstd")
    pq.write_table(made.collaborations, task.work / "collaborations.parquet")
    pq.write_table(made.rates, task.work / "rates.parquet")
    pq.write_table(made.evidence, task.work / "evidence.parquet")
    np.save(task.work / "themes.npy", made.themes.vectors, allow_pickle=False)
    posts = [made.themes.posts, pa.array(made.themes.share, from_pandas=True)]
    pq.write_table(pa.table(posts, schema=THEME_SCHEMA), task.work / "theme_posts.parquet")
    for facet, block in made.blocks.items():
        np.save(task.work / f"{facet}.npy", block, allow_pickle=False)
    pq.write_table(made.quotes, task.work / "quotes.parquet", compression="zstd")
    return Counted(
        tally(made.rows, made.quotes),
        count_odd(made.rows, made.blocks["country"]),
        audience_sums(made.rows, made.blocks),
        found.encoder_id,
        made.themes.vectors.shape[1],
    )


def finish_bucket(task: Finishing) -> None:
    """The features of one bucket, a file per moment in ``task.work``."""
    rows, quotes = (pq.read_table(task.work / f"{name}.parquet") for name in ("rows", "quotes"))
    starts = np.searchsorted(rows.column("t").to_numpy(), np.arange(task.moments + 1))
    countries = np.load(task.work / "country.npy", allow_pickle=False)
    for t in range(task.moments):
        part = rows.slice(starts[t], starts[t + 1] - starts[t])
        asked = quotes.filter(pc.equal(quotes.column("t"), t))
        features = finish(part, asked, countries, task.peers, task.judge, task.config)
        for name in part.column_names:
            if name.startswith("report_") or name == "theme_start":
                features = features.append_column(name, part.column(name))
        pq.write_table(features, task.work / f"{t}.parquet", compression="lz4")


def _judge(config: Features, counted: list[Counted]) -> Judge:
    path = config.authenticity_weights
    model = shipped_model() if path is None else AuthenticityModel.load(Path(path))
    return Judge(model, config.fraud_base_rate, reduce_odd(one.odd for one in counted))


def _moments(as_ofs: Sequence[datetime]) -> tuple[datetime, ...]:
    naive = [a for a in as_ofs if a.tzinfo is None]
    if naive or not as_ofs:
        raise FeatureError(
            f"as_ofs: {naive or 'none given'}; expected at least one moment, each with its time zone"
        )
    moments = tuple(sorted({a.astimezone(UTC) for a in as_ofs}))
    names = [m.strftime(STAMP) for m in moments]
    if len(set(names)) < len(names):
        raise FeatureError(
            "as_ofs: two moments lie within one second; a snapshot's folder is named by the second"
        )
    return moments


def _one_encoder(counted: list[Counted], folders: list[Path]) -> tuple[str, int]:
    first = counted[0]
    for one, folder in zip(counted, folders, strict=True):
        if (one.encoder_id, one.dim) != (first.encoder_id, first.dim):
            raise FeatureError(
                f"bucket {folder.name} has vectors of {one.encoder_id!r} ({one.dim} columns), bucket {folders[0].name}"
                f" of {first.encoder_id!r} ({first.dim}); encode all buckets with one encoder"
            )
    return first.encoder_id, first.dim
