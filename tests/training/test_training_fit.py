from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from training_world import toy_history

from tastemaker.config import Config, load_config
from tastemaker.errors import RankingError, TrainingError
from tastemaker.ranking import realised_value
from tastemaker.training import (
    TrainingResult,
    draw_pictures,
    ndcg_per_campaign,
    train_rankers,
)
from tastemaker.training.judging import curve, random_per_campaign

FAST = load_config(
    overrides={"forecasting": {"rounds": 20}, "ranking": {"rounds": 20}, "evaluation": {"bootstrap": 200}}
)


def configured(ranker: str) -> Config:
    return FAST.model_copy(update={"ranking": FAST.ranking.model_copy(update={"ranker": ranker})})


@pytest.fixture(scope="module")
def trained() -> TrainingResult:
    return train_rankers(toy_history(120), FAST)


def slow_ndcg(values: np.ndarray, examples: pd.DataFrame, campaign: str, k: int) -> float:
    gains = realised_value(examples)
    rows = [i for i, c in enumerate(examples["campaign_id"]) if c == campaign and not math.isnan(gains[i])]
    rows.sort(key=lambda i: (-values[i], examples["creator_id"][i]))

    def dcg(ordered: list[float]) -> float:
        return sum(g / math.log2(place + 1) for place, g in enumerate(ordered[:k], start=1))

    best = dcg(sorted((gains[i] for i in rows), reverse=True))
    return dcg([gains[i] for i in rows]) / best if len(rows) > 1 and best > 0 else math.nan


def test_ndcg_per_campaign_matches_counting() -> None:
    examples = toy_history(30)
    values = np.random.default_rng(0).integers(0, 3, len(examples)).astype(float)
    for k in (1, 3, 10):
        fast = ndcg_per_campaign(values, examples, k)
        assert len(fast) == 30
        for campaign, value in fast.items():
            assert value == pytest.approx(slow_ndcg(values, examples, str(campaign), k), nan_ok=True)


def test_random_is_what_shuffles_tend_to() -> None:
    examples = toy_history(6)
    rng = np.random.default_rng(0)
    shuffled = pd.concat(
        [ndcg_per_campaign(rng.random(len(examples)), examples, 3) for _ in range(400)], axis=1
    )
    assert random_per_campaign(examples, 3).to_numpy() == pytest.approx(
        shuffled.mean(axis=1).to_numpy(), abs=0.04
    )


def test_a_campaign_with_one_known_result_or_none_tells_nothing() -> None:
    examples = toy_history(2)
    first = examples["campaign_id"] == "c00000"
    examples.loc[first, ["agreed", "cost"]] = np.nan
    values = np.zeros(len(examples))
    assert ndcg_per_campaign(values, examples, 5).isna().tolist() == [True, False]
    assert not np.isnan(curve(values, examples, 3)).any()


def test_the_learned_ranker_beats_random_and_popularity_on_a_world_it_can_learn(
    trained: TrainingResult,
) -> None:
    table = trained.per_campaign
    assert list(table.columns) == ["popularity", "content", "linear", "lambdamart", "value", "random"]
    assert len(table) == len(trained.holdout_ids) == 24
    assert trained.estimates["value"].value > trained.estimates["random"].value
    assert trained.metrics["ndcg10.gain_over_random.low"] > 0
    assert trained.metrics["ndcg10.gain_over_popularity"] > 0
    assert 0 <= trained.metrics["forecast.kpi_coverage"] <= 1
    assert 0 <= trained.metrics["forecast.p_accept_brier"] <= 0.25
    assert trained.skipped == {}
    assert trained.ranker is trained.rankers["value"]


def test_what_is_kept_of_a_training_fits_together(trained: TrainingResult) -> None:
    holdout = trained.split.holdout
    again = ndcg_per_campaign(trained.ranker.value(holdout), holdout, FAST.evaluation.cutoff)
    pd.testing.assert_series_equal(again, trained.per_campaign["value"], check_names=False)
    assert trained.by_cutoff["value"][9] == pytest.approx(trained.metrics["ndcg10.value"])
    assert trained.feature_weights.is_monotonic_decreasing
    assert "baseline" not in trained.feature_weights
    assert trained.gains is not None
    assert trained.gains.is_monotonic_decreasing
    assert trained.gains.sum() == pytest.approx(1.0)
    assert trained.calibration is not None
    assert trained.calibration.count.sum() == np.isfinite(realised_value(trained.split.holdout)).sum()
    assert set(trained.split.train["campaign_id"]).isdisjoint(trained.holdout_ids)


def test_pictures_are_drawn_without_a_window(trained: TrainingResult, tmp_path: Path) -> None:
    drawn = draw_pictures(trained, tmp_path / "pictures")
    assert [p.name for p in drawn] == ["features.png", "cutoffs.png", "gain.png", "calibration.png"]
    assert all(p.read_bytes().startswith(b"\x89PNG") and p.stat().st_size > 5_000 for p in drawn)


def test_a_ranker_that_promises_nothing_has_no_calibration(tmp_path: Path) -> None:
    result = train_rankers(toy_history(20), configured("content"), rankers=())
    assert list(result.rankers) == ["content"]
    assert result.calibration is None
    assert len(draw_pictures(result, tmp_path)) == 2


def test_a_baseline_that_can_not_be_fitted_is_named_and_the_chosen_one_must_be() -> None:
    short = toy_history(6)
    result = train_rankers(short, configured("content"), rankers=("popularity", "lambdamart"))
    assert set(result.rankers) == {"popularity", "content"}
    assert "lambdamart" in result.skipped
    with pytest.raises(RankingError):
        train_rankers(short, configured("lambdamart"))


def test_a_holdout_without_outcomes_is_refused() -> None:
    history = toy_history(20).assign(cost=np.nan, agreed=np.nan)
    with pytest.raises(TrainingError, match="none of the 4 later campaigns"):
        train_rankers(history, configured("content"), rankers=())
