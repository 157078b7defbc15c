"""Audience reports: of every facet the best basis known at a moment, and of it the latest report."""

from __future__ import annotations

import duckdb
import numpy as np

from tastemaker.features.audience import COMMON_FACETS
from tastemaker.features.bucket import arrow
from tastemaker.schema import FACET_KEYS
from tastemaker.schema.tables import AUDIENCE_BASES

# A report is what one source said of one facet at one time; its rows are the facet's keys.
_REPORTS = f"""
CREATE TABLE reports AS
SELECT account_id, facet, basis, observed_at, list_position({list(AUDIENCE_BASES)}, basis) AS preference,
       row_number() OVER (PARTITION BY facet ORDER BY account_id, basis, observed_at) - 1 AS report
FROM (SELECT DISTINCT account_id, facet, basis, observed_at FROM audiences WHERE share > 0)
"""

_CHOSEN = """
CREATE TABLE chosen AS
WITH best AS (
    SELECT g.t, g.account_id, r.facet, r.report
    FROM grid g JOIN reports r ON r.account_id = g.account_id AND r.observed_at <= g.moment
    QUALIFY row_number() OVER (
        PARTITION BY g.t, g.account_id, r.facet ORDER BY r.preference, r.observed_at DESC) = 1
)
SELECT t, account_id, {columns} FROM best GROUP BY t, account_id
"""

# Sorted, so that keys that fall to ``other`` are summed in one order.
_SHARES = """
SELECT r.report, a.key, a.share
FROM audiences a JOIN reports r USING (account_id, facet, basis, observed_at)
WHERE a.facet = $facet
ORDER BY r.report, a.key
"""


def report_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes ``chosen``: per moment and account the number of the chosen report of each facet (``report_<facet>``)."""
    connection.execute(_REPORTS)
    columns = ", ".join(f"max(report) FILTER (facet = '{f}') AS report_{f}" for f in COMMON_FACETS)
    connection.execute(_CHOSEN.format(columns=columns))


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
