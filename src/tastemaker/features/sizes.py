"""Followers at a moment, how they grew, and how much they jumped."""

from __future__ import annotations

import duckdb

from tastemaker.features.bucket import DAY, YEAR

GROWTH_DAYS = 90
MIN_GROWTH_DAYS = 30
MIN_STEPS = 3

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
SELECT * EXCLUDE (observed_at, base_at, base_followers), observed_at AS size_at,
       CASE WHEN base_followers > 0 AND followers > 0 AND observed_at - base_at >= {MIN_GROWTH_DAYS * DAY}
            THEN pow(followers / base_followers, {GROWTH_DAYS * DAY} / (observed_at - base_at)) - 1
       END AS follower_growth
FROM base
"""

# A step is the log growth between neighbouring readings, scaled down to 30 days where they lie further apart.
_SPIKES = f"""
CREATE TABLE spikes AS
WITH steps AS (
    SELECT account_id, observed_at,
           ln((followers + 1) / (lag(followers) OVER w + 1))
               * {30 * DAY} / greatest(observed_at - lag(observed_at) OVER w, {30 * DAY}) AS step
    FROM account_snapshots
    WINDOW w AS (PARTITION BY account_id ORDER BY observed_at)
)
SELECT g.t, g.account_id, max(s.step) - median(s.step) AS growth_spike
FROM grid g
JOIN steps s ON s.account_id = g.account_id AND s.observed_at <= g.moment AND s.observed_at > g.moment - {YEAR}
WHERE s.step IS NOT NULL
GROUP BY g.t, g.account_id
HAVING count(*) >= {MIN_STEPS}
"""


def size_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes ``sizes`` (a row per row of ``grid``) and ``spikes`` (only where enough readings are known)."""
    connection.execute(_SIZES)
    connection.execute(_SPIKES)
