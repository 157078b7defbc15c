"""The moments at which features are computed: now, and the past ones that training reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow.compute as pc

from tastemaker.errors import SourceError
from tastemaker.schema import TABLES
from tastemaker.sources import Catalogue

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Past snapshots lie on one calendar counted from here: facts that arrive later move none of them."""

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
    """``as_of`` and, where decisions exist, every ``step_days``-th day of the calendar from before the first decision.

    Ascending. New facts add moments at the end and leave the earlier ones, and so past features, as they are.
    """
    as_of = catalogue_clock(catalogue)
    first = pc.min(catalogue.table("decisions")["made_at"]).as_py() if catalogue.has("decisions") else None
    if first is None:
        return [as_of]
    step = timedelta(days=step_days)
    past = [EPOCH + step * ((first - EPOCH) // step)]
    while past[-1] + step < as_of:
        past.append(past[-1] + step)
    return [*past, as_of]


def moments_for(catalogue: Catalogue, step_days: int, first: datetime, until: datetime) -> list[datetime]:
    """The moments of the calendar that decisions from ``first`` to before ``until`` take their features from.

    Ascending, at least one, and none before the first decision's. The calendar is that of :func:`snapshot_times`: live
    features are as old as training's were.
    """
    past = snapshot_times(catalogue, step_days)[:-1]
    before = [moment for moment in past if moment <= first]
    inside = [moment for moment in past if first < moment < until]
    return before[-1:] + inside or [catalogue_clock(catalogue)]
