"""Features as they were served, against the same made again from the tables."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tastemaker.config import Skew
from tastemaker.engine import Engine
from tastemaker.errors import EvaluationError
from tastemaker.evaluation.skew import SkewReport
from tastemaker.schema import EXAMPLE_BRIEF, Brief
from tastemaker.store import MemoryDecisionLog
from tastemaker.workflows import Workspace, check_skew

NOW = datetime.now(UTC)
PERIOD = (NOW - timedelta(days=1), NOW + timedelta(days=1))
ALL = Skew(share=1.0)


@pytest.fixture(scope="module")
def log(market: Path) -> MemoryDecisionLog:
    kept = MemoryDecisionLog()
    engine = Engine.load(market / "bundle", kept)
    engine.recommend(EXAMPLE_BRIEF)
    for objective in ("awareness", "conversion"):
        brief = {"brand": {"name": "Quillmoor"}, "objective": objective, "text": "trail running"}
        engine.recommend(Brief.parse(brief), limit=15)
    return kept


def workspace(market: Path, place: Path) -> Workspace:
    """One of its own that need not encode again what the training has."""
    shutil.copytree(market / "cache", place / "cache")
    return Workspace(place)


def by_tables(market: Path, log: MemoryDecisionLog, tables: Path, place: Path) -> SkewReport:
    return check_skew(market / "bundle", log, *PERIOD, ALL, tables=tables, workspace=workspace(market, place))


def test_the_tables_give_what_was_served(market: Path, log: MemoryDecisionLog, tmp_path: Path) -> None:
    told = by_tables(market, log, market / "marketplace", tmp_path / "again")
    assert (told.decisions, told.sampled, told.compared) == (3, 3, 3)
    assert told.accounts > 30
    assert [f.feature for f in told.features if f.mismatches] == []
    assert not told.alarm
    json.dumps(told.to_json(), allow_nan=False)


def test_tables_that_were_changed_afterwards_are_told_by_feature(
    market: Path, log: MemoryDecisionLog, tmp_path: Path
) -> None:
    """Followers rewritten for the past, a creator's reading erased: what training would read is not what served."""
    altered = tmp_path / "altered"
    shutil.copytree(market / "marketplace", altered, ignore=shutil.ignore_patterns("truth"))
    path = altered / "account_snapshots.parquet"
    readings = pq.read_table(path)
    place = readings.column_names.index("followers")
    doubled = pc.multiply(readings["followers"], 2)
    pq.write_table(readings.set_column(place, readings.schema.field("followers"), doubled), path)
    told = by_tables(market, log, altered, tmp_path / "again")
    skewed = {f.feature for f in told.skewed}
    assert {"log_followers", "following_ratio", "engagement_rate"} <= skewed
    assert not {"content_similarity", "objective", "audience_fit"} & skewed
    assert told.alarm


def test_facts_known_only_later_change_nothing(market: Path, log: MemoryDecisionLog, tmp_path: Path) -> None:
    """The tables go on growing after the bundle was made; what was known then stays what it was."""
    grown = tmp_path / "grown"
    shutil.copytree(market / "marketplace", grown, ignore=shutil.ignore_patterns("truth"))
    path = grown / "account_snapshots.parquet"
    readings = pq.read_table(path)
    later = readings.slice(0, 50)
    place = later.column_names.index("observed_at")
    after = pa.array([NOW - timedelta(hours=1)] * 50, later.schema.field("observed_at").type)
    later = later.set_column(place, later.schema.field("observed_at"), after)
    pq.write_table(pa.concat_tables([readings, later]), path)
    assert not by_tables(market, log, grown, tmp_path / "again").alarm


def test_the_bundles_own_snapshot_gives_what_was_served(
    market: Path, log: MemoryDecisionLog, tmp_path: Path
) -> None:
    told = check_skew(market / "bundle", log, *PERIOD, ALL, workspace=Workspace(tmp_path))
    assert (told.compared, told.alarm) == (3, False)
    assert told.made_from == "the bundle's own snapshot"


def test_accounts_that_are_gone_raise_the_alarm(market: Path, log: MemoryDecisionLog, tmp_path: Path) -> None:
    served = MemoryDecisionLog()
    (decision, *_) = log.recent()
    shown = log.shown_features(decision.decision_id)
    assert shown is not None
    renamed = ("gone", *shown.account_ids[1:])
    served.record(decision, type(shown)(shown.as_of, shown.at, shown.columns, renamed, shown.values))
    told = check_skew(market / "bundle", served, *PERIOD, ALL, workspace=Workspace(tmp_path))
    assert told.missing_accounts == ("gone",)
    assert told.alarm
    assert all(f.compared == told.accounts - 1 for f in told.features)


def test_what_can_not_be_compared_is_said(market: Path, log: MemoryDecisionLog, tmp_path: Path) -> None:
    kept = MemoryDecisionLog()
    (decision, *_) = log.recent()
    kept.record(decision)
    kept.record(decision.model_copy(update={"decision_id": "other", "bundle": "another"}))
    told = check_skew(market / "bundle", kept, *PERIOD, ALL, workspace=Workspace(tmp_path))
    assert (told.decisions, told.compared, told.features, told.alarm) == (1, 0, (), False)
    assert told.notes == (
        "1 of 2 decisions are of other bundles, and left out",
        "1 of 1 sampled decisions were logged without their features",
    )
    rare = check_skew(market / "bundle", log, *PERIOD, Skew(share=1e-9), workspace=Workspace(tmp_path))
    assert "none of 3 decisions is in the sample" in rare.notes[0]
    with pytest.raises(EvaluationError, match="is empty"):
        check_skew(market / "bundle", log, *PERIOD[::-1], ALL, workspace=Workspace(tmp_path))


def test_a_feature_that_is_new_since_is_found(market: Path, log: MemoryDecisionLog, tmp_path: Path) -> None:
    kept = MemoryDecisionLog()
    (decision, *_) = log.recent()
    shown = log.shown_features(decision.decision_id)
    assert shown is not None
    fewer = type(shown)(
        shown.as_of, shown.at, shown.columns[1:], shown.account_ids, np.ascontiguousarray(shown.values[:, 1:])
    )
    kept.record(decision, fewer)
    told = check_skew(market / "bundle", kept, *PERIOD, ALL, workspace=Workspace(tmp_path))
    assert (told.features[0].feature, told.features[0].found) == (shown.columns[0], told.accounts)
