"""Simulated markets as they were known some months before their present, and what came after; each built once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from signal_settings import Settings

from tastemaker.config import Features, Simulation
from tastemaker.encoders import read_vectors, write_vectors
from tastemaker.features import FeatureSnapshot, build_snapshots
from tastemaker.features.price import FeeModel, fit_fees, gather_quotes
from tastemaker.features.statistics import statistics
from tastemaker.simulation import NOW, simulate
from tastemaker.sources import bucketise

AHEAD_DAYS = 90
AS_OF: datetime = NOW - timedelta(days=AHEAD_DAYS + 60)
"""Readings go on for two months after the days ahead, so that all of their posts have grown up."""


@dataclass(frozen=True)
class Market:
    """``known``: features at AS_OF, where ``hidden`` accounts' reach and impressions were taken out of the tables.

    ``ahead``: organic posts of the AHEAD_DAYS after it, no stories, by their last reading: account_id, acts, reach,
    followers (known at the end of those days). ``quotes``: asked after AS_OF, ``model`` and ``asked`` (quotes) before
    it, ``rows`` the accounts at AS_OF (the statistics that quotes point into).
    """

    known: pd.DataFrame
    hidden: frozenset[str]
    ahead: pd.DataFrame
    model: FeeModel
    rows: pa.Table
    asked: pa.Table
    quotes: pa.Table


def markets(settings: Settings) -> list[Market]:
    """One for each of the worlds that the settings ask for, seed by seed."""
    asked = settings.simulated
    return [market(settings.seed + i, asked.creators, asked.campaigns) for i in range(asked.worlds)]


@cache
def market(seed: int, creators: int, campaigns: int) -> Market:
    with TemporaryDirectory() as folder:
        base = Path(folder)
        simulate(Simulation(creators=creators, campaigns=campaigns, seed=seed), base / "tables")
        ahead = _ahead(base / "tables")
        hidden = _hide_reach(base / "tables", seed)
        bucketise(base / "tables", base / "buckets", 1)
        (bucket,) = (base / "buckets").iterdir()
        vectors = base / "vectors" / f"{bucket.name}.parquet"
        write_vectors(vectors, [], [], np.zeros((0, 4), dtype=np.float32), "none")
        config = Features(workers=1)
        (path,) = build_snapshots(base / "buckets", base / "vectors", [AS_OF], base / "out", config)
        known = FeatureSnapshot.load(path).table.to_pandas()
        made = statistics(bucket, read_vectors(vectors), [AS_OF, NOW], config, base / "spill")
    before, after = (made.quotes.filter(pc.equal(made.quotes.column("t"), t)) for t in (0, 1))
    since = int(AS_OF.timestamp() * 1e6)
    return Market(
        known=known,
        hidden=hidden,
        ahead=ahead,
        model=fit_fees(gather_quotes([before]))[0],
        rows=made.rows.filter(pc.equal(made.rows.column("t"), 0)),
        asked=before,
        quotes=after.filter(pc.greater(after.column("at"), since)),
    )


def _hide_reach(tables: Path, seed: int) -> frozenset[str]:
    """Takes reach and impressions of every other account that reports them out of the tables; returns them."""
    posts = pq.read_table(tables / "posts.parquet", columns=["post_id", "account_id"]).to_pandas()
    path = tables / "post_snapshots.parquet"
    readings = pq.read_table(path)
    owner = pd.Series(readings.column("post_id").to_pandas()).map(posts.set_index("post_id")["account_id"])
    telling = np.sort(owner[readings.column("reach").is_valid().to_numpy()].unique())
    hidden = frozenset(np.random.default_rng(seed).choice(telling, len(telling) // 2, replace=False).tolist())
    out = pa.array(owner.isin(hidden).to_numpy())
    for name in ("reach", "impressions"):
        place = readings.schema.get_field_index(name)
        column = pc.if_else(out, pa.scalar(None, readings.schema.field(name).type), readings.column(name))
        readings = readings.set_column(place, readings.schema.field(name), column)
    pq.write_table(readings, path)
    return hidden


def _ahead(tables: Path) -> pd.DataFrame:
    posts, readings, sizes = (
        pd.read_parquet(tables / f"{name}.parquet")
        for name in ("posts", "post_snapshots", "account_snapshots")
    )
    end = AS_OF + timedelta(days=AHEAD_DAYS)
    inside = (posts["posted_at"] > AS_OF) & (posts["posted_at"] <= end) & (posts["kind"] != "story")
    last = readings[readings["scope"] == "organic"].sort_values("observed_at").groupby("post_id").tail(1)
    rows = posts[inside].merge(last, on="post_id", suffixes=("", "_read"))
    rows["acts"] = rows[["likes", "comments", "shares", "saves"]].sum(axis=1, min_count=1)
    size = (
        sizes[sizes["observed_at"] <= end]
        .sort_values("observed_at")
        .groupby("account_id")["followers"]
        .last()
    )
    rows["followers"] = rows["account_id"].map(size)
    return rows[["post_id", "account_id", "acts", "reach", "followers"]]
