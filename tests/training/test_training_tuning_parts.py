"""What a study is made of: folds, ranges, scores and the verdict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from training_world import toy_history
from tuned import history, quick_config, run

from tastemaker.config import Config, load_config
from tastemaker.errors import TrainingError
from tastemaker.evaluation import paired_difference
from tastemaker.ranking import realised_value
from tastemaker.training import rolling_folds, split_by_time
from tastemaker.training.labels import OUTCOMES
from tastemaker.training.tuning import (
    KNOBS,
    bound_of_best,
    differences,
    information,
    search_space,
    with_values,
)


def test_folds_follow_each_other_and_end_before_the_held_out() -> None:
    examples, config = toy_history(), quick_config()
    split = split_by_time(examples, config.training.holdout_share)
    folds = rolling_folds(examples, config)
    held_out = set(split.holdout_ids)
    until = None
    for fold in folds:
        first = fold.later["made_at"].min()
        assert fold.train["made_at"].max() < first
        assert until is None or first > until
        until = fold.later["made_at"].max()
        # What was learned of after the fold began is not known in it.
        assert not (fold.train["outcome_at"] >= first).any() or fold.train.loc[
            fold.train["outcome_at"] >= first, list(OUTCOMES)
        ].isna().all(axis=None)
        for part in (fold.train, fold.later):
            assert not held_out & set(part["campaign_id"])
            late = part["outcome_at"] >= split.starts_at
            assert part.loc[late, list(OUTCOMES)].isna().all(axis=None)
    judged = [campaign for fold in folds for campaign in fold.later["campaign_id"].unique()]
    assert len(judged) == len(set(judged)) == 24


def test_a_study_is_blind_to_the_held_out_campaigns(tmp_path: Path) -> None:
    """Whatever became of them, and whatever was known of them, every trial is the same to the last bit."""
    examples, config = history(), quick_config()
    held = examples["campaign_id"].isin(split_by_time(examples, config.training.holdout_share).holdout_ids)
    other = examples.copy()
    rng = np.random.default_rng(3)
    for column in ("log_followers", "content_similarity", "reach", "engagements", "cost"):
        other.loc[held, column] = np.exp(rng.normal(5.0, 3.0, int(held.sum())))
    assert not np.array_equal(realised_value(examples), realised_value(other), equal_nan=True)
    told = run(tmp_path, "a", trials=3, examples=examples, config=config).to_json()
    blind = run(tmp_path, "b", trials=3, examples=other, config=config).to_json()
    assert told | {"run_id": "", "study": ""} == blind | {"run_id": "", "study": ""}


def test_a_history_too_short_for_its_folds_is_told() -> None:
    config = quick_config(tuning={"folds": 20, "first_share": 0.9})
    with pytest.raises(TrainingError, match="can not make 20 folds behind the first 43"):
        rolling_folds(toy_history(), config)


def test_a_fold_without_results_is_told() -> None:
    examples = toy_history().assign(
        reach=np.nan, engagements=np.nan, conversions=np.nan, content_rating=np.nan
    )
    with pytest.raises(
        TrainingError, match="fold 1: none of its campaigns has two creators with a known result"
    ):
        rolling_folds(examples, quick_config())


@pytest.mark.parametrize("ranker", KNOBS)
def test_every_range_is_one_of_the_configuration_and_holds_its_default(ranker: str) -> None:
    config = load_config(overrides={"ranking": {"ranker": ranker}})
    for knob in KNOBS[ranker]:
        assert knob.low <= knob.read(config) <= knob.high, knob.name
        assert isinstance(knob.read(config), int) == knob.whole, knob.name
        for value in (knob.low, knob.high):
            assert knob.read(with_values(config, {knob.name: value})) == value


def test_a_range_widens_to_hold_the_setting_in_place() -> None:
    config = load_config(overrides={"forecasting": {"rounds": 1000, "learning_rate": 0.012345}})
    space = search_space(config)
    assert space["forecasting.rounds"].high == 1000
    untuned = {name: knob.read(config) for name, knob in space.items()}
    assert with_values(config, untuned) == config


def test_what_is_written_is_what_was_tried() -> None:
    config = Config()
    tried = with_values(config, {"forecasting.learning_rate": 0.0312345678, "forecasting.leaves": 9})
    told = differences(config, tried)
    assert told == {"forecasting": {"learning_rate": 0.0312, "leaves": 9}}
    assert load_config(overrides=told) == tried


def test_a_ranker_without_settings_is_told() -> None:
    with pytest.raises(
        TrainingError, match="'popularity', which has no settings to tune; choose value or lambdamart"
    ):
        search_space(load_config(overrides={"ranking": {"ranker": "popularity"}}))


def examples_of(values: list[float]) -> pd.DataFrame:
    """One campaign whose creators agreed and brought so much for a dollar; 0 declined."""
    gained = np.array(values)
    return pd.DataFrame(
        {
            "campaign_id": "c1",
            "decision_id": "d1",
            "creator_id": [f"k{i}" for i in range(len(values))],
            "objective": 0.0,
            "agreed": (gained > 0).astype(float),
            "cost": 1.0,
            "reach": gained,
            "engagements": np.nan,
            "conversions": np.nan,
            "content_rating": np.nan,
        }
    )


def test_information_is_what_the_formula_says() -> None:
    examples, told = examples_of([6.0, 2.0, 0.0]), np.array([2.0, 1.0, 1.0])
    by_hand = 0.75 * np.log(3 * 0.5) + 0.25 * np.log(3 * 0.25)
    assert information(told, examples)["c1"] == pytest.approx(by_hand)
    assert information(np.ones(3), examples)["c1"] == pytest.approx(0.0)
    # A factor common to all says nothing, and the realised shares themselves can not be beaten.
    assert information(told * 7.0, examples)["c1"] == pytest.approx(by_hand)
    rng = np.random.default_rng(0)
    best = information(np.array([6.0, 2.0, 1e-9]), examples)["c1"]
    assert all(information(rng.random(3), examples)["c1"] < best for _ in range(50))


def test_information_bears_a_forecast_of_nothing_and_leaves_out_what_brought_nothing() -> None:
    assert np.isfinite(information(np.array([0.0, 1.0]), examples_of([1.0, 1.0]))["c1"])
    assert information(np.ones(2), examples_of([0.0, 0.0])).empty


def test_the_bound_of_one_trial_is_that_of_its_paired_difference() -> None:
    gains = np.random.default_rng(0).normal(0.1, 1.0, (1, 400))
    bound = bound_of_best(gains, repetitions=4_000, seed=0)
    plain = paired_difference(gains[0], np.zeros(400), repetitions=4_000, level=0.9)
    assert bound == pytest.approx(plain.low, abs=0.01)


def test_the_luckiest_of_many_that_are_all_alike_is_rarely_called_better() -> None:
    """Without allowing for the choice, about two of three such studies would be."""
    rng = np.random.default_rng(1)
    rounds = 200
    surely, naive = 0, 0
    for number in range(rounds):
        gains = rng.normal(0.0, 1.0, (20, 100))
        surely += bound_of_best(gains, repetitions=400, seed=number) > 0.0
        best = gains[gains.mean(axis=1).argmax()]
        naive += best.mean() > 1.645 * best.std() / 10
    assert surely <= 0.1 * rounds
    assert naive >= 0.5 * rounds


def test_a_trial_that_is_better_is_found_among_many_and_a_wild_one_hides_nothing() -> None:
    gains = np.random.default_rng(2).normal(0.0, 1.0, (20, 100))
    gains[7] += 1.0
    assert bound_of_best(gains, repetitions=400, seed=0) > 0.5
    wild = np.random.default_rng(3).normal(-10.0, 20.0, (1, 100))
    both = np.concatenate([gains, wild, np.zeros((1, 100))])
    assert bound_of_best(both, repetitions=400, seed=0) > 0.5


def test_trials_that_are_all_as_the_untuned_gain_nothing() -> None:
    assert bound_of_best(np.zeros((3, 10)), repetitions=100, seed=0) == 0.0
