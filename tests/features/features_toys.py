"""Hand-made snapshots, encoders and briefs whose right answers are known by arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from tastemaker.features import COLLABORATION_SCHEMA, SNAPSHOT_SCHEMA, FeatureSnapshot, audience_row
from tastemaker.schema import Brief

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


class WordEncoder:
    """One axis a word of the vocabulary: a text is the unit sum of its words' axes."""

    WORDS = ("tea", "bread", "chess", "drums")
    id = "words-4"
    dim = 4

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        counts = np.array(
            [[float(t.casefold().count(w)) for w in self.WORDS] for t in texts], dtype=np.float32
        )
        norms = np.linalg.norm(counts, axis=1, keepdims=True)
        return np.divide(counts, norms, out=np.zeros_like(counts), where=norms > 0)


def brief(**changes: Any) -> Brief:
    base: dict[str, Any] = {"brand": {"name": "Quorlip"}, "objective": "engagement", "text": "tea"}
    return Brief.parse({**base, **changes})


def account(account_id: str, creator_id: str, **known: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(SNAPSHOT_SCHEMA.names)
    row.update(platform="instagram", handle=account_id, past_campaigns=0, theme_count=0)
    return {**row, "account_id": account_id, "creator_id": creator_id, **known}


def snapshot(
    rows: list[dict[str, Any]],
    themes: dict[int, list[list[float]]] | None = None,
    audiences: dict[int, dict[str, dict[str, float]]] | None = None,
    collaborations: list[dict[str, Any]] | None = None,
    fx: dict[str, float] | None = None,
) -> FeatureSnapshot:
    pairs = [(row, vector) for row, vectors in sorted((themes or {}).items()) for vector in vectors]
    return FeatureSnapshot(
        as_of=AS_OF,
        encoder_id=WordEncoder.id,
        table=pa.Table.from_pylist(rows, schema=SNAPSHOT_SCHEMA),
        themes=np.array([v for _, v in pairs], dtype=np.float32).reshape(-1, WordEncoder.dim),
        theme_row=np.array([r for r, _ in pairs], dtype=np.int64),
        audience=np.stack([audience_row((audiences or {}).get(i, {})) for i in range(len(rows))]),
        collaborations=pa.Table.from_pylist(collaborations or [], schema=COLLABORATION_SCHEMA),
        fx=fx,
    )
