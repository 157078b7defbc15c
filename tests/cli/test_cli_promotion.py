from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from test_cli import Run

CONFIG = Path(__file__).parents[2] / "configs" / "test.yaml"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


@pytest.fixture(scope="module")
def space(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of its own with one version, the champion."""
    return Path(shutil.copytree(market, tmp_path_factory.mktemp("promotion") / "space"))


def test_comparing_a_model_with_itself_finds_no_difference(run: Run, space: Path) -> None:
    options = ("--workspace", space, "--config", CONFIG)
    status, out, err = run("compare", "champion", space / "bundle", *options)
    assert status == 0
    for said in (
        "NDCG@10",
        "+0.000 [+0.000, +0.000]",
        "the gate holds",
        "off_policy",
        "size: micro",
        "+0.0 points",
    ):
        assert said in out, said
    assert "report.html" in err
    status, out, _ = run("compare", "1", "champion", *options, "--format", "json")
    told = json.loads(out)
    assert status == 0
    assert told["backtest"]["difference"] == {"value": 0.0, "ci95": [0.0, 0.0]}
    assert {v["rule"]: v["state"] for v in told["gate"]["verdicts"]}["ndcg"] == "holds"
    assert Path(told["report"]).is_file()


def test_a_retraining_without_changes_makes_no_version(run: Run, space: Path) -> None:
    options = ("--workspace", space, "--config", CONFIG)
    status, out, err = run("train", space / "marketplace", *options)
    assert status == 0
    assert "version 1, ranker value, trained on what was known before 2026-" in out
    assert "it is the champion" in err
    told = json.loads(run("train", space / "marketplace", *options, "--format", "json")[1])
    assert (told["version"], told["champion"]) == ("1", "1")
    assert told["metrics"]["ndcg10.value"] > 0


def test_the_champion_itself_needs_no_gate(run: Run, space: Path) -> None:
    status, out, _ = run("promote", "champion", "--workspace", space, "--config", CONFIG)
    assert status == 0
    assert "it is the champion already" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("promote", "7"), "'7' is no version of model 'tastemaker'"),
        (("promote", "1", "--force"), "--force and --reason TEXT go together"),
        (("promote", "1", "--reason", "x"), "--force and --reason TEXT go together"),
        (("rollback",), "nothing to roll back to: version 1 is the first champion"),
        (("compare", "1", "nowhere"), "'nowhere': no version, alias or bundle folder"),
    ],
)
def test_what_can_not_be_done_is_one_message_and_status_2(
    run: Run, space: Path, words: tuple[str, ...], message: str
) -> None:
    status, out, err = run(*words, "--workspace", space)
    assert (status, out) == (2, "")
    assert message in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words",
    [("promote", "1"), ("rollback",), ("compare", "1", "2"), ("train", "no-tables")],
    ids=lambda w: w[0],
)
def test_an_empty_workspace_is_one_message_and_status_2(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    status, _, err = run(*words, "--workspace", tmp_path / "space")
    assert status == 2
    assert "Traceback" not in err
    assert "tastemaker" in err


def test_tables_without_history_train_nothing(run: Run, market: Path, tmp_path: Path) -> None:
    source = tmp_path / "raw"
    source.mkdir()
    for name in ("creators", "accounts", "account_snapshots"):
        shutil.copy(market / "marketplace" / f"{name}.parquet", source)
    status, _, err = run("train", source, "--workspace", tmp_path / "space", "--config", CONFIG)
    assert status == 2
    assert "no past decisions to learn from" in err
