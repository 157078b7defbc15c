from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tastemaker.config import Monitor
from tastemaker.engine import Engine
from tastemaker.errors import EvaluationError
from tastemaker.evaluation.drift import DriftReport, Reference
from tastemaker.schema import EXAMPLE_BRIEF, Brief
from tastemaker.sources import Catalogue
from tastemaker.store import MemoryDecisionLog
from tastemaker.workflows import Workspace, monitor_bundle

SINCE, UNTIL = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
SETTINGS = Monitor(min_decisions=5, permutations=1_000)


@pytest.fixture
def workspace(market: Path, tmp_path: Path) -> Workspace:
    """A workspace of its own that need not encode again what the training has."""
    shutil.copytree(market / "cache", tmp_path / "monitor" / "cache")
    return Workspace(tmp_path / "monitor")


def by_tables(market: Path, tables: Path, workspace: Workspace) -> DriftReport:
    return monitor_bundle(market / "bundle", SINCE, UNTIL, SETTINGS, tables=tables, workspace=workspace)


def test_bundle_holds_the_reference_and_no_identities(market: Path) -> None:
    known = Reference.load(market / "bundle" / "monitor")
    assert set(known.cohorts) == {"decisions", "answers", "results", "shortlists"}
    for path in (market / "bundle" / "monitor").glob("*.parquet"):
        for field in pq.read_schema(path):
            assert not pa.types.is_string(field.type)


def test_followers_in_thousands_are_caught_and_the_source_is_named(
    market: Path, workspace: Workspace, tmp_path: Path
) -> None:
    delivered = tmp_path / "delivered"
    shutil.copytree(market / "marketplace", delivered, ignore=shutil.ignore_patterns("truth"))
    path = delivered / "account_snapshots.parquet"
    readings = pq.read_table(path)
    place = readings.column_names.index("followers")
    shorter = pc.max_element_wise(pc.divide(readings["followers"], 1_000), 1)
    pq.write_table(readings.set_column(place, readings.schema.field("followers"), shorter), path)
    told = by_tables(market, delivered, workspace)
    assert told.alarm
    assert any(reason.startswith("log_followers: median") for reason in told.reasons)
    assert told.advice.startswith("look at the source of")


def test_a_period_without_decisions_is_too_few(market: Path, workspace: Workspace) -> None:
    since = datetime(2030, 1, 1, tzinfo=UTC)
    told = monitor_bundle(
        market / "bundle",
        since,
        since + timedelta(days=31),
        SETTINGS,
        tables=market / "marketplace",
        workspace=workspace,
    )
    assert (told.verdict, told.alarm) == ("too few", False)
    assert any("a part of the period is empty" in note for note in told.notes)


def logged(market: Path, briefs: list[Brief]) -> DriftReport:
    log = MemoryDecisionLog()
    engine = Engine.load(market / "bundle", log)
    for brief in briefs:
        engine.recommend(brief)
    now = datetime.now(UTC)
    period = (now - timedelta(days=1), now + timedelta(days=1))
    return monitor_bundle(
        market / "bundle", *period, SETTINGS, log=log, workspace=Workspace(market / "unused")
    )


def test_shortlists_for_the_usual_briefs_raise_no_alarm(market: Path) -> None:
    rows = Catalogue(market / "tables").table("decisions").sort_by("made_at").to_pylist()
    told = logged(market, [Brief.from_json(row["brief"]) for row in rows[-12:]])
    assert told.cohorts["shortlists"].decisions > 0
    assert not told.alarm


def test_shortlists_for_one_brief_alone_are_a_shift_of_the_briefs(market: Path) -> None:
    wide = EXAMPLE_BRIEF.model_copy(update={"filters": type(EXAMPLE_BRIEF.filters)()})
    told = logged(market, [wide] * 15)
    assert told.alarm
    assert any(check.column in ("market", "category", "log_budget") for check in told.findings)


def test_an_empty_period_is_refused(market: Path, workspace: Workspace) -> None:
    with pytest.raises(EvaluationError, match="from 2026-09-01 to 2026-05-01 is empty"):
        monitor_bundle(
            market / "bundle", UNTIL, SINCE, SETTINGS, tables=market / "marketplace", workspace=workspace
        )
