"""From one bucket to what its posts' words say: flags of posts, and accounts at each moment.

``said_table`` is the part that every snapshot has; ``text_signals`` adds the evidence behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from tastemaker.features.bucket import YEAR, arrow, known_sql, open_bucket
from tastemaker.features.columns import JURISDICTIONS, SAFETY_COLUMNS
from tastemaker.features.disclosure import disclosure_accounts, shares_sql, sponsor_table
from tastemaker.features.evidence import EVIDENCE
from tastemaker.features.safety import safety_accounts
from tastemaker.features.text_flags import TextFlags, text_flags

# Language and platform of the account's version known when the post was, so that a flag hangs on no later fact. Posts
# that no moment sees are not read.
_POSTS = f"""
SELECT p.post_id, p.account_id, p.posted_at, p.observed_at, p.caption, p.hashtags, p.mentions, p.paid_label,
       a.platform, a.language
FROM (SELECT *, {known_sql("posted_at", "observed_at")} AS known_at FROM posts) p
ASOF LEFT JOIN (
    SELECT account_id, platform, language, coalesce(valid_from, -4e18::BIGINT) AS since FROM accounts
) a ON p.account_id = a.account_id AND p.known_at >= a.since
WHERE p.known_at <= (SELECT max(moment) FROM moments) AND p.posted_at > (SELECT min(moment) FROM moments) - {YEAR}
ORDER BY p.account_id, p.posted_at, p.post_id
"""

_BOTH = f"""
CREATE TABLE flags AS
SELECT p.post_id, p.known_at, p.sponsored, {", ".join(f"p.disclosure_{code}" for code in JURISDICTIONS)},
       s.language, {", ".join(f"s.{category}" for category in SAFETY_COLUMNS)}
FROM paid_flags p JOIN safety_flags s USING (post_id)
"""

_JUDGED = f"coalesce({', '.join(SAFETY_COLUMNS)})"

# An account's level is the highest of its posts: what one post says is said.
_SAID = f"""
CREATE TABLE said AS
SELECT r.t, r.account_id, CASE WHEN count(sponsored) > 0 THEN count(*) FILTER (sponsored) END AS sponsored_posts,
       {shares_sql(JURISDICTIONS)},
       count(sponsored) AS judged_posts, max(flags.known_at) FILTER (sponsored IS NOT NULL) AS sponsorship_as_of,
       count({_JUDGED}) AS safety_posts, max(flags.known_at) FILTER ({_JUDGED} IS NOT NULL) AS safety_as_of,
       {", ".join(f"max({category}) AS {name}" for category, name in SAFETY_COLUMNS.items())}
FROM recent r JOIN flags USING (post_id)
GROUP BY r.t, r.account_id
"""


@dataclass(frozen=True)
class TextSignals:
    """``flags`` of all posts of a bucket; per moment ``disclosure``, ``sponsors`` and ``safety`` of its accounts."""

    flags: TextFlags
    disclosure: tuple[pa.Table, ...]
    sponsors: tuple[pa.Table, ...]
    safety: tuple[pa.Table, ...]


def text_signals(bucket: Path, as_ofs: Sequence[datetime], memory_mb: int, spill: Path) -> TextSignals:
    """The text signals of the accounts of ``bucket`` at each of ``as_ofs``.

    A post's flags hang on the post and its account as known with it; an account's tables on posts known at the moment.
    """
    with open_bucket(bucket, as_ofs, memory_mb, spill) as connection:
        flags = _flags(connection)
    return TextSignals(
        flags=flags,
        disclosure=tuple(disclosure_accounts(flags.disclosure, moment) for moment in as_ofs),
        sponsors=tuple(sponsor_table(flags.disclosure, moment) for moment in as_ofs),
        safety=tuple(safety_accounts(flags.safety, moment) for moment in as_ofs),
    )


def said_table(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes ``flags`` (a row per post), ``said`` (a row per moment and account with a post of the year), and the
    ``evidence`` behind it (see ``evidence``).

    ``said`` is made of ``recent`` (see ``engagement.tables``). Its columns are those of a snapshot on sponsored posts,
    their disclosure and brand safety, null for unknown.
    """
    flags = _flags(connection)
    connection.register("paid_flags", flags.disclosure)
    connection.register("safety_flags", flags.safety)
    connection.execute(_BOTH)
    connection.execute(_SAID)
    connection.execute(EVIDENCE)


def _flags(connection: duckdb.DuckDBPyConnection) -> TextFlags:
    return text_flags(arrow(connection, _POSTS), _brand_names(connection))


def _brand_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    # Of brands with one name the first by id, in every bucket alike.
    rows = arrow(connection, "SELECT name, min(brand_id) AS brand_id FROM brands GROUP BY name ORDER BY name")
    return dict(zip(rows["name"].to_pylist(), rows["brand_id"].to_pylist(), strict=True))
