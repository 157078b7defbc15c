"""Second kernel: a bucket's statistics and the peers to finished features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tastemaker.features.authenticity.evidence import COMMENTS, EVIDENCE, PAID, POSTS, READINGS
from tastemaker.features.authenticity.model import AuthenticityModel
from tastemaker.features.authenticity.usual import Usual
from tastemaker.features.bucket import DAY
from tastemaker.features.columns import SNAPSHOT_SCHEMA
from tastemaker.features.confidence import confidence
from tastemaker.features.peers import Peers
from tastemaker.features.snapshot import to_numpy

ENOUGH_PIECES = 20.0
"""Readings, posts and comments that make the confidence in authenticity one half."""

HALF_LIFE_DAYS = 180.0


@dataclass(frozen=True)
class Judge:
    """The model of authenticity, the share of accounts taken not to be authentic before any evidence, and the peers."""

    model: AuthenticityModel
    base_rate: float
    usual: Usual


def finish(
    rows: pa.Table, country_blocks: np.ndarray, theme_count: np.ndarray, peers: Peers, judge: Judge
) -> pa.Table:
    """The columns of ``SNAPSHOT_SCHEMA`` for the statistics ``rows`` (of one moment or several), in their order."""
    fee, basis = _fee(rows, peers)
    made = {
        **_authenticity(rows, country_blocks, judge),
        "fee": pa.array(fee, from_pandas=True),
        "fee_basis": basis,
        "theme_count": pa.array(theme_count, pa.int64()),
    }
    columns = [made[f.name] if f.name in made else rows.column(f.name) for f in SNAPSHOT_SCHEMA]
    return pa.table(
        [c.cast(f.type) for c, f in zip(columns, SNAPSHOT_SCHEMA, strict=True)], schema=SNAPSHOT_SCHEMA
    )


def _authenticity(rows: pa.Table, country_blocks: np.ndarray, judge: Judge) -> dict[str, pa.Array]:
    """``authenticity`` with its confidence, and the evidence that is worked out of peers."""
    standings = judge.usual.standings(rows, country_blocks)
    abroad = standings.pop("abroad")
    probability = judge.model.probability(standings, judge.base_rate)
    pieces = sum(to_numpy(rows.column(name)) for name in (READINGS, POSTS, PAID, COMMENTS))
    read_at = to_numpy(rows.column("authenticity_as_of"))
    age = (to_numpy(rows.column("moment")) - read_at) / DAY
    sure = confidence(np.asarray(pieces), ENOUGH_PIECES, age, HALF_LIFE_DAYS)
    made = {
        "authenticity": probability,
        "authenticity_confidence": np.where(np.isnan(probability), np.nan, sure),
        "audience_abroad": abroad,
        **{e.standing: standings[e.name] for e in EVIDENCE},
    }
    return {name: pa.array(values, from_pandas=True) for name, values in made.items()}


def _fee(rows: pa.Table, peers: Peers) -> tuple[np.ndarray, pa.Array]:
    quoted, peer = to_numpy(rows.column("quoted")), peers.fees.estimate(rows)
    fee = np.where(np.isnan(quoted), peer, quoted)
    basis = np.where(~np.isnan(quoted), "quotes", np.where(np.isnan(peer), "", "peers")).tolist()
    return fee, pa.array([b or None for b in basis], pa.string())
