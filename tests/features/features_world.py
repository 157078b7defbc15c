"""Toy marketplaces in the canonical tables, and the way from them to snapshots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.config import Features
from tastemaker.encoders import write_vectors
from tastemaker.features import FeatureSnapshot, anchor_texts, build_snapshots, texts_to_encode, write_anchors
from tastemaker.schema import TABLES
from tastemaker.sources import Catalogue, bucketise

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DIM = 8
CONFIG = Features(workers=1, buckets=1)
ENCODER = "multilingual/letters-8"
"""Named like an encoder with a calibration, so that niches are named."""


def days(before: float) -> datetime:
    """So many days before NOW; a negative number lies after it."""
    return NOW - timedelta(days=before)


def word_vectors(texts: Sequence[str]) -> np.ndarray:
    """Unit rows: a text is the sum of its letters' axes (a to h)."""
    counts = np.array([[float(text.count(c)) for c in "abcdefgh"] for text in texts]).reshape(-1, DIM)
    norms = np.linalg.norm(counts, axis=1, keepdims=True)
    return np.divide(counts, norms, out=np.zeros_like(counts), where=norms > 0).astype(np.float32)


class World:
    """Rows by table; what is not given is unknown."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, table: str, **row: Any) -> World:
        self.rows[table].append(row)
        return self

    def account(self, account_id: str, creator_id: str, platform: str = "instagram", **row: Any) -> World:
        if creator_id not in {r["creator_id"] for r in self.rows["creators"]}:
            self.add("creators", creator_id=creator_id)
        return self.add(
            "accounts",
            **{
                "account_id": account_id,
                "creator_id": creator_id,
                "platform": platform,
                "handle": account_id,
                **row,
            },
        )

    def size(self, account_id: str, followers: int, before: float, **row: Any) -> World:
        return self.add(
            "account_snapshots", account_id=account_id, followers=followers, observed_at=days(before), **row
        )

    def post(
        self, post_id: str, account_id: str, before: float, reading: dict[str, Any] | None = None, **row: Any
    ) -> World:
        row = {"kind": "post", **row}
        self.add("posts", post_id=post_id, account_id=account_id, posted_at=days(before), **row)
        if reading:
            self.add("post_snapshots", **{"post_id": post_id, "observed_at": days(before - 1), **reading})
        return self

    def audience(
        self,
        account_id: str,
        facet: str,
        shares: dict[str, float],
        before: float,
        basis: str = "followers",
        people: int | None = None,
    ) -> World:
        for key, share in shares.items():
            self.add(
                "audiences",
                account_id=account_id,
                facet=facet,
                key=key,
                share=share,
                basis=basis,
                sample_size=people,
                observed_at=days(before),
            )
        return self

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        for name, rows in self.rows.items():
            pq.write_table(pa.Table.from_pylist(rows, schema=TABLES[name].schema), folder / f"{name}.parquet")
        return folder

    def snapshots(
        self, folder: Path, as_ofs: Sequence[datetime] = (NOW,), buckets: int = 1, config: Features = CONFIG
    ) -> list[FeatureSnapshot]:
        bucketise(self.write(folder / "tables"), folder / "buckets", buckets)
        encode(folder / "buckets", folder / "vectors", ENCODER)
        anchors = folder / "anchors.parquet"
        write_anchors(anchors, word_vectors(anchor_texts()), ENCODER)
        paths = build_snapshots(
            folder / "buckets", folder / "vectors", as_ofs, folder / "out", config, anchors=anchors
        )
        return [FeatureSnapshot.load(path) for path in paths]

    def snapshot(self, folder: Path, as_of: datetime = NOW) -> FeatureSnapshot:
        return self.snapshots(folder, [as_of])[0]


def encode(buckets: Path, vectors: Path, encoder_id: str = "letters-8") -> None:
    for bucket in sorted(buckets.iterdir()):
        owner, ids, texts = texts_to_encode(Catalogue(bucket))
        write_vectors(vectors / f"{bucket.name}.parquet", owner, ids, word_vectors(texts), encoder_id)


def row(snapshot: FeatureSnapshot, account_id: str) -> dict[str, Any]:
    """All columns of one account as Python values."""
    rows = [r for r in snapshot.table.to_pylist() if r["account_id"] == account_id]
    assert len(rows) == 1, f"{account_id}: {len(rows)} rows"
    return rows[0]
