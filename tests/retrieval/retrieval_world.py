"""Toy snapshots and briefs: invented accounts, every fact sometimes unknown, values from small pools so that bounds
are hit exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from tastemaker.features import (
    COLLABORATION_SCHEMA,
    SNAPSHOT_SCHEMA,
    BriefView,
    FeatureSnapshot,
    audience_row,
)
from tastemaker.features.brief_view import target_audience
from tastemaker.schema import FACET_SLICES, Brief
from tastemaker.schema.tables import PLATFORMS

AT = datetime(2026, 6, 1, tzinfo=UTC)
ENCODER = "toy-encoder"
FX = {"EUR": 1.25, "JPY": 0.0064}


def account(**facts: Any) -> dict[str, Any]:
    """One row of a snapshot's table; what is not given is unknown."""
    number = facts.pop("number", 0)
    ids = {"account_id": f"a{number:06d}", "creator_id": f"c{number:06d}", "platform": "instagram"}
    return dict.fromkeys(SNAPSHOT_SCHEMA.names) | ids | {"handle": f"zolba{number}"} | facts


def snapshot(
    accounts: list[dict[str, Any]],
    themes: dict[str, list[list[float]]] | None = None,
    audiences: dict[str, dict[str, dict[str, float]]] | None = None,
    collaborations: list[dict[str, Any]] | None = None,
    dim: int = 8,
) -> FeatureSnapshot:
    """A snapshot of ``accounts``; themes (scaled to unit length) and audiences by account_id."""
    accounts = sorted(accounts, key=lambda a: (a["creator_id"], a["account_id"]))
    ids = [a["account_id"] for a in accounts]
    owned = [(row, theme) for row, i in enumerate(ids) for theme in (themes or {}).get(i, [])]
    vectors = np.array([theme for _, theme in owned], dtype=np.float32).reshape(-1, dim)
    audience = np.stack([audience_row((audiences or {}).get(i, {})) for i in ids])
    return FeatureSnapshot(
        as_of=AT,
        encoder_id=ENCODER,
        table=pa.Table.from_pylist(accounts, schema=SNAPSHOT_SCHEMA),
        themes=vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12),
        theme_row=np.array([row for row, _ in owned], dtype=np.int64),
        audience=audience,
        collaborations=pa.Table.from_pylist(collaborations or [], schema=COLLABORATION_SCHEMA),
        fx=FX,
    )


def random_snapshot(n: int, seed: int = 0, dim: int = 24, unknown: float = 0.15) -> FeatureSnapshot:
    """``n`` accounts of about 0.8 n creators in twelve topics, one to three themes each, some without any."""
    rng = np.random.default_rng(seed)
    creators = np.sort(rng.integers(0, max(1, int(0.8 * n)), n))
    topic = rng.integers(0, 12, n)
    count = rng.choice([0, 1, 1, 2, 3], n)
    row = np.repeat(np.arange(n), count)
    centres = rng.normal(size=(12, dim))
    themes = centres[topic[row]] + rng.normal(size=(len(row), dim))
    table = pa.table(_random_columns(rng, n, creators, unknown), schema=SNAPSHOT_SCHEMA)
    pairs = max(1, n // 5)
    work = {
        "creator_id": [f"c{c:06d}" for c in rng.choice(creators, pairs)],
        "brand_id": [f"b{b}" for b in rng.integers(0, 20, pairs)],
        "brand_name": [f"Brand {b}" for b in rng.integers(0, 20, pairs)],
        "last_at": [AT - timedelta(days=int(d)) for d in rng.integers(0, 400, pairs)],
    }
    return FeatureSnapshot(
        as_of=AT,
        encoder_id=ENCODER,
        table=table,
        themes=themes / np.linalg.norm(themes, axis=1, keepdims=True),
        theme_row=row,
        audience=random_audience(rng, topic, unknown),
        collaborations=pa.table(work, schema=COLLABORATION_SCHEMA),
        fx=FX,
    )


def view(brief: Brief, content: np.ndarray) -> BriefView:
    """The brief as features see it, with ``content`` in place of an encoded text."""
    length = float(np.linalg.norm(content))
    unit = (content / length if length else content).astype(np.float32)
    return BriefView(brief, unit, target_audience(brief), ENCODER)


def brief(**fields: Any) -> Brief:
    return Brief.parse({"brand": {"name": "Quillmoor"}, "objective": "engagement", **fields})


def _random_columns(rng: np.random.Generator, n: int, creators: np.ndarray, unknown: float) -> dict[str, Any]:
    def some(values: Any) -> list[Any]:
        return [None if u < unknown else v for u, v in zip(rng.random(n), values, strict=True)]

    languages = [["en"], ["es"], ["en", "es"], ["de", "en"], ["pt"]]
    open_to = [["flat"], ["product"], ["flat", "hybrid"], ["commission"], []]
    columns: dict[str, Any] = {name: [None] * n for name in SNAPSHOT_SCHEMA.names}
    columns |= {
        "account_id": [f"a{i:06d}" for i in range(n)],
        "creator_id": [f"c{c:06d}" for c in creators],
        "platform": rng.choice(PLATFORMS, n).tolist(),
        "handle": [f"zolba{i}" for i in range(n)],
        "country": some(rng.choice(["US", "GB", "DE", "ES", "BR"], n).tolist()),
        "languages": some([languages[i] for i in rng.integers(0, 5, n)]),
        "followers": some(np.exp(rng.normal(9, 1.5, n)).astype(int).tolist()),
        "engagement_rate": some(rng.beta(2, 40, n).tolist()),
        "authenticity": some(rng.beta(6, 2, n).tolist()),
        "fee": some(np.exp(rng.normal(6, 1, n)).tolist()),
        "last_post_at": some([AT - timedelta(days=int(d)) for d in rng.integers(0, 120, n)]),
        "available_from": some([AT + timedelta(days=int(d)) for d in rng.integers(-60, 60, n)]),
        "open_to": some([open_to[i] for i in rng.integers(0, 5, n)]),
    }
    return columns


def random_audience(rng: np.random.Generator, topic: np.ndarray, unknown: float) -> np.ndarray:
    blocks = []
    for part in FACET_SLICES.values():
        width = part.stop - part.start
        taste = rng.dirichlet(np.full(width, 0.3), 12)
        shares = 0.6 * taste[topic] + 0.4 * rng.dirichlet(np.full(width, 0.2), len(topic))
        shares[rng.random(len(topic)) < unknown] = np.nan
        blocks.append(shares)
    return np.hstack(blocks).astype(np.float32)
