"""Followers at a moment, and how they grew."""

from __future__ import annotations

import duckdb

from tastemaker.features.bucket import DAY, YEAR

GROWTH_DAYS = 90
MIN_GROWTH_DAYS = 30

# The base of growth is the latest reading at least 90 days older than the current one, else the first of all.
_SIZES = f"""
CREATE TABLE sizes AS
WITH now AS (
    SELECT g.t, g.account_id, s.observed_at, s.followers, s.following, s.engagement_rate AS reported_rate,
           s.engagement_basis AS reported_basis, s.engagement_window_days AS reported_window
    FROM grid g ASOF LEFT JOIN account_snapshots s ON g.account_id = s.account_id AND g.moment >= s.observed_at
),
first AS (
    SELECT account_id, min(observed_at) AS observed_at, arg_min(followers, observed_at) AS followers
    FROM account_snapshots GROUP BY account_id
),
base AS (
    SELECT n.*, coalesce(b.observed_at, f.observed_at) AS base_at, coalesce(b.followers, f.followers) AS base_followers
    FROM now n
    ASOF LEFT JOIN account_snapshots b
        ON n.account_id = b.account_id AND n.observed_at - {GROWTH_DAYS * DAY} >= b.observed_at
    LEFT JOIN first f ON f.account_id = n.account_id
)
SELECT * EXCLUDE (observed_at, base_at, base_followers), observed_at AS size_as_of,
       CASE WHEN base_followers > 0 AND followers > 0 AND observed_at - base_at >= {MIN_GROWTH_DAYS * DAY}
            THEN pow(followers / base_followers, {GROWTH_DAYS * DAY} / (observed_at - base_at)) - 1
       END AS follower_growth
FROM base
"""


# Of an account that was not read for a year the latest reading is all there is.
_READINGS = f"""
CREATE TABLE readings AS
SELECT g.t, g.account_id, greatest(count(*) FILTER (s.observed_at > g.moment - {YEAR}), 1) AS size_readings
FROM grid g JOIN account_snapshots s ON s.account_id = g.account_id AND s.observed_at <= g.moment
GROUP BY g.t, g.account_id
"""


def size_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes ``sizes`` (a row per row of ``grid``) and ``readings``."""
    connection.execute(_SIZES)
    connection.execute(_READINGS)
