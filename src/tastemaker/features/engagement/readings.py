"""The posts of a year as arrays: who posted when, and what came back on which basis."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from tastemaker.features.bucket import DAY, arrow
from tastemaker.features.snapshot import to_numpy

# Stories are other things than posts: they are gone after a day, and platforms show their figures apart. A reading of
# the total holds what was paid for, so it says nothing of what the post earned; one taken too early is no result yet.
_POSTS = """
WITH placed AS (
    SELECT t, account_id, row_number() OVER (ORDER BY t, creator_id, account_id) - 1 AS place FROM grid
),
sized AS (
    SELECT p.post_id, n.followers
    FROM (SELECT DISTINCT post_id, account_id, posted_at FROM recent) p
    ASOF JOIN account_snapshots n ON n.account_id = p.account_id AND p.posted_at >= n.observed_at
),
judged AS (
    SELECT *, r.kind <> 'story' AND r.scope IS DISTINCT FROM 'total'
              AND r.read_at - r.posted_at >= $mature AS counts
    FROM recent r
)
SELECT p.place, r.posted_at, CAST(r.posted_at > r.moment - $window AS DOUBLE) AS inside,
       r.read_at * CAST(r.counts AS DOUBLE) AS read_at,
       CASE WHEN r.counts AND (r.likes IS NOT NULL OR r.comments IS NOT NULL)
            THEN coalesce(r.likes, 0) + coalesce(r.comments, 0) + coalesce(r.shares, 0) + coalesce(r.saves, 0)
       END AS acts,
       s.followers, coalesce(n.followers, s.followers) AS followers_then,
       CASE WHEN r.counts THEN r.reach END AS reach,
       CASE WHEN r.counts THEN r.impressions END AS impressions,
       CASE WHEN r.counts THEN r.views END AS views
FROM judged r JOIN placed p USING (t, account_id) JOIN sizes s USING (t, account_id)
LEFT JOIN sized n USING (post_id)
ORDER BY p.place, r.posted_at, r.post_id
"""


@dataclass(frozen=True)
class Posts:
    """Posts of the year before each moment, sorted by (``place``, time); every other array is float64 with NaN unknown.

    ``place``: the post's row in the bucket's statistics; ``inside``: whether it lies in the window; ``day``: when it
    was posted, days since 1970; ``read``: when its reading was taken, microseconds since 1970; ``acts``: likes,
    comments, shares and saves; ``size``: followers at the moment; ``size_then``: followers when it was posted.
    """

    rows: int
    place: np.ndarray
    inside: np.ndarray
    day: np.ndarray
    read: np.ndarray
    acts: np.ndarray
    size: np.ndarray
    size_then: np.ndarray
    reach: np.ndarray
    impressions: np.ndarray
    views: np.ndarray

    def log_rate(self, basis: str) -> np.ndarray:
        """(n,): ln(acts / basis), acts of 0 counted as a tenth of one: nobody answered, which is not infinitely bad."""
        below = {"followers": self.size, "then": self.size_then}.get(basis)
        return log_ratio(self.acts, getattr(self, basis) if below is None else below)


def read_posts(connection: duckdb.DuckDBPyConnection, window_days: int, mature_days: float) -> Posts:
    """The posts of ``recent`` (see ``tables``), with what each had been read to do at least ``mature_days`` old."""
    found = arrow(connection, _POSTS, window=window_days * DAY, mature=round(mature_days * DAY))
    # All of the one row: an unread end would hold the connection.
    ((rows,),) = connection.execute("SELECT count(*) FROM grid").fetchall()
    numbers = {n: to_numpy(found.column(n)) for n in found.column_names if n not in ("place", "posted_at")}
    return Posts(
        rows=int(rows),
        place=found.column("place").to_numpy().astype(np.int64),
        inside=numbers["inside"] > 0,
        day=found.column("posted_at").to_numpy() / DAY,
        read=np.where(numbers["read_at"] > 0, numbers["read_at"], np.nan),
        acts=numbers["acts"],
        size=numbers["followers"],
        size_then=numbers["followers_then"],
        reach=numbers["reach"],
        impressions=numbers["impressions"],
        views=numbers["views"],
    )


def log_ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """ln(above / below), float64; an ``above`` of 0 counts as 0.1; NaN where either is unknown or ``below`` is 0."""
    known = ~np.isnan(above) & (below > 0)
    made: np.ndarray = np.log(np.where(known, np.maximum(above, 0.1), 1.0) / np.where(known, below, 1.0))
    return np.where(known, made, np.nan)
