"""The moments at which features are computed: now, and the past ones that training reads."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow.compute as pc

from tastemaker.errors import SourceError
from tastemaker.schema import TABLES
from tastemaker.sources import Catalogue

CLOCKED = ("account_snapshots", "post_snapshots", "posts", "audiences", "outcomes", "offers", "decisions")


def catalogue_clock(catalogue: Catalogue) -> datetime:
    """The latest moment at which anything in the tables was known: the bundle's ``as_of``."""
    latest: list[datetime] = []
    for name in CLOCKED:
        table = TABLES[name]
        for column in {table.known_at, table.happened_at} - {None}:
            value = pc.max(catalogue.table(name)[column]).as_py() if catalogue.has(name) else None
            if value is not None:
                latest.append(value)
    if not latest:
        raise SourceError(
            f"{catalogue.root}: no table holds a time; account_snapshots needs at least one row"
        )
    return max(latest)


def snapshot_times(catalogue: Catalogue, step_days: int) -> list[datetime]:
    """``as_of`` and, where decisions exist, one moment every ``step_days`` back to the first decision; ascending."""
    as_of = catalogue_clock(catalogue)
    first = pc.min(catalogue.table("decisions")["made_at"]).as_py() if catalogue.has("decisions") else None
    times = [as_of]
    while first is not None and times[-1] > first:
        times.append(times[-1] - timedelta(days=step_days))
    return times[::-1]
