"""``tastemaker replay`` and ``audit`` on a log that ``recommend --store`` wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tastemaker.cli.app import app
from tastemaker.errors import StoreError
from tastemaker.schema import EXAMPLE_BRIEF, Recommendation
from tastemaker.store import SqlDecisionLog


@pytest.fixture(scope="module")
def logged(bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """URL of the log, id of the decision."""
    folder = tmp_path_factory.mktemp("replay")
    (folder / "brief.json").write_text(EXAMPLE_BRIEF.model_dump_json())
    url = f"sqlite:///{folder}/log.db"
    what = {
        "--brief": str(folder / "brief.json"),
        "--bundle": str(bundle_folder),
        "--limit": "5",
        "--store": url,
    }
    asked = [word for pair in what.items() for word in pair]
    made = CliRunner().invoke(app, ["recommend", *asked, "--format", "json"])
    assert made.exit_code == 0, made.output
    return url, json.loads(made.stdout)["decision_id"]


def test_the_same_bundle_makes_the_same_decision(logged: tuple[str, str], bundle_folder: Path) -> None:
    url, name = logged
    told = CliRunner().invoke(app, ["replay", name, "--store", url, "--bundle", str(bundle_folder)])
    assert told.exit_code == 0, told.output
    assert "the same, bit for bit" in told.stdout


def test_what_was_altered_in_the_log_fails_the_replay(
    logged: tuple[str, str], bundle_folder: Path, tmp_path: Path
) -> None:
    url, name = logged
    log = SqlDecisionLog(url)
    decision, trace = log.get(name), log.trace(name)
    log.close()
    assert decision is not None
    first = decision.shortlist[0].model_copy(update={"score": 9.0})
    altered: Recommendation = decision.model_copy(update={"shortlist": (first, *decision.shortlist[1:])})
    other = SqlDecisionLog(f"sqlite:///{tmp_path}/other.db")
    other.record(altered, None, trace)
    other.close()
    args = ["replay", name, "--store", f"sqlite:///{tmp_path}/other.db", "--bundle", str(bundle_folder)]
    told = CliRunner().invoke(app, [*args, "--format", "json"])
    assert told.exit_code == 1
    (difference,) = json.loads(told.stdout)["differences"]
    assert difference["what"] == f"line 1, {first.account_id}: score"
    assert difference["logged"] == "9.0"


def test_an_audit_is_text_for_people_or_json(logged: tuple[str, str]) -> None:
    url, name = logged
    text = CliRunner().invoke(app, ["audit", name, "--store", url])
    assert f"decision {name}" in text.stdout
    told = json.loads(CliRunner().invoke(app, ["audit", name, "--store", url, "--format", "json"]).stdout)
    assert told["decision"]["decision_id"] == name
    assert told["trace"]["limit"] == 5


@pytest.mark.parametrize("command", ["replay", "audit"])
def test_an_unknown_decision_names_the_latest(logged: tuple[str, str], command: str) -> None:
    url, name = logged
    told = CliRunner().invoke(app, [command, "no-such", "--store", url])
    assert isinstance(told.exception, StoreError)
    assert f"'no-such' is not in the log {url}; the latest there: {name}" in str(told.exception)
