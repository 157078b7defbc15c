"""The budget of the demo's size: 3,000 creators, 25 moments, under 40 seconds of two cores."""

from __future__ import annotations

import resource
import zlib
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tastemaker.config import Features, Simulation
from tastemaker.encoders import write_vectors
from tastemaker.features import FeatureSnapshot, build_snapshots, texts_to_encode
from tastemaker.simulation import NOW, simulate
from tastemaker.sources import Catalogue, bucketise


def processor_seconds() -> float:
    """Of this process and its finished children: unlike the clock, it does not count what else the machine does."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def hashed_vectors(texts: list[str], dim: int = 512) -> np.ndarray:
    axes = np.random.default_rng(0).normal(size=(5_000, dim)).astype(np.float32)
    rows = np.stack(
        [axes[[zlib.crc32(w.encode()) % 5_000 for w in text.split()]].sum(axis=0) for text in texts]
    )
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@pytest.mark.slow
def test_the_demo_size_is_built_within_its_budget(tmp_path: Path) -> None:
    simulate(Simulation(creators=3_000), tmp_path / "tables")
    for bucket in bucketise(tmp_path / "tables", tmp_path / "buckets", 8):
        owner, ids, texts = texts_to_encode(Catalogue(bucket))
        write_vectors(
            tmp_path / "vectors" / f"{bucket.name}.parquet", owner, ids, hashed_vectors(texts), "hash-512"
        )
    moments = [NOW - timedelta(days=30 * month) for month in range(25)]
    before = processor_seconds()
    paths = build_snapshots(
        tmp_path / "buckets", tmp_path / "vectors", moments, tmp_path / "out", Features(workers=2)
    )
    spent = processor_seconds() - before
    snapshot = FeatureSnapshot.load(paths[-1])
    assert len(snapshot) > 3_500
    assert len(snapshot.themes) > len(snapshot) / 2
    assert spent < 80, f"{spent:.0f} s of processor time; 40 s on two cores are 80"
