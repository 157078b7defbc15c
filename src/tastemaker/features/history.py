"""What creators asked, delivered and whom they worked for, as known at each moment."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from tastemaker.features.bucket import YEAR, arrow
from tastemaker.features.packages import parsed_size

_RATES = """
CREATE TABLE rates AS
SELECT m.t, f.currency, arg_max(f.usd, f.observed_at) AS usd
FROM moments m JOIN fx_rates f ON f.observed_at <= m.moment
GROUP BY m.t, f.currency
"""

# A quote is per standard package. A currency without a known rate gives none, US dollars need no rate.
_QUOTES = f"""
CREATE TABLE quotes AS
SELECT m.t, o.creator_id, median(o.quoted * coalesce(r.usd, 1.0) / p.size) AS quoted
FROM moments m JOIN offers o ON o.at <= m.moment AND o.at > m.moment - {YEAR} AND o.quoted > 0
JOIN packages p ON p.package = coalesce(o.package, '')
LEFT JOIN rates r ON r.t = m.t AND r.currency = o.currency
WHERE r.usd IS NOT NULL OR coalesce(o.currency, 'USD') = 'USD'
GROUP BY m.t, o.creator_id
"""

# Outcomes are series of readings: of each deliverable the latest known one counts. Ratings are summed as integers
# (millionths), for a sum of floats would hang on the order of the rows.
_RECORD = """
CREATE TABLE record AS
WITH latest AS (
    SELECT m.t, o.*,
           coalesce(o.likes, 0) + coalesce(o.comments, 0) + coalesce(o.shares, 0) + coalesce(o.saves, 0) AS acts
    FROM moments m JOIN outcomes o ON o.observed_at <= m.moment
    QUALIFY row_number() OVER (
        PARTITION BY m.t, o.creator_id, o.campaign_id, o.deliverable ORDER BY o.observed_at DESC) = 1
)
SELECT t, creator_id, count(DISTINCT campaign_id) AS past_campaigns, max(observed_at) AS history_as_of,
       sum(round(content_rating * 1000000)::BIGINT) / 1000000.0 / nullif(count(content_rating), 0)
           AS past_content_rating,
       sum(acts) FILTER (likes IS NOT NULL AND reach > 0)
           / nullif(sum(reach) FILTER (likes IS NOT NULL), 0) AS past_engagement_ratio,
       sum(conversions) FILTER (reach > 0)
           / nullif(sum(reach) FILTER (conversions IS NOT NULL), 0) AS past_conversion_rate,
       count(*) FILTER (on_time) / nullif(count(on_time), 0) AS past_on_time
FROM latest
GROUP BY t, creator_id
"""

# Work is dated by its campaign's end (or the reading, if that came before), an agreement by its day.
_COLLABORATIONS = """
WITH events AS (
    SELECT o.creator_id, c.brand_id, o.observed_at AS known_at, least(o.observed_at, c.ends_at) AS worked_at
    FROM outcomes o JOIN campaigns c USING (campaign_id)
    UNION ALL
    SELECT o.creator_id, c.brand_id, o.at, o.at
    FROM offers o JOIN decisions d USING (decision_id) JOIN campaigns c USING (campaign_id)
    WHERE o.agreed
)
SELECT m.t, e.creator_id, e.brand_id, any_value(b.name) AS brand_name, max(e.worked_at) AS last_at
FROM moments m JOIN events e ON e.known_at <= m.moment LEFT JOIN brands b USING (brand_id)
GROUP BY m.t, e.creator_id, e.brand_id
ORDER BY m.t, e.creator_id, e.brand_id
"""


def history_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes ``rates``, ``quotes`` and ``record``, by moment and creator."""
    found = [p for (p,) in connection.execute("SELECT DISTINCT coalesce(package, '') FROM offers").fetchall()]
    sizes = pa.array([parsed_size(p) for p in found], pa.float64())
    connection.register("packages", pa.table({"package": pa.array(found, pa.string()), "size": sizes}))
    connection.execute(_RATES)
    connection.execute(_QUOTES)
    connection.execute(_RECORD)


def collaborations(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """(t, creator_id, brand_id, brand_name, last_at in microseconds), sorted."""
    return arrow(connection, _COLLABORATIONS)


def rates(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """(t, currency, US dollars of one unit), sorted."""
    return arrow(connection, "SELECT t, currency, usd FROM rates ORDER BY ALL")
