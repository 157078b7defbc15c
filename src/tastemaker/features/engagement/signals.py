"""The columns of a snapshot on engagement, reach and size, from a bucket's statistics and what is usual among peers."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from tastemaker.config import Evidence, Features
from tastemaker.features.bucket import DAY
from tastemaker.features.columns import BASES
from tastemaker.features.confidence import confidence
from tastemaker.features.engagement.grouped import latest
from tastemaker.features.engagement.levels import levels
from tastemaker.features.engagement.reach import REACH_BASES, estimated_reach
from tastemaker.features.engagement.readings import Posts, read_posts
from tastemaker.features.engagement.rhythm import rhythm
from tastemaker.features.engagement.shrinkage import median_variance, percentile, post_spread, posterior
from tastemaker.features.engagement.usual import Norms
from tastemaker.features.snapshot import to_numpy

MEASURES = (*(f"by_{basis}" for basis in BASES), "reach_per_follower", "reach_per_view")
"""Log measures that peers are counted by."""

REPORTED_POSTS = 3
"""A rate that a source reports, without posts behind it, weighs as so many posts."""

LEAST_RATE = 1e-5


def posts_columns(connection: duckdb.DuckDBPyConnection, rows: pa.Table, config: Features) -> pa.Table:
    """``rows`` with the levels and rhythm of each account's posts appended, float64, NaN unknown.

    ``rows``: the bucket's statistics sorted by (t, creator_id, account_id), with the rate that the source reports.
    """
    posts = read_posts(connection, config.engagement_window_days, config.engagement_mature_days)
    made = rhythm(posts)
    for name, found in levels(posts, config.engagement_window_days).items():
        made |= {f"{name}_log": found.middle, f"{name}_spread": found.spread}
        made[f"{name}_posts"] = found.posts.astype(np.float64)
        if name.startswith("by_"):
            made[f"{name}_days"] = found.days
    made |= _read_at(posts)
    _take_reported(made, rows)
    for name, values in made.items():
        rows = rows.append_column(name, pa.array(values, pa.float64()))
    return rows


def engagement_columns(rows: pa.Table, norms: Norms, config: Features) -> dict[str, pa.Array]:
    """Column -> values for ``ENGAGEMENT_COLUMNS`` and ``REACH_COLUMNS`` of the snapshot."""
    made: dict[str, np.ndarray] = {}
    for basis in BASES:
        made |= _rates(rows, norms, basis)
    own = {name: to_numpy(rows.column(name)) for name in ("trend", "trend_reach", "gap_days", "regularity")}
    seen, posts = (to_numpy(rows.column(f"by_followers_{n}")) for n in ("spread", "posts"))
    within = norms.expect(rows, "by_followers")[2]
    spread = np.where(np.isnan(within), seen, post_spread(seen, posts, within))
    made |= {
        "engagement_trend": own["trend"],
        "engagement_trend_error": np.where(np.isnan(own["trend"]), np.nan, spread / own["trend_reach"]),
        "engagement_weekday": to_numpy(rows.column("weekday_best")),
        "engagement_weekday_lift": to_numpy(rows.column("weekday_lift")),
        "engagement_consistency": to_numpy(rows.column("consistency")),
        "posting_gap_days": own["gap_days"],
        "posting_regularity": own["regularity"],
    }
    moment = to_numpy(rows.column("moment"))
    columns = {name: pa.array(values, from_pandas=True) for name, values in made.items()}
    trusted = config.confidence
    columns |= _trust("engagement", *_engagement_evidence(rows, made), moment, trusted.engagement)
    return columns | _reach(rows, norms, moment, trusted.reach)


def _rates(rows: pa.Table, norms: Norms, basis: str) -> dict[str, np.ndarray]:
    log, own, posts, days = (
        to_numpy(rows.column(f"by_{basis}_{n}")) for n in ("log", "spread", "posts", "days")
    )
    usual, between, within = norms.expect(rows, f"by_{basis}")
    weight = np.where((posts == 0) & ~np.isnan(log), REPORTED_POSTS, posts)
    mean, variance = posterior(log, median_variance(post_spread(own, posts, within), weight), usual, between)
    unseen = np.isnan(log)
    name = f"engagement_by_{basis}"
    return {
        name: np.exp(log),
        f"{name}_spread": own,
        f"{name}_posts": posts,
        f"{name}_days": days,
        f"{name}_shrunk": np.where(unseen, np.nan, np.exp(mean)),
        f"{name}_error": np.where(unseen, np.nan, np.sqrt(variance)),
        f"{name}_percentile": np.where(unseen, np.nan, percentile(mean, variance, usual, between)),
    }


def _engagement_evidence(rows: pa.Table, made: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(time of the latest reading, posts) behind the rate with most posts; a reported rate has its report's time."""
    posts = np.max([made[f"engagement_by_{b}_posts"] for b in BASES], axis=0)
    reported = np.any([~np.isnan(made[f"engagement_by_{b}"]) for b in BASES], axis=0) & (posts == 0)
    at = np.where(reported, to_numpy(rows.column("size_as_of")), to_numpy(rows.column("acts_at")))
    return at, np.where(reported, REPORTED_POSTS, posts)


def _reach(rows: pa.Table, norms: Norms, moment: np.ndarray, told: Evidence) -> dict[str, pa.Array]:
    found = estimated_reach(rows, norms)
    basis = found["basis"]
    reported, viewed = (to_numpy(rows.column(f"{n}_posts")) for n in ("reach", "views"))
    at = [to_numpy(rows.column(name)) for name in ("reach_at", "views_at", "size_as_of")]
    # Views tell half of what reported reach does, a size alone a quarter of a post.
    evidence = [reported, 0.5 * viewed, np.full(len(rows), 0.25)]
    which = [basis == number for number in range(len(REACH_BASES))]
    columns = {
        "reach_reported": pa.array(np.exp(to_numpy(rows.column("reach_log"))), from_pandas=True),
        "reach_posts": pa.array(reported, from_pandas=True),
        **{f"reach_{n}": pa.array(found[n], from_pandas=True) for n in ("estimate", "low", "high")},
        "reach_basis": pa.array(
            [None if np.isnan(b) else REACH_BASES[int(b)] for b in basis.tolist()], pa.string()
        ),
    }
    latest_at, amount = np.select(which, at, np.nan), np.select(which, evidence, np.nan)
    return columns | _trust("reach", latest_at, amount, moment, told)


def _trust(
    group: str, at: np.ndarray, amount: np.ndarray, moment: np.ndarray, told: Evidence
) -> dict[str, pa.Array]:
    trust = confidence(amount, told.enough, (moment - at) / DAY, told.half_life_days)
    return {f"{group}_as_of": times(at), f"{group}_confidence": pa.array(trust, from_pandas=True)}


def times(micros: np.ndarray) -> pa.Array:
    """UTC times from microseconds since 1970, float64 (exact until the year 2255), NaN unknown."""
    whole = np.where(np.isnan(micros), 0.0, micros).astype(np.int64)
    return pa.array(whole, pa.int64(), mask=np.isnan(micros)).cast(pa.timestamp("us", tz="UTC"))


def _read_at(posts: Posts) -> dict[str, np.ndarray]:
    seen = {"acts_at": posts.acts, "reach_at": posts.reach, "views_at": posts.views}
    return {
        name: latest(np.where(np.isnan(values), np.nan, posts.read), posts.place, posts.rows)
        for name, values in seen.items()
    }


def _take_reported(made: dict[str, np.ndarray], rows: pa.Table) -> None:
    """A rate that the source reports stands in on its own basis, where no post says better."""
    rate, window = to_numpy(rows.column("reported_rate")), to_numpy(rows.column("reported_window"))
    on = np.array(rows.column("reported_basis").to_pylist(), dtype=object)
    for basis in BASES:
        here = (on == basis) & ~np.isnan(rate) & (made[f"by_{basis}_posts"] == 0)
        log = np.log(np.maximum(np.where(here, rate, 1.0), LEAST_RATE))
        made[f"by_{basis}_log"] = np.where(here, log, made[f"by_{basis}_log"])
        made[f"by_{basis}_days"] = np.where(here, window, made[f"by_{basis}_days"])
