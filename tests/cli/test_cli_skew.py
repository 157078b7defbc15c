from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from test_cli import BRIEF, Run
from test_cli import run as run  # the fixture

from tastemaker.engine import Engine
from tastemaker.schema import Brief
from tastemaker.store import SqlDecisionLog

TODAY = datetime.now(UTC)
PERIOD = (
    "--since", (TODAY - timedelta(days=1)).strftime("%Y-%m-%d"),
    "--until", (TODAY + timedelta(days=2)).strftime("%Y-%m-%d"),
)  # fmt: skip


@pytest.fixture
def store(bundle_folder: Path, tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    log = SqlDecisionLog(url)
    Engine.load(bundle_folder, log).recommend(Brief.parse(BRIEF))
    log.close()
    return url


def test_skew_of_what_was_just_served_is_none(
    run: Run, bundle_folder: Path, store: str, tmp_path: Path
) -> None:
    args = ("skew", *PERIOD, "--bundle", bundle_folder, "--store", store, "--workspace", tmp_path / "w")
    code, out, err = run(*args, "--share", "1")
    assert code == 0
    assert "1 of 1 decisions made again from the bundle's own snapshot, 20 creators shown" in out
    assert "features are as they were served" in out
    assert err == ""


def test_skew_fails_with_the_configured_status(
    run: Run, bundle_folder: Path, store: str, tmp_path: Path
) -> None:
    log = SqlDecisionLog(store)
    (decision,) = log.recent()
    shown = log.shown_features(decision.decision_id)
    assert shown is not None
    values = shown.values.copy()
    values[:, shown.columns.index("log_followers")] += 1.0
    moved = decision.model_copy(update={"decision_id": "moved"})
    log.record(moved, type(shown)(shown.as_of, shown.at, shown.columns, shown.account_ids, values))
    log.close()
    (tmp_path / "c.yaml").write_text("skew:\n  exit_status: 7\n")
    args = ("skew", *PERIOD, "--bundle", bundle_folder, "--store", store, "--workspace", tmp_path / "w")
    code, out, _ = run(*args, "--share", "1", "--config", tmp_path / "c.yaml")
    assert code == 7
    assert "log_followers" in out
    assert "audience_fit" not in out
    code, out, _ = run(*args, "--share", "1", "--format", "json")
    assert (code, json.loads(out)["skewed"]) == (3, ["log_followers"])


def test_skew_says_when_the_sample_is_empty(
    run: Run, bundle_folder: Path, store: str, tmp_path: Path
) -> None:
    args = ("skew", *PERIOD, "--bundle", bundle_folder, "--store", store, "--workspace", tmp_path / "w")
    code, _, err = run(*args, "--share", "0.000000001")
    assert (code, "none of 1 decisions is in the sample" in err) == (0, True)
