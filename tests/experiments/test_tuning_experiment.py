"""Experiment 0008: its settings, its draws, and how a score is held against the truth."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tuning_scores import agreement, drawn_settings
from tuning_settings import read_settings

from tastemaker.config import load_config
from tastemaker.errors import ConfigError
from tastemaker.training.tuning import search_space

FOLDER = Path(__file__).parents[2] / "experiments/0008-tuning"
SPEC = importlib.util.spec_from_file_location("tuning_run", FOLDER / "run.py")
assert SPEC is not None
assert SPEC.loader is not None
run = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(run)


def test_worlds_that_judge_are_not_those_that_tuned() -> None:
    settings = read_settings(FOLDER / "config.yaml")
    assert not set(settings.tuned_on) & set(settings.judged_on)
    assert settings.config(31).simulation.campaigns == 250
    assert settings.config(51, larger=True).simulation.campaigns == 500


def test_a_setting_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text((FOLDER / "quick.yaml").read_text() + "trails: 3\n")
    with pytest.raises(ConfigError, match=r"own\.yaml: trails: Extra inputs are not permitted"):
        read_settings(path)


def test_settings_are_drawn_from_their_ranges_the_same_every_time() -> None:
    config = load_config()
    drawn = drawn_settings(config, 20, seed=3)
    assert drawn == drawn_settings(config, 20, seed=3)
    for knob in search_space(config).values():
        values = [knob.read(one) for one in drawn]
        assert knob.low <= min(values) < max(values) <= knob.high, knob.name


def test_agreement_is_one_with_the_truth_itself_and_about_none_with_luck() -> None:
    truth = pd.Series(np.random.default_rng(0).normal(size=30))
    assert agreement(truth, truth)["correlation"] == pytest.approx(1.0)
    assert agreement(np.exp(truth), truth)["rank_correlation"] == pytest.approx(1.0)
    luck = agreement(pd.Series(np.random.default_rng(1).normal(size=30)), truth)
    assert luck["ci95"][0] < 0.0 < luck["ci95"][1]


def test_the_tuned_is_held_against_the_untuned_campaign_by_campaign() -> None:
    def world(seed: int, gain: float) -> Any:
        def judged(config: Any) -> tuple[pd.Series, pd.DataFrame]:
            scores = pd.Series([0.5, 0.9], index=[f"{seed} a", f"{seed} b"]) + gain * config.tuned
            return scores, pd.DataFrame({"held": [True, config.tuned], "width": [1.0, 2.0]})

        return SimpleNamespace(seed=seed, judged=judged)

    told = run.by_truth(
        [world(1, 0.05), world(2, 0.03)], SimpleNamespace(tuned=False), SimpleNamespace(tuned=True)
    )
    assert told["gain"]["value"] == pytest.approx(0.04)
    assert told["gain"]["ci95"][0] > 0.0
    assert told["gain_by_world"] == pytest.approx({"1": 0.05, "2": 0.03})
    assert told["campaigns"] == 4
    assert told["forecasts"]["untuned"] == {"count": 4, "held": 0.5, "width": 1.5}
