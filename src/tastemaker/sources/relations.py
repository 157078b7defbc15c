"""Rules that concern several rows: one row per key, facets that sum to at most 1, references that lead somewhere."""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.schema.tables import TEXT, Table
from tastemaker.sources.reasons import Fault, Reason, shown

MOST_SHARE = 1.02
"""Shares are rounded; a facet may sum to a little more than 1."""


def duplicates(db: duckdb.DuckDBPyConnection, data: pa.Table, table: Table) -> list[Fault]:
    """Every row whose key an earlier row has; a missing part of a key is a value like any other."""
    db.register("rows", data.select(list(table.key)).append_column("i", pa.array(np.arange(len(data)))))
    keys = ", ".join(f'"{k}"' for k in table.key)
    same = " AND ".join(f'rows."{k}" IS NOT DISTINCT FROM firsts."{k}"' for k in table.key)
    found = db.execute(
        f"WITH firsts AS (SELECT {keys}, min(i) AS first FROM rows GROUP BY {keys} HAVING count(*) > 1) "
        f"SELECT i, first FROM rows JOIN firsts ON {same} WHERE i > first ORDER BY i"
    ).fetchnumpy()
    name = ", ".join(table.key)
    texts = _key_texts(data, table, np.asarray(found["i"], np.int64))
    return [
        Fault(
            int(i),
            name,
            text,
            Reason.DUPLICATE_ID,
            f"{name} {shown(text)!r} was there before; the first is kept",
        )
        for i, text in zip(found["i"], texts, strict=True)
    ]


def unlikely_shares(db: duckdb.DuckDBPyConnection, data: pa.Table) -> list[Fault]:
    """Audience facets that sum to more than 1.02, whole: by the sum, percent are told from wrong fractions.

    A facet is (account_id, observed_at, basis, facet). One with a share above 1 and a sum of at most 102 is percent.
    """
    share = np.asarray(data["share"])
    if len(data) == 0:
        return []
    columns = ["account_id", "observed_at", "basis", "facet", "share"]
    db.register("rows", data.select(columns).append_column("i", pa.array(np.arange(len(data)))))
    group = "account_id, observed_at, basis, facet"
    found = db.execute(
        f"WITH sums AS (SELECT {group}, sum(share) AS total, max(share) AS most FROM rows GROUP BY {group} "
        f"HAVING total > {MOST_SHARE} OR most > 1) "
        f"SELECT i, total, most FROM rows JOIN sums USING ({group}) ORDER BY i"
    ).fetchnumpy()
    rows = zip(found["i"].tolist(), found["total"].tolist(), found["most"].tolist(), strict=True)
    return [_unlikely(i, float(share[i]), total, most) for i, total, most in rows]


def _unlikely(position: int, share: float, total: float, most: float) -> Fault:
    if most > 1 and total <= 100 * MOST_SHARE:
        reason = Reason.PERCENT_FOR_FRACTION
        start = (
            f"share {share:g} is outside 0..1"
            if share > 1
            else f"share {share:g} is of a facet with {most:g}"
        )
        message = f"{start}; shares are fractions, not percent (its facet sums to {total:g}: divide by 100)"
    elif share > 1:
        reason = Reason.SHARE_OUT_OF_RANGE
        message = f"share {share:g} is outside 0..1; shares are fractions, not percent"
    else:
        reason = Reason.SHARES_ABOVE_ONE
        message = (
            f"share {share:g} is of a facet that sums to {total:g}; fractions of one facet sum to at most 1"
        )
    return Fault(position, "share", f"{share:g}", reason, message)


def conflicting_owners(db: duckdb.DuckDBPyConnection, accounts: pa.Table) -> list[Fault]:
    """Accounts that an earlier row gave to another creator, by account_id or by platform and platform_id."""
    columns = ["account_id", "creator_id", "platform", "platform_id"]
    db.register("rows", accounts.select(columns).append_column("i", pa.array(np.arange(len(accounts)))))
    faults: dict[int, Fault] = {}
    for keys, name in ((("account_id",), "account_id"), (("platform", "platform_id"), "platform_id")):
        group = ", ".join(keys)
        found = db.execute(
            f"WITH owners AS (SELECT {group}, arg_min(creator_id, i) AS owner FROM rows WHERE {keys[-1]} IS NOT NULL "
            f"GROUP BY {group}) SELECT i, {name} AS id, creator_id, owner FROM rows JOIN owners USING ({group}) "
            "WHERE creator_id <> owner ORDER BY i"
        ).fetchall()
        for i, text, creator, owner in found:
            whose = f"belongs to {shown(owner)!r} by an earlier row"
            message = f"{name} {shown(text)!r} of creator {shown(creator)!r} {whose}"
            faults.setdefault(i, Fault(i, name, text, Reason.CONFLICTING_OWNER, message))
    return [faults[i] for i in sorted(faults)]


def dangling(data: pa.Table, column: str, parent: str, known: pa.Array) -> list[Fault]:
    """Rows whose ``column`` names nothing that was accepted in ``parent``; empty is allowed."""
    lost = pc.and_(pc.is_valid(data[column]), pc.invert(pc.is_in(data[column], known)))
    positions: npt.NDArray[np.int64] = np.flatnonzero(np.asarray(lost))
    values = data[column].take(pa.array(positions)).to_pylist()
    return [
        Fault(
            int(i), column, v, Reason.DANGLING_REFERENCE,
            f"{column} {shown(v)!r} is not in {parent}, or was set aside there",
        )
        for i, v in zip(positions, values, strict=True)
    ]  # fmt: skip


def _key_texts(data: pa.Table, table: Table, positions: npt.NDArray[np.int64]) -> list[str]:
    rows = data.select(list(table.key)).take(pa.array(positions))
    columns = [rows[k].cast(TEXT).to_pylist() for k in table.key]
    return [", ".join(v or "" for v in values) for values in zip(*columns, strict=True)]
