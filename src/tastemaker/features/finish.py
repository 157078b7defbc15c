"""Second kernel: a bucket's statistics and the peers to finished features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tastemaker.config import Evidence, Features
from tastemaker.features.authenticity.evidence import COMMENTS, EVIDENCE, PAID, POSTS, READINGS
from tastemaker.features.authenticity.model import AuthenticityModel
from tastemaker.features.authenticity.usual import Usual
from tastemaker.features.bucket import DAY
from tastemaker.features.columns import SNAPSHOT_SCHEMA
from tastemaker.features.confidence import confidence
from tastemaker.features.engagement import engagement_columns
from tastemaker.features.peers import Peers
from tastemaker.features.price import price_columns
from tastemaker.features.snapshot import to_numpy


@dataclass(frozen=True)
class Judge:
    """The model of authenticity, the share of accounts taken not to be authentic before any evidence, and the peers."""

    model: AuthenticityModel
    base_rate: float
    usual: Usual


def finish(
    rows: pa.Table, quotes: pa.Table, country_blocks: np.ndarray, peers: Peers, judge: Judge, config: Features
) -> pa.Table:
    """The columns of ``SNAPSHOT_SCHEMA`` for ``rows`` and ``quotes`` of one moment, in the rows' order."""
    engagement = engagement_columns(rows, peers.norms, config)
    model = peers.fees.get(rows.column("t")[0].as_py()) if len(rows) else None
    made = {
        **_authenticity(rows, country_blocks, judge, config.confidence.authenticity),
        **engagement,
        **price_columns(rows, quotes, model, _engagements(rows, engagement), config),
    }
    columns = [made[f.name] if f.name in made else rows.column(f.name) for f in SNAPSHOT_SCHEMA]
    return pa.table(
        [c.cast(f.type) for c, f in zip(columns, SNAPSHOT_SCHEMA, strict=True)], schema=SNAPSHOT_SCHEMA
    )


def _authenticity(
    rows: pa.Table, country_blocks: np.ndarray, judge: Judge, told: Evidence
) -> dict[str, pa.Array]:
    """``authenticity`` with its confidence (in readings, posts and comments), and the evidence that hangs on peers."""
    standings = judge.usual.standings(rows, country_blocks)
    abroad = standings.pop("abroad")
    probability = judge.model.probability(standings, judge.base_rate)
    pieces = sum(to_numpy(rows.column(name)) for name in (READINGS, POSTS, PAID, COMMENTS))
    read_at = to_numpy(rows.column("authenticity_as_of"))
    age = (to_numpy(rows.column("moment")) - read_at) / DAY
    sure = confidence(np.asarray(pieces), told.enough, age, told.half_life_days)
    made = {
        "authenticity": probability,
        "authenticity_confidence": np.where(np.isnan(probability), np.nan, sure),
        "audience_abroad": abroad,
        **{e.standing: standings[e.name] for e in EVIDENCE},
    }
    return {name: pa.array(values, from_pandas=True) for name, values in made.items()}


def _engagements(rows: pa.Table, made: dict[str, pa.Array]) -> np.ndarray:
    """Engagements that one post may expect: the shrunk rate by followers, times followers."""
    rate = made["engagement_by_followers_shrunk"].to_numpy(zero_copy_only=False)
    return np.asarray(rate * to_numpy(rows.column("followers")))
