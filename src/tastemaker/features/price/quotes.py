"""Quotes as known at each moment, in US dollars, with the account and the deliverables that they were for."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.features.bucket import YEAR, arrow
from tastemaker.features.packages import parsed_lines
from tastemaker.features.snapshot import to_numpy
from tastemaker.schema.tables import POST_KINDS

MOST_QUOTES = 20_000
"""Quotes of a moment and platform that the model learns from: more change no coefficient that matters."""

COUNTS = tuple(f"n_{kind}" for kind in POST_KINDS)
ORDER = ("t", "platform", "draw", "creator_id", "at", "log_usd", *COUNTS)

# Offers do not say which account they were for: the creator's largest one is taken (ties: account_id). Quotes in a
# currency without a known rate are left out.
_QUOTED = f"""
WITH placed AS (
    SELECT t, account_id, creator_id, row_number() OVER (ORDER BY t, creator_id, account_id) - 1 AS place FROM grid
),
lead AS (
    SELECT p.t, p.creator_id, p.place FROM placed p JOIN sizes s USING (t, account_id)
    QUALIFY row_number() OVER (
        PARTITION BY p.t, p.creator_id ORDER BY s.followers DESC NULLS LAST, p.account_id) = 1
)
SELECT m.t, o.creator_id, l.place, o.at, o.quoted * coalesce(r.usd, 1.0) AS dollars, left(md5(o.creator_id), 8) AS draw,
       {", ".join(f"d.{name}" for name in COUNTS)}
FROM moments m JOIN offers o ON o.at <= m.moment AND o.at > m.moment - {YEAR} AND o.quoted > 0
JOIN lead l ON l.t = m.t AND l.creator_id = o.creator_id
JOIN deliverables d ON d.package = coalesce(o.package, '')
LEFT JOIN rates r ON r.t = m.t AND r.currency = o.currency
WHERE r.usd IS NOT NULL OR coalesce(o.currency, 'USD') = 'USD'
ORDER BY m.t, o.creator_id, o.at, dollars, o.decision_id
"""


def quoted_packages(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> pa.Table:
    """A row per moment and quote of the year before it, sorted, with ``t``, ``creator_id``, ``at``, ``log_usd`` (of the
    whole package), deliverables by kind (``n_<kind>``), and of the account in ``rows`` its row number (``place``),
    platform, niche, country, ``log_size`` and ``log_reach`` (reported reach per follower; NaN unknown).

    Needs the table ``rates`` of ``history``.
    """
    packages = [
        p for (p,) in connection.execute("SELECT DISTINCT coalesce(package, '') FROM offers").fetchall()
    ]
    lines = [parsed_lines(p) for p in packages]
    kinds = {f"n_{kind}": pa.array([line[kind] for line in lines], pa.float64()) for kind in POST_KINDS}
    connection.register("deliverables", pa.table({"package": pa.array(packages, pa.string()), **kinds}))
    found = arrow(connection, _QUOTED)
    lead = rows.take(found.column("place"))
    size = to_numpy(lead.column("followers"))
    made = {
        "log_usd": np.log(to_numpy(found.column("dollars"))),
        "log_size": np.log1p(size),
        "log_reach": to_numpy(lead.column("reach_per_follower_log")),
    }
    for name, values in made.items():
        found = found.append_column(name, pa.array(values, pa.float64()))
    for name, values in (("platform", lead.column("platform")), ("country", lead.column("country"))):
        found = found.append_column(name, values)
    niche = [(c or "").strip().casefold() for c in lead.column("category").to_pylist()]
    return found.append_column("niche", pa.array(niche, pa.string())).drop_columns(["dollars"])


def sample_quotes(quotes: pa.Table) -> pa.Table:
    """At most :data:`MOST_QUOTES` a moment and platform, all quotes of the creators drawn first; in one fixed order.

    A quote for an account of unknown size is left out: it tells nothing of others.
    Who is drawn hangs on the creator's id alone: a sample of samples is the sample of the whole.
    """
    sized = quotes.filter(pc.is_finite(quotes.column("log_size")))
    ordered = sized.sort_by([(name, "ascending") for name in ORDER])
    if len(ordered) <= MOST_QUOTES:
        return ordered
    keys = list(zip(ordered.column("t").to_pylist(), ordered.column("platform").to_pylist(), strict=True))
    first = np.array([i == 0 or key != keys[i - 1] for i, key in enumerate(keys)])
    starts = np.flatnonzero(first)
    rank = np.arange(len(keys)) - starts[np.cumsum(first) - 1]
    return ordered.filter(pc.less(pa.array(rank), MOST_QUOTES))


def gather_quotes(parts: Iterable[pa.Table]) -> pa.Table:
    """The sample of all buckets' quotes: the same rows in the same order however the buckets were cut."""
    return sample_quotes(pa.concat_tables(list(parts)))
