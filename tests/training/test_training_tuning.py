"""Studies: resumed, repeated, pruned, refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tuned
from tuned import history, place_in, quick_config, run

from tastemaker.errors import OutputError, RankingError, TrainingError
from tastemaker.training import rolling_folds
from tastemaker.training.tuning import study as study_module
from tastemaker.training.tuning.storage import opened_study


def trials_of(folder: Path, name: str = "toy") -> list[Any]:
    import optuna

    return list(optuna.load_study(study_name=name, storage=f"sqlite:///{folder / 'tuning.db'}").trials)


def ended(folder: Path, name: str = "toy") -> list[tuple[dict[str, float], dict[int, float], float | None]]:
    """What every trial that was not killed was, and what became of it."""
    return [
        (t.params, t.intermediate_values, t.value) for t in trials_of(folder, name) if t.state.name != "FAIL"
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study, "toy", of eight trials that nobody disturbed; others share its files."""
    folder = tmp_path_factory.mktemp("studies")
    run(folder)
    return folder


def test_the_first_trial_is_the_configuration_as_it_is(whole: Path) -> None:
    first = trials_of(whole)[0]
    assert first.params["ranking.rounds"] == 10
    assert first.params["training.calibration_share"] == 0.2
    assert first.value == 0.0


@pytest.mark.slow
def test_a_killed_study_goes_on_as_if_nothing_had_happened(whole: Path) -> None:
    """The process is killed for good while a trial is being judged: that trial does not count and is judged again."""
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here), str(here.parent), *sys.path])
    process = subprocess.Popen(
        [sys.executable, tuned.__file__, str(whole), "killed"], env={**os.environ, "PYTHONPATH": paths}
    )
    try:
        while not (whole / "killed").exists():
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.05)
        with pytest.raises(OutputError, match=r"tuning\.db: another run is at work"):
            run(whole, "killed")
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert [t.state.name for t in trials_of(whole, "killed")][3] == "RUNNING"
    told = run(whole, "killed")
    assert told.counts["killed"] == 1
    assert ended(whole, "killed") == ended(whole)
    killed = trials_of(whole, "killed")[3]
    assert killed.params == trials_of(whole, "killed")[4].params
    states = {r.data.tags["trial.state"]: r.info.status for r in place_in(whole).runs.nested(told.run_id)}
    assert states["killed"] == "KILLED"
    assert "running" not in states


def test_the_same_number_of_trials_again_adds_none(whole: Path) -> None:
    before = len(trials_of(whole))
    first, again = run(whole), run(whole)
    assert len(trials_of(whole)) == before
    assert first.to_json() == again.to_json()


def test_another_seed_tries_other_settings(whole: Path) -> None:
    run(whole, "seed", trials=3, config=quick_config(tuning={"seed": 1}))
    mine, theirs = trials_of(whole, "seed"), trials_of(whole)
    assert mine[0].params == theirs[0].params
    assert mine[1].params != theirs[1].params


def test_weak_trials_are_pruned_and_marked_so(whole: Path) -> None:
    told = run(whole)
    pruned = [t for t in trials_of(whole) if t.state.name == "PRUNED"]
    assert pruned
    assert told.counts["pruned"] == len(pruned)
    for trial in pruned:
        step = max(trial.intermediate_values)
        others = [
            t.intermediate_values[step]
            for t in trials_of(whole)[: trial.number]
            if t.state.name == "COMPLETE"
        ]
        assert max(trial.intermediate_values.values()) < np.median(others)
    runs = {r.info.run_name: r for r in place_in(whole).runs.nested(told.run_id)}
    marked = runs[f"trial {pruned[0].number}"]
    assert marked.data.tags["trial.state"] == "pruned"
    assert marked.data.params["ranking.leaves"] == str(pruned[0].params["ranking.leaves"])
    assert marked.data.metrics["gain"] == pytest.approx(list(pruned[0].intermediate_values.values())[-1])
    assert len(runs) == 8


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"examples": history(seed=1)}, "other examples"),
        ({"config": quick_config(tuning={"metric": "ndcg"})}, "other settings"),
        ({"config": quick_config(ranking={"rounds": 500})}, "other settings and other ranges"),
        ({"code": "changed"}, "other code"),
    ],
    ids=["examples", "metric", "ranges", "code"],
)
def test_a_study_of_something_else_is_refused(whole: Path, changed: dict[str, Any], what: str) -> None:
    before = len(trials_of(whole))
    with pytest.raises(
        TrainingError, match=rf"tuning\.db: the study 'toy' was begun with {what};.*--study NAME"
    ):
        run(whole, trials=20, **changed)
    assert len(trials_of(whole)) == before


def test_studies_share_a_file(whole: Path) -> None:
    before = len(trials_of(whole))
    assert run(whole, "other", trials=2, config=quick_config(tuning={"metric": "ndcg"})).study == "other"
    assert (len(trials_of(whole)), len(trials_of(whole, "other"))) == (before, 2)


def test_no_time_at_all_still_judges_the_untuned(whole: Path) -> None:
    told = run(whole, "hurried", seconds=0.0)
    assert told.counts["whole"] == 1
    assert (told.bound, told.surely, told.settings) == (0.0, False, {})
    assert "they stay" in told.words


def test_settings_that_can_not_be_fitted_are_a_failed_trial(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = study_module.fold_scores

    def refuse(config: Any, fold: Any) -> pd.Series:
        if config.ranking.rounds != 10:
            raise RankingError("too few rows for that")
        return real(config, fold)

    monkeypatch.setattr(study_module, "fold_scores", refuse)
    told = run(whole, "unfit", trials=3)
    assert told.counts == {"whole": 1, "pruned": 0, "failed": 2, "killed": 0}


def test_an_untuned_ranker_that_can_not_be_fitted_is_told(whole: Path) -> None:
    config = quick_config()
    folds = [replace(fold, train=fold.train.head(40)) for fold in rolling_folds(history(), config)]
    with pytest.raises(RankingError, match="rows with a realised value"):
        study_module.tune(folds, config, place_in(whole, "thin"), trials=2)


def test_an_interrupted_trial_is_judged_again(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> pd.Series:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(study_module, "fold_scores", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run(whole, "interrupted", trials=2)
    told = run(whole, "interrupted", trials=2)
    assert (told.counts["killed"], sum(told.counts.values())) == (1, 3)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"words", "not an SQLite database"), (b"SQLite format 3\0" + b"x" * 200, "can not be used")],
)
def test_a_file_of_another_kind_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "tuning.db").write_bytes(content)
    with pytest.raises(TrainingError, match=why), opened_study(tmp_path / "tuning.db", "toy", {}):
        pass
