from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from test_cli import Run
from test_cli_promotion import CONFIG, run, space

from tastemaker.config import load_config

__all__ = ["run", "space"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cheap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few trees, one fold: what differs from the small marketplace's own settings."""
    path = tmp_path_factory.mktemp("tune") / "cheap.yaml"
    path.write_text("forecasting: {rounds: 8}\ntuning: {folds: 1, first_share: 0.8, startup_trials: 1}\n")
    return path


def test_a_study_is_told_written_and_gone_on_with(run: Run, space: Path, cheap: Path, tmp_path: Path) -> None:
    found = tmp_path / "found.yaml"
    options = ("--workspace", space, "--config", CONFIG, "--config", cheap, "--study", "a", "--out", found)
    status, out, err = run("tune", *options, "--trials", "2")
    assert status == 0
    for said in ("study a: ", "information on ", "in place", "difference", "95 % interval"):
        assert said in out, said
    assert f"{found}: " in err
    config = load_config(CONFIG, cheap, found)
    status, out, _ = run("tune", *options, "--trials", "3", "--format", "json")
    told = json.loads(out)
    assert status == 0
    assert sum(told["trials"].values()) == 3
    assert told["untuned"]["value"] != told["best"]["value"] or told["settings"] == {}
    surely = told["bound"] > 0.0
    assert told["surely_better"] is surely
    assert (yaml.safe_load(found.read_text()) or {}) == (told["settings"] if surely else {})
    assert config.ranking.ranker == "value"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--config", "{linear}"), "ranking.ranker is 'linear', which has no settings to tune"),
        (("--study", "a/b"), "'a/b' is no name of a study"),
        (("--config", "{folds}"), "lower tuning.folds or tuning.first_share"),
        (("--out", "{linear}"), "was not written by `tastemaker tune`"),
        (("--workspace", "{nowhere}"), "run the stage 'examples' first"),
        (("--config", "{wrong}"), "tuning.folds: Input should be"),
    ],
    ids=["ranker", "study", "folds", "out", "workspace", "value"],
)
def test_what_can_not_be_is_one_line(
    run: Run, space: Path, tmp_path: Path, words: tuple[str, str], why: str
) -> None:
    for name, text in {
        "linear": "ranking: {ranker: linear}\n",
        "folds": "tuning: {folds: 20, first_share: 0.95}\n",
        "wrong": "tuning: {folds: 0}\n",
    }.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    files = {name: tmp_path / f"{name}.yaml" for name in ("linear", "folds", "wrong")}
    asked = [word.format(nowhere=tmp_path / "nowhere", **files) for word in words]
    status, out, err = run("tune", "--workspace", space, "--config", CONFIG, "--trials", "1", *asked)
    assert (status, out) == (2, "")
    assert err.startswith("tastemaker: ")
    assert why in err
    assert err.count("\n") == 1
    assert not (space / "tuned.yaml").exists()


def test_no_trials_are_refused(run: Run, space: Path) -> None:
    assert run("tune", "--workspace", space, "--trials", "0")[0] == 2


def test_a_study_of_other_settings_is_refused(run: Run, space: Path) -> None:
    """The study of the first test, with other folds."""
    assert (space / "tuning.db").exists()
    status, _, err = run("tune", "--workspace", space, "--config", CONFIG, "--study", "a", "--trials", "9")
    assert status == 2
    assert "the study 'a' was begun with other examples and other settings" in err
    assert "Traceback" not in err
