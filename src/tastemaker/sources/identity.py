"""Handles as people write them, brought to one form."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.schema.tables import TEXT
from tastemaker.sources.reasons import Fault, Reason, shown

# instagram.com/name, tiktok.com/@name/video/1, youtube.com/c/name, m.twitch.tv/name?x=1
_PROFILE = r"^(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}/(?:(?:c|user|channel|add|in)/)?@?([^/?#\s]+).*$"
_ADDRESS = r"^(?:https?://)?(?:www\.)?([^/?#\s]+).*$"


def plain_handles(db: duckdb.DuckDBPyConnection, handles: pa.Array, platforms: pa.Array) -> pa.Array:
    """Without ``@``, in lower case, from an address its name; a blog keeps its host. Blank becomes null."""
    db.register("handles", pa.table({"handle": handles, "platform": platforms}))
    text = "lower(trim(handle))"
    return (
        db.sql(
            f"SELECT nullif(CASE WHEN platform = 'blog' THEN regexp_replace({text}, '{_ADDRESS}', '\\1') "
            f"WHEN contains(handle, '/') THEN ltrim(regexp_replace({text}, '{_PROFILE}', '\\1'), '@') "
            f"ELSE ltrim({text}, '@') END, '') AS handle FROM handles"
        )
        .to_arrow_table()["handle"]
        .cast(TEXT)
    )


def with_plain_handles(db: duckdb.DuckDBPyConnection, accounts: pa.Table) -> tuple[pa.Table, list[Fault]]:
    """Accounts with plain handles; a handle of which nothing is left is a fault."""
    plain = plain_handles(db, accounts["handle"], accounts["platform"])
    empty = np.flatnonzero(np.asarray(pc.is_null(plain)))
    faults = []
    for i in empty.tolist():
        value = accounts["handle"][i].as_py()
        message = f"handle {shown(value)!r} names nobody; every account needs a handle"
        faults.append(Fault(i, "handle", value, Reason.MISSING_VALUE, message))
    return accounts.set_column(accounts.column_names.index("handle"), "handle", plain), faults
