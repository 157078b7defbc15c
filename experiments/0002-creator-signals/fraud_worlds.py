"""Simulated marketplaces with frauds planted in them, read as the engine reads any marketplace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
from planted_frauds import PLANTED, plant
from signal_settings import FraudSettings

from tastemaker.config import Features, Simulation
from tastemaker.encoders import write_vectors
from tastemaker.features import FeatureSnapshot, build_snapshots, texts_to_encode
from tastemaker.features.authenticity import standings_of
from tastemaker.simulation import NOW, simulate
from tastemaker.sources import Catalogue, bucketise

HONEST = "none"
OWN = ("bought_followers", "pod", "bought_followers_and_pod")
KINDS = (*OWN, *PLANTED)
"""What is planted: by the marketplace itself, then on top of its tables."""

CONTAINS = {
    "bought_followers": ("bought_followers", "bought_followers_and_pod"),
    "pod": ("pod", "bought_followers_and_pod"),
    **{kind: (kind,) for kind in PLANTED},
}
"""A kind to leave out -> the kinds that contain it."""


@dataclass(frozen=True)
class FraudWorld:
    """Accounts (n,) of one or several worlds: standings of their evidence, and the ``kind`` of each (none: honest)."""

    standings: dict[str, np.ndarray]
    kind: np.ndarray

    @property
    def real(self) -> np.ndarray:
        return np.asarray(self.kind == HONEST)

    def __len__(self) -> int:
        return len(self.kind)

    def where(self, keep: np.ndarray) -> FraudWorld:
        return FraudWorld({name: values[keep] for name, values in self.standings.items()}, self.kind[keep])


def joined(worlds: list[FraudWorld]) -> FraudWorld:
    names = worlds[0].standings
    return FraudWorld(
        {name: np.concatenate([w.standings[name] for w in worlds]) for name in names},
        np.concatenate([w.kind for w in worlds]),
    )


def fraud_world(seed: int, settings: FraudSettings) -> FraudWorld:
    """The world of ``seed`` as known at its end. Texts are not needed, so every post has the same vector."""
    with TemporaryDirectory() as folder:
        kind, snapshot = _built(Path(folder), seed, settings)
    ids = snapshot.table.column("account_id").to_pylist()
    return FraudWorld(standings_of(snapshot), np.array([kind[a] for a in ids], dtype=object))


def _built(folder: Path, seed: int, settings: FraudSettings) -> tuple[dict[str, str], FeatureSnapshot]:
    tables = folder / "tables"
    simulate(Simulation(creators=settings.creators, brands=12, campaigns=20, seed=seed), tables)
    truth = pq.read_table(tables / "truth" / "creators.parquet", columns=["account_id", "fraud"])
    kind: dict[str, str] = dict(zip(*truth.to_pydict().values(), strict=True))
    honest = np.array([account for account, fraud in kind.items() if fraud == HONEST], dtype=object)
    kind |= plant(tables, honest, settings.planted_share, seed)
    for bucket in bucketise(tables, folder / "buckets", 1):
        owner, ids, texts = texts_to_encode(Catalogue(bucket))
        vectors = np.full((len(texts), 4), 0.5, dtype=np.float32)
        write_vectors(folder / "vectors" / f"{bucket.name}.parquet", owner, ids, vectors, "same-4")
    made = build_snapshots(
        folder / "buckets", folder / "vectors", [NOW], folder / "out", Features(workers=1, buckets=1)
    )
    return kind, FeatureSnapshot.load(made[0])
