"""From the flags of posts to what can be said of an account at a moment: share, fatigue, parity, disclosure, brands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import duckdb
import pyarrow as pa

from tastemaker.features.bucket import YEAR, micros
from tastemaker.features.disclosure.reading import slug
from tastemaker.features.disclosure.rules import Rules, load_rules
from tastemaker.schema import Brief

RECENT_POSTS = 10
"""Posts that the density of sponsored ones looks back on."""

_SEEN = f"""
CREATE TABLE seen AS
SELECT p.*, row_number() OVER (PARTITION BY account_id ORDER BY posted_at DESC, post_id) AS back
FROM posts p
WHERE known_at <= $moment AND posted_at <= $moment AND posted_at > $moment - {YEAR} AND sponsored IS NOT NULL
"""

# Runs: a post's place among all minus its place among those of its kind stays the same within a run.
_RUNS = """
CREATE TABLE runs AS
WITH places AS (
    SELECT account_id, sponsored, back,
           back - row_number() OVER (PARTITION BY account_id, sponsored ORDER BY back) AS run
    FROM seen
),
lengths AS (
    SELECT account_id, run, count(*) AS length, min(back) AS newest FROM places WHERE sponsored GROUP BY ALL
)
SELECT account_id, max(length) AS longest, max(length) FILTER (newest = 1) AS current FROM lengths GROUP BY ALL
"""

_SUMMARY = f"""
SELECT s.account_id, count(*) AS judged_posts, count(*) FILTER (sponsored) AS sponsored_posts,
       avg(sponsored::INT) FILTER (back <= {RECENT_POSTS}) AS sponsored_recent_share,
       coalesce(any_value(r.longest), 0) AS longest_sponsored_run,
       coalesce(any_value(r.current), 0) AS current_sponsored_run,
       max(posted_at) FILTER (sponsored) AS last_sponsored_at,
       {{shares}}
FROM seen s LEFT JOIN rates USING (post_id) LEFT JOIN runs r USING (account_id)
GROUP BY s.account_id ORDER BY s.account_id
"""

_SHARES = """
       avg(sponsored::INT) AS sponsored_share,
       median(rate) FILTER (sponsored) / nullif(median(rate) FILTER (NOT sponsored), 0) AS sponsored_engagement_ratio"""

_VERDICTS = """
       count(disclosure_{0}) FILTER (sponsored) AS disclosed_{0}_known,
       count(*) FILTER (disclosure_{0} = 'proper') / nullif(count(disclosure_{0}) FILTER (sponsored), 0)
           AS disclosed_{0},
       count(*) FILTER (disclosure_{0} = 'proper') / nullif(count(*) FILTER (sponsored), 0) AS disclosed_{0}_low,
       1 - count(*) FILTER (disclosure_{0} IN ('inadequate', 'missing')) / nullif(count(*) FILTER (sponsored), 0)
           AS disclosed_{0}_high"""

_SPONSORS = """
WITH named AS (
    SELECT account_id, posted_at, unnest(brands) AS brand_id, NULL AS handle FROM seen WHERE sponsored
    UNION ALL
    SELECT account_id, posted_at, NULL, unnest(handles) FROM seen WHERE sponsored
)
SELECT account_id, brand_id, handle, count(*) AS posts, min(posted_at) AS first_at, max(posted_at) AS last_at
FROM named GROUP BY ALL ORDER BY account_id, brand_id NULLS LAST, handle
"""


def shares_sql(codes: Iterable[str]) -> str:
    """SQL of an account's shares, its ratio and its ``disclosed_<code>`` columns, over rows of one post each.

    The rows have ``sponsored`` and ``disclosure_<code>`` as :func:`disclosure_posts` gives them, and ``rate``.
    """
    return ",".join([_SHARES, *(_VERDICTS.format(code) for code in codes)])


def disclosure_accounts(
    flags: pa.Table, as_of: datetime, rates: pa.Table | None = None, rules: Rules | None = None
) -> pa.Table:
    """One row per account with a judged post in the 365 days before ``as_of``, by id; only what was known then counts.

    ``flags``: of :func:`disclosure_posts`; ``rates``: columns post_id and rate (engagement, NaN or null unknown).
    ``sponsored_share``, ``sponsored_recent_share`` (of the last 10 posts): fractions of the posts that could be judged;
    runs count posts in a row; ``sponsored_engagement_ratio``: median rate of sponsored posts over that of the others,
    1.0 is parity; ``disclosed_<code>``: properly disclosed share of the sponsored posts with a verdict
    (``_known`` of them), ``_low`` and ``_high``: of all, were every unknown verdict bad, or good. Null unknown.
    """
    codes = [j.code.lower() for j in (rules or load_rules()).jurisdictions]
    with _seen(flags, as_of) as db:
        empty = pa.table({"post_id": pa.array([], pa.string()), "rate": pa.array([], pa.float64())})
        db.register("given", empty if rates is None else rates.select(["post_id", "rate"]))
        db.execute(
            "CREATE TABLE rates AS SELECT post_id, CASE WHEN isfinite(rate) THEN rate END AS rate FROM given"
        )
        db.execute(_RUNS)
        return db.sql(_SUMMARY.format(shares=shares_sql(codes))).to_arrow_table()


def sponsor_table(flags: pa.Table, as_of: datetime) -> pa.Table:
    """Whom each account worked for in the year before ``as_of``, from its sponsored posts known then.

    Columns account_id, brand_id (of the catalogue) or handle (another account mentioned), posts, first_at and last_at
    (microseconds since 1970). A friend who is tagged in paid work stands here too: a handle is a lead, not a proof.
    """
    with _seen(flags, as_of) as db:
        return db.sql(_SPONSORS).to_arrow_table()


def competitor_work(sponsors: pa.Table, brief: Brief, brands: Mapping[str, str] | None = None) -> pa.Table:
    """The rows of ``sponsors`` that are competitors of the brief's brand, by brand_id, name or handle.

    ``brands``: name or handle -> brand_id, so that a competitor given by name is found by its id.
    """
    wanted = {slug(name) for name in brief.brand.competitors}
    ids = {b for name, b in (brands or {}).items() if slug(name) in wanted} | set(brief.brand.competitors)
    named = zip(sponsors["brand_id"].to_pylist(), sponsors["handle"].to_pylist(), strict=True)
    keep = [brand in ids if brand is not None else slug(handle or "") in wanted for brand, handle in named]
    return sponsors.filter(pa.array(keep, pa.bool_()))


def _seen(flags: pa.Table, as_of: datetime) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(":memory:", config={"threads": "1"})
    db.register("posts", flags)
    db.execute(_SEEN, {"moment": micros(as_of)})
    return db
