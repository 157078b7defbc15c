"""Past snapshots lie on a calendar of their own, so that later facts leave past features as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastemaker.errors import SourceError
from tastemaker.schema import TABLES
from tastemaker.sources import Catalogue
from tastemaker.sources.catalogue import write_table
from tastemaker.workflows.clock import catalogue_clock, snapshot_times

FIRST = datetime(2025, 3, 9, 11, 5, tzinfo=UTC)


def catalogue(root: Path, known: list[datetime], decided: list[datetime]) -> Catalogue:
    snapshots = [{"account_id": "a", "observed_at": t, "followers": 10} for t in known]
    decisions = [
        {"decision_id": str(i), "brief": "{}", "made_at": t, "policy": "p"} for i, t in enumerate(decided)
    ]
    for name, rows in (("account_snapshots", snapshots), ("decisions", decisions)):
        if rows:
            write_table(pa.Table.from_pylist(rows, schema=TABLES[name].schema), root / f"{name}.parquet")
    return Catalogue(root)


@given(days=st.integers(1, 700), later=st.integers(0, 400), step=st.integers(1, 120))
def test_later_facts_move_no_past_moment(
    tmp_path_factory: pytest.TempPathFactory, days: int, later: int, step: int
) -> None:
    last = FIRST + timedelta(days=days)
    before = catalogue(tmp_path_factory.mktemp("before"), [last], [FIRST])
    after = catalogue(
        tmp_path_factory.mktemp("after"), [last, last + timedelta(days=later, hours=7)], [FIRST]
    )
    old, new = snapshot_times(before, step), snapshot_times(after, step)
    assert new[: len(old) - 1] == old[:-1]
    assert old[-1] == last == catalogue_clock(before)
    assert old == sorted(set(old))
    assert old[0] <= FIRST
    assert all(b - a <= timedelta(days=step) for a, b in pairwise(old))


def test_without_history_there_is_only_now(tmp_path: Path) -> None:
    assert snapshot_times(catalogue(tmp_path, [FIRST], []), 30) == [FIRST]


def test_tables_without_any_time_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no table holds a time"):
        catalogue_clock(Catalogue(tmp_path))
