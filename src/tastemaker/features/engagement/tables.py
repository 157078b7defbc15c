"""The tables of a bucket that posts and their readings make: posts of the year, engagement, views, cadence."""

from __future__ import annotations

import duckdb

from tastemaker.features.bucket import DAY, YEAR, known_sql

MIN_WINDOW_POSTS = 3

# A post counts once it is known; its reading is the latest known at the moment. Without likes and comments there is
# no rate: a hidden like count is unknown, not zero.
_RECENT = f"""
CREATE TABLE recent AS
WITH dated AS (
    SELECT post_id, account_id, posted_at, kind, {known_sql("posted_at", "observed_at")} AS known_at
    FROM posts
),
seen AS (
    SELECT g.t, g.moment, d.*, s.followers
    FROM grid g
    JOIN dated d ON d.account_id = g.account_id AND d.known_at <= g.moment AND d.posted_at > g.moment - {YEAR}
    JOIN sizes s ON s.t = g.t AND s.account_id = g.account_id
)
SELECT s.t, s.moment, s.account_id, s.post_id, s.posted_at, s.kind, r.likes, r.comments, r.views,
       r.shares, r.saves, r.reach, r.impressions, r.scope, r.observed_at AS read_at,
       CASE WHEN s.followers > 0 AND (r.likes IS NOT NULL OR r.comments IS NOT NULL)
            THEN (coalesce(r.likes, 0) + coalesce(r.comments, 0) + coalesce(r.shares, 0) + coalesce(r.saves, 0))
                 / s.followers END AS rate
FROM seen s ASOF LEFT JOIN post_snapshots r ON s.post_id = r.post_id AND s.moment >= r.observed_at
"""

_ENGAGEMENT = f"""
CREATE TABLE engagement AS
WITH counted AS (
    SELECT *, posted_at > moment - $window AS inside,
           count(rate) FILTER (posted_at > moment - $window) OVER (PARTITION BY t, account_id) >= {MIN_WINDOW_POSTS}
               AS enough
    FROM recent
)
SELECT t, account_id,
       median(rate) FILTER (inside OR NOT enough) AS rate,
       count(rate) FILTER (inside OR NOT enough) AS rated_posts,
       any_value(enough) AS enough,
       median(views) FILTER (inside OR NOT enough) AS views_median,
       sum(comments) FILTER (likes IS NOT NULL) / nullif(sum(likes) FILTER (comments IS NOT NULL), 0)
           AS comment_like_ratio,
       count(*) FILTER (inside) AS posts_in_window
FROM counted
GROUP BY t, account_id
"""

_LAST_POSTS = f"""
CREATE TABLE last_posts AS
WITH dated AS (
    SELECT account_id, {known_sql("posted_at", "observed_at")} AS known_at, max(posted_at) AS posted_at
    FROM posts GROUP BY ALL
),
running AS (
    SELECT account_id, known_at, max(posted_at) OVER (PARTITION BY account_id ORDER BY known_at) AS last_post_at
    FROM dated
)
SELECT g.t, g.account_id, r.last_post_at
FROM grid g ASOF JOIN running r ON g.account_id = r.account_id AND g.moment >= r.known_at
"""


def engagement_tables(connection: duckdb.DuckDBPyConnection, window_days: int) -> None:
    """Makes ``recent`` (a row per moment and post of the year), ``engagement`` and ``last_posts``.

    No row for an account without any.
    """
    connection.execute(_RECENT)
    connection.execute(_ENGAGEMENT, {"window": window_days * DAY})
    connection.execute(_LAST_POSTS)
