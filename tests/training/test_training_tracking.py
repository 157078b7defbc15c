"""Runs of an experiment that only measures: no bundle, no model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tastemaker.errors import TrainingError
from tastemaker.training import Tracking


def test_a_trial_holds_its_settings_its_metrics_and_its_files(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}"
    tracking = Tracking(uri, "who-finds-them")
    metrics = {"MAP": 0.25, "unmeasured": float("nan")}
    run_id = tracking.log_trial("without texts", {"seed": 3}, metrics, files={"row.json": {"MAP": 0.25}})
    from mlflow.tracking import MlflowClient

    client = MlflowClient(uri, uri)
    run = client.get_run(run_id)
    assert run.info.run_name == "without texts"
    assert run.info.status == "FINISHED"
    assert run.data.params == {"seed": "3"}
    assert run.data.metrics == {"MAP": 0.25}
    stored = client.download_artifacts(run_id, "row.json")
    assert json.loads(Path(stored).read_text(encoding="utf-8")) == {"MAP": 0.25}
    with pytest.raises(TypeError):
        tracking.log_trial("half way", {}, {"MAP": "a word"})
    (failed,) = client.search_runs([run.info.experiment_id], "attributes.run_name = 'half way'")
    assert failed.info.status == "FAILED"


@pytest.mark.parametrize("uri", ["sqlite:/x.db", "foo://bar", "postgresql+nothing://u@h/db"])
def test_a_place_that_can_not_be_is_a_training_error(uri: str) -> None:
    with pytest.raises(TrainingError, match="MLflow at"):
        Tracking(uri, "x").check()


def test_what_is_no_database_is_a_training_error(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database", encoding="utf-8")
    with pytest.raises(TrainingError, match="not an SQLite database"):
        Tracking(f"sqlite:///{tmp_path / 'mlflow.db'}", "x").log_trial("y", {}, {})


def test_what_broke_a_run_is_heard_though_its_mark_can_not_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from mlflow.tracking import MlflowClient

    def refuse(*_: object) -> None:
        raise ConnectionError("the server is gone")

    monkeypatch.setattr(MlflowClient, "set_terminated", refuse)
    with pytest.raises(TypeError):
        Tracking(f"sqlite:///{tmp_path / 'mlflow.db'}", "x").log_trial("half way", {}, {"MAP": "a word"})
    assert "stays marked as running (ConnectionError: the server is gone)" in caplog.text
