"""A small simulated marketplace, from raw tables to examples, with an encoder that only knows words."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from tastemaker.config import Features, Simulation, Sources
from tastemaker.encoders import write_vectors
from tastemaker.features import (
    FeatureSnapshot,
    build_snapshots,
    pair_features,
    run_here,
    texts_to_encode,
    view_brief,
)
from tastemaker.ranking import Ranker
from tastemaker.schema import Brief
from tastemaker.simulation import NOW, simulate
from tastemaker.sources import Catalogue, bucketise, ingest
from tastemaker.training import LeadAccounts

STEP = timedelta(days=90)


class WordsEncoder:
    """A fixed random direction for each word: texts that share words are close."""

    id = "words-24"
    dim = 24

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = [sum((_direction(w) for w in text.casefold().split()), np.zeros(24)) for text in texts]
        matrix = np.array(rows, dtype=np.float32).reshape(-1, 24)
        return matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-6)


@cache
def _direction(word: str) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=24)


@dataclass(frozen=True)
class Market:
    """``world``: the simulation's folder, truth included; ``catalogue``: its checked tables."""

    world: Path
    catalogue: Catalogue
    folders: list[Path]

    def snapshots(self) -> Iterator[FeatureSnapshot]:
        return (FeatureSnapshot.load(folder) for folder in self.folders)

    def scores(
        self, rankers: dict[str, Ranker], expected: pd.DataFrame, campaigns: Sequence[str]
    ) -> pd.DataFrame:
        """Each ranker's value of every eligible pair of ``campaigns``, from the snapshot of the decision's day."""
        decisions = self.catalogue.table("decisions").to_pandas()
        leads = [LeadAccounts(snapshot) for snapshot in self.snapshots()]
        parts = []
        for row in decisions[decisions["campaign_id"].isin(campaigns)].itertuples():
            known = [lead for lead in leads if lead.snapshot.as_of <= row.made_at][-1]
            brief = Brief.from_json(row.brief)
            creators = expected.loc[expected["campaign_id"] == row.campaign_id, "creator_id"].to_numpy(
                dtype=object
            )
            rows = known.rows(brief, row.made_at, creators)
            creators, rows = creators[rows >= 0], rows[rows >= 0]
            pairs = pair_features(view_brief(brief, WordsEncoder()), known.snapshot, rows, row.made_at)
            values = {name: ranker.value(pairs) for name, ranker in rankers.items()}
            parts.append(pd.DataFrame({"campaign_id": row.campaign_id, "creator_id": creators} | values))
        return pd.concat(parts, ignore_index=True)


def build_market(root: Path, creators: int, brands: int, campaigns: int, seed: int) -> Market:
    simulate(Simulation(creators=creators, brands=brands, campaigns=campaigns, seed=seed), root / "world")
    ingest(root / "world", root / "tables", Sources(), now=NOW)
    bucketise(root / "tables", root / "buckets", 1)
    bucket = root / "buckets" / "000"
    owner, ids, texts = texts_to_encode(Catalogue(bucket))
    (root / "vectors").mkdir()
    write_vectors(root / "vectors" / "000.parquet", owner, ids, WordsEncoder().encode(texts), WordsEncoder.id)
    moments = [NOW - STEP * back for back in range(8, -1, -1)]
    folders = build_snapshots(
        root / "buckets", root / "vectors", moments, root / "snapshots", Features(), executor=run_here
    )
    return Market(root / "world", Catalogue(root / "tables"), folders)
