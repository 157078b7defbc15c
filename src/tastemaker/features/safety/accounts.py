"""From the levels of posts to an account's levels at a moment, each with the post and the words as evidence."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from tastemaker.features.bucket import YEAR, micros
from tastemaker.schema import SAFETY_CATEGORIES, SAFETY_LEVELS, Brief

_NAMES = tuple(SAFETY_CATEGORIES)

_SEEN = f"""
CREATE TABLE seen AS
SELECT * FROM posts WHERE known_at <= $moment AND posted_at <= $moment AND posted_at > $moment - {YEAR}
"""

_LEVELS = f"""
CREATE TABLE levels AS
SELECT account_id, post_id, posted_at, category, level
FROM (UNPIVOT (SELECT account_id, post_id, posted_at, {", ".join(_NAMES)} FROM seen)
      ON {", ".join(_NAMES)} INTO NAME category VALUE level)
"""

_WORDS = """
CREATE TABLE words AS
SELECT post_id, e.category AS category, arg_min(e.words, {'l': -e.level, 's': e.start}) AS words
FROM (SELECT post_id, unnest(evidence) AS e FROM seen) GROUP BY ALL
"""

# The post that speaks: of the highest level the latest, ties by id.
_SUMMARY = """
WITH worst AS (
    SELECT account_id, category, level, post_id, posted_at FROM levels
    QUALIFY row_number() OVER (PARTITION BY account_id, category ORDER BY level DESC, posted_at DESC, post_id) = 1
),
counted AS (
    SELECT account_id, category, count(*) AS judged_posts, count(*) FILTER (level = 1) AS low_posts,
           count(*) FILTER (level = 2) AS medium_posts, count(*) FILTER (level = 3) AS high_posts
    FROM levels GROUP BY ALL
)
SELECT c.account_id, c.category, w.level, c.judged_posts, c.low_posts, c.medium_posts, c.high_posts,
       CASE WHEN w.level > 0 THEN w.post_id END AS post_id, CASE WHEN w.level > 0 THEN w.posted_at END AS posted_at,
       CASE WHEN w.level > 0 THEN t.words END AS words
FROM counted c JOIN worst w USING (account_id, category)
LEFT JOIN words t ON t.post_id = w.post_id AND t.category = w.category
ORDER BY c.account_id, list_position($names, c.category)
"""


def safety_accounts(flags: pa.Table, as_of: datetime) -> pa.Table:
    """One row per account and category with a judged post in the 365 days before ``as_of``; only what was known then.

    ``flags``: of :func:`safety_posts`. ``level``: the highest of any post (place in ``SAFETY_LEVELS``), with the latest
    such ``post_id``, ``posted_at`` (microseconds since 1970) and ``words``, null at level 0; ``judged_posts``: how many
    stand behind it; ``low_posts``, ``medium_posts`` and ``high_posts`` how often each level was found. A pair without a
    row is unknown, not safe.
    """
    with duckdb.connect(":memory:", config={"threads": "1"}) as db:
        db.register("posts", flags)
        db.execute(_SEEN, {"moment": micros(as_of)})
        for made in (_LEVELS, _WORDS):
            db.execute(made)
        return db.sql(_SUMMARY, params={"names": list(_NAMES)}).to_arrow_table()


def above_floor(accounts: pa.Table, brief: Brief) -> pa.Table:
    """The rows of :func:`safety_accounts` whose level is above what the brief's ``safety_floor`` accepts."""
    most = {category: SAFETY_LEVELS.index(level) for category, level in brief.safety_floor.items()}
    pairs = zip(accounts["category"].to_pylist(), accounts["level"].to_pylist(), strict=True)
    return accounts.filter(
        pa.array([level > most.get(c, len(SAFETY_LEVELS)) for c, level in pairs], pa.bool_())
    )
