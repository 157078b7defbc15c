"""Second kernel: a bucket's statistics and the peers to finished features."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from tastemaker.config import Features
from tastemaker.features.authenticity import authenticity, signals
from tastemaker.features.columns import SNAPSHOT_SCHEMA
from tastemaker.features.engagement import engagement_columns
from tastemaker.features.peers import Peers
from tastemaker.features.price import price_columns
from tastemaker.features.snapshot import to_numpy
from tastemaker.schema import FACET_KEYS


def finish(
    rows: pa.Table, quotes: pa.Table, language_blocks: np.ndarray, peers: Peers, config: Features
) -> pa.Table:
    """The columns of ``SNAPSHOT_SCHEMA`` for ``rows`` and ``quotes`` of one moment, in the rows' order."""
    engagement = engagement_columns(rows, peers.norms, config)
    model = peers.fees.get(rows.column("t")[0].as_py()) if len(rows) else None
    made = {
        "authenticity": pa.array(_authenticity(rows, language_blocks, peers), from_pandas=True),
        **engagement,
        **price_columns(rows, quotes, model, _engagements(rows, engagement), config),
    }
    columns = [made[f.name] if f.name in made else rows.column(f.name) for f in SNAPSHOT_SCHEMA]
    return pa.table(
        [c.cast(f.type) for c, f in zip(columns, SNAPSHOT_SCHEMA, strict=True)], schema=SNAPSHOT_SCHEMA
    )


def language_share(rows: pa.Table, blocks: np.ndarray) -> np.ndarray:
    """Share of each audience that speaks a language of the creator; NaN where either is unknown."""
    place = {key: i for i, key in enumerate(FACET_KEYS["language"])}
    share = np.full(len(rows), np.nan)
    pairs = zip(rows.column("report_language").to_pylist(), rows.column("languages").to_pylist(), strict=True)
    for i, (report, languages) in enumerate(pairs):
        spoken = sorted({place[language] for language in languages or [] if language in place})
        if report >= 0 and spoken:
            share[i] = float(blocks[report, spoken].sum())
    return share


def _authenticity(rows: pa.Table, language_blocks: np.ndarray, peers: Peers) -> np.ndarray:
    followers, following = to_numpy(rows.column("followers")), to_numpy(rows.column("following"))
    evidence = {
        "growth_spike": to_numpy(rows.column("growth_spike")),
        "engagement": peers.standing(rows, "engagement_rate"),
        "comment_ratio": peers.standing(rows, "comment_like_ratio"),
        "comment_repetition": to_numpy(rows.column("comment_repetition")),
    }
    odd = signals(
        **evidence,
        following_ratio=following / np.where(followers > 0, followers, np.nan),
        language_share=language_share(rows, language_blocks),
    )
    known = ~np.isnan(np.stack(list(evidence.values()))).all(axis=0)
    return authenticity(odd, known)


def _engagements(rows: pa.Table, made: dict[str, pa.Array]) -> np.ndarray:
    """Engagements that one post may expect: the shrunk rate by followers, times followers."""
    rate = made["engagement_by_followers_shrunk"].to_numpy(zero_copy_only=False)
    return np.asarray(rate * to_numpy(rows.column("followers")))
