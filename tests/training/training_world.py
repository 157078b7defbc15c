"""A tiny marketplace on disk, snapshots of it, and examples as a table: enough to train on by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.features import SNAPSHOT_SCHEMA, FeatureSnapshot
from tastemaker.schema import AUDIENCE_WIDTH, TABLES, Brief
from tastemaker.sources import Catalogue
from toy_examples import toy

START = datetime(2025, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


class LetterEncoder:
    """Two axes: how much of a text is vowels, and the rest."""

    id = "letters-2"
    dim = 2

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        counts = np.array([[sum(c in "aeiou" for c in t), len(t)] for t in texts], dtype=np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-6)


def write_catalogue(root: Path, **tables: list[dict[str, Any]]) -> Catalogue:
    """Canonical tables from rows; columns that a row does not name are unknown."""
    root.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows, schema=TABLES[name].schema), root / f"{name}.parquet")
    return Catalogue(root)


def brief_json(**changes: Any) -> str:
    return Brief.parse({"brand": {"name": "Plombi"}, "objective": "engagement", **changes}).canonical_json()


def snapshot(as_of: datetime, accounts: list[tuple[str, str, str, int]]) -> FeatureSnapshot:
    """``accounts``: (creator_id, account_id, platform, followers), sorted."""
    rows = [
        dict.fromkeys(SNAPSHOT_SCHEMA.names)
        | {"creator_id": c, "account_id": a, "platform": p, "handle": a, "followers": f, "past_campaigns": 0}
        for c, a, p, f in accounts
    ]
    return FeatureSnapshot(
        as_of=as_of,
        encoder_id=LetterEncoder.id,
        table=pa.Table.from_pylist(rows, schema=SNAPSHOT_SCHEMA),
        themes=np.zeros((0, 2), dtype=np.float32),
        theme_row=np.zeros(0, dtype=np.int64),
        audience=np.full((len(rows), AUDIENCE_WIDTH), np.nan, dtype=np.float32),
    )


def toy_history(campaigns: int = 60, seed: int = 0) -> pd.DataFrame:
    """Examples of the shared toy world, with the clocks that the split reads: answers next day, outcomes in a
    month.
    """
    examples = toy(campaigns=campaigns, seed=seed).examples
    worked = examples["agreed"].eq(1.0)
    return examples.assign(
        offered_at=(examples["made_at"] + pd.Timedelta(days=1)).where(examples["chosen"]),
        outcome_at=(examples["made_at"] + pd.Timedelta(days=3)).where(worked),
        mature=worked,
        impressions=np.nan,
        revenue=np.nan,
    )
