"""The posts and the words behind what is said of an account: of each signal the few strongest at each moment."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from tastemaker.features.bucket import arrow
from tastemaker.features.columns import JURISDICTIONS

MOST = 3
"""Posts kept of each account and signal."""

EXCERPT = 200
"""Characters of a caption that are kept, and how many of them may stand before the first word that speaks."""
BEFORE = 60
MOST_WORDS = 5

_VERDICTS = " || '; ' || ".join(
    f"'{code}: ' || coalesce(disclosure_{code} || coalesce(' (' || why_{code} || ')', ''), 'unknown')"
    for code in JURISDICTIONS
)

# A post that lacks a proper disclosure is evidence for the share of those that have one.
_FAULTS = " UNION ALL ".join(
    f"""
    SELECT post_id, 'sponsorship', 'disclosed_{code}', NULL,
           disclosure_{code} || coalesce(' (' || why_{code} || ')', ''), evidence[:{MOST_WORDS}], NULL
    FROM paid_flags WHERE sponsored AND disclosure_{code} <> 'proper'"""
    for code in JURISDICTIONS
)

# The strongest first: by level, then the latest; ties by id.
EVIDENCE = f"""
CREATE TABLE evidence AS
WITH spoken AS (
    SELECT post_id, e.category AS category, e.level AS level, e.words AS words, e.start AS start
    FROM (SELECT post_id, unnest(evidence) AS e FROM safety_flags WHERE len(evidence) > 0)
),
hits AS (
    SELECT post_id, 'safety' AS "group", 'safety_' || category AS signal, max(level) AS level, NULL AS value,
           list(words ORDER BY level DESC, start)[:{MOST_WORDS}] AS words,
           arg_min(start, {{'level': -level, 'start': start}}) AS start
    FROM spoken GROUP BY post_id, category
    UNION ALL
    SELECT post_id, 'sponsorship', 'sponsored_share', NULL, {_VERDICTS}, evidence[:{MOST_WORDS}], NULL
    FROM paid_flags WHERE sponsored
    UNION ALL {_FAULTS}
),
ranked AS (
    SELECT r.t, r.account_id, h.*, r.posted_at,
           row_number() OVER (PARTITION BY r.t, r.account_id, h.signal
                              ORDER BY h.level DESC NULLS LAST, r.posted_at DESC, post_id) AS rank
    FROM recent r JOIN hits h USING (post_id)
    QUALIFY rank <= {MOST}
),
placed AS (
    SELECT k.*, nfc_normalize(coalesce(p.caption, '')) AS text,
           coalesce(k.start, nullif(instr(text, k.words[1]), 0) - 1, 0) AS place
    FROM ranked k JOIN posts p USING (post_id)
)
SELECT t, account_id, "group", signal, rank, level, value, post_id, posted_at,
       nullif(trim(regexp_replace(substr(text, cut + 1, {EXCERPT}), '\\s+', ' ', 'g')), '') AS excerpt, words
FROM (SELECT *, greatest(CASE WHEN place < length(text) THEN place ELSE 0 END - {BEFORE}, 0) AS cut FROM placed)
"""


def evidence(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Rows of ``columns.EVIDENCE_SCHEMA`` with the moment's number ``t``, sorted; after ``text_signals.said_table``."""
    return arrow(connection, 'SELECT * FROM evidence ORDER BY t, account_id, "group", signal, rank')
