"""Audience reports: of every facet the best basis known at a moment and not too old, and of it the latest report."""

from __future__ import annotations

import duckdb
import numpy as np

from tastemaker.features.audience.overlap import COMMON_FACETS
from tastemaker.features.bucket import DAY, arrow
from tastemaker.schema import FACET_KEYS
from tastemaker.schema.tables import AUDIENCE_BASES

# A report is what one source said of one facet at one time; its rows are the facet's keys.
_REPORTS = f"""
CREATE TABLE reports AS
SELECT account_id, facet, basis, observed_at, sample, list_position({list(AUDIENCE_BASES)}, basis) AS preference,
       row_number() OVER (PARTITION BY facet ORDER BY account_id, basis, observed_at) - 1 AS report
FROM (
    SELECT account_id, facet, basis, observed_at, max(nullif(sample_size, 0)) AS sample
    FROM audiences WHERE share > 0 GROUP BY ALL
)
"""

_CHOSEN = """
CREATE TABLE chosen AS
WITH best AS (
    SELECT g.t, g.account_id, r.facet, r.report, r.sample, r.observed_at
    FROM grid g JOIN reports r
        ON r.account_id = g.account_id AND r.observed_at <= g.moment AND r.observed_at > g.moment - $oldest
    QUALIFY row_number() OVER (
        PARTITION BY g.t, g.account_id, r.facet ORDER BY r.preference, r.observed_at DESC) = 1
)
SELECT t, account_id, max(observed_at) AS audience_as_of, {columns} FROM best GROUP BY t, account_id
"""

# Sorted, so that keys that fall to ``other`` are summed in one order.
_SHARES = """
SELECT r.report, a.key, a.share
FROM audiences a JOIN reports r USING (account_id, facet, basis, observed_at)
WHERE a.facet = $facet
ORDER BY r.report, a.key
"""


# Of each facet the number of its report, the people behind it, and when it was observed.
_CHOSEN_COLUMNS = ", ".join(
    f"max({column}) FILTER (facet = '{facet}') AS {name}_{facet}"
    for facet in COMMON_FACETS
    for column, name in (("report", "report"), ("sample", "audience_sample"), ("observed_at", "audience_at"))
)


def report_tables(connection: duckdb.DuckDBPyConnection, max_age_days: int) -> None:
    """Makes ``chosen``: per moment and account the chosen report of each facet, none older than ``max_age_days``.

    Columns ``report_<facet>`` (its number), ``audience_sample_<facet>``, ``audience_at_<facet>``, ``audience_as_of``.
    """
    connection.execute(_REPORTS)
    connection.execute(_CHOSEN.format(columns=_CHOSEN_COLUMNS), {"oldest": max_age_days * DAY})


def report_blocks(connection: duckdb.DuckDBPyConnection) -> dict[str, np.ndarray]:
    """facet -> float32 (reports, keys of the facet): row ``i`` is report ``i`` in the vocabulary's order.

    Keys outside the vocabulary add to ``other``, or are left out where a facet has none. Nothing is renormalised.
    """
    return {facet: _blocks(connection, facet) for facet in COMMON_FACETS}


def _blocks(connection: duckdb.DuckDBPyConnection, facet: str) -> np.ndarray:
    keys = FACET_KEYS[facet]
    place = {key: i for i, key in enumerate(keys)}
    rest = place.get("other", -1)
    found = arrow(connection, _SHARES, facet=facet)
    report = found.column("report").to_numpy()
    column = np.array([place.get(key, rest) for key in found.column("key").to_pylist()], dtype=np.int64)
    blocks = np.zeros((int(report.max(initial=-1)) + 1, len(keys)))
    inside = column >= 0
    np.add.at(blocks, (report[inside], column[inside]), found.column("share").to_numpy()[inside])
    return blocks.astype(np.float32)
