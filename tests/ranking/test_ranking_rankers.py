"""What single rankers promise beyond the contract (``tests/contracts/test_ranker_contract.py``)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tastemaker.config import Config, Forecasting
from tastemaker.errors import RankingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.ranking import (
    RANKERS,
    ContentRanker,
    LambdaMartRanker,
    LinearRanker,
    PopularityRanker,
    ValueRanker,
    load_ranker,
    make_ranker,
    order,
    save_ranker,
)
from toy_examples import Toy, mean_ndcg, toy


@cache
def world() -> tuple[Toy, Toy]:
    return toy(campaigns=300, seed=11).split(0.7)


@cache
def value_ranker() -> ValueRanker:
    return ValueRanker(Forecasting(rounds=60, learning_rate=0.1)).fit(world()[0].examples)


def test_value_is_the_product_of_the_forecasts_shown() -> None:
    pairs = world()[1].examples
    forecaster = value_ranker().forecaster
    product = forecaster.p_accept(pairs) * forecaster.kpi(pairs).mean / forecaster.cost(pairs)
    np.testing.assert_allclose(value_ranker().value(pairs), product, rtol=1e-9)


def test_value_is_calibrated_per_objective_and_along_its_range() -> None:
    later = world()[1]
    values, truth = np.log(value_ranker().value(later.examples)), np.log(later.truth["value"].to_numpy())
    codes, chosen = later.examples["objective"].to_numpy(), later.examples["chosen"].to_numpy()
    slopes = {
        code: np.polyfit(values[chosen & (codes == code)], truth[chosen & (codes == code)], 1)[0]
        for code in range(4)
    }
    # One world's luck moves the mean by .06 (1.07 over five worlds).
    assert 0.85 < np.mean(list(slopes.values())) < 1.15, slopes
    for code, slope in slopes.items():
        assert 0.8 < slope < 1.25, slopes
        # The considered are other people than the chosen; there the level may move a little further.
        ratio = np.exp(values[codes == code]).sum() / np.exp(truth[codes == code]).sum()
        assert 0.8 < ratio < 1.2, (code, ratio)


def test_value_comes_nearer_the_truth_than_every_other() -> None:
    early, later = world()
    reached = {
        name: mean_ndcg(make_ranker(name, Config()).fit(early.examples).value(later.examples), later)
        for name in RANKERS
        if name != "value"
    }
    best = mean_ndcg(value_ranker().value(later.examples), later)
    assert best > 0.93
    assert best > max(reached.values())
    assert min(reached, key=lambda n: reached[n]) == "popularity"


def test_value_contributions_point_at_what_drives_the_toy_world() -> None:
    names, matrix = value_ranker().contributions(world()[1].examples)
    weight = dict(zip(names[:-1], np.abs(matrix[:, :-1]).mean(axis=0), strict=True))
    driving = {"objective", "log_followers", "log_fee", "content_similarity", "engagement_rate", "platform"}
    decoys = {"language_match", "verified", "days_since_post", "follower_growth"}
    assert min(weight[n] for n in ("log_followers", "log_fee", "content_similarity")) > 3 * max(
        weight[n] for n in decoys
    )
    assert {n for n, _ in sorted(weight.items(), key=lambda i: -i[1])[:4]} <= driving


def test_value_without_offers_or_costs_still_orders_by_delivery() -> None:
    examples = world()[0].examples.assign(agreed=np.nan, quoted=np.nan, cost=np.nan)
    ranker = ValueRanker(Forecasting(rounds=20)).fit(examples)
    pairs = world()[1].examples
    np.testing.assert_allclose(ranker.value(pairs), ranker.forecaster.kpi(pairs).mean)
    assert any(note.startswith("accept ") for note in ranker.notes)
    assert np.isnan(ranker.forecaster.p_accept(pairs)).all()


def test_value_of_an_objective_nobody_measured_is_finite_and_noted() -> None:
    examples = world()[0].examples.assign(content_rating=np.nan)
    ranker = ValueRanker(Forecasting(rounds=20)).fit(examples)
    pairs = world()[1].examples.assign(objective=3.0)
    assert np.isfinite(ranker.value(pairs)).all()
    assert any(note.startswith("content_rating ") for note in ranker.notes)
    assert np.isnan(ranker.forecaster.kpi(pairs).mean).all()


def test_value_learns_plain_links() -> None:
    """An experiment without outcomes: linked or not, at no cost worth telling apart, with features of its own."""
    rng = np.random.default_rng(0)
    n = 3000
    near, noise = rng.random(n), rng.random(n)
    linked = (rng.random(n) < near**2).astype(float)
    examples = pd.DataFrame(
        {
            "near": near,
            "noise": noise,
            "objective": 0.0,
            "decision_id": [f"d{i // 30:03d}" for i in range(n)],
            "campaign_id": None,
            "creator_id": [f"k{i}" for i in range(n)],
            "made_at": pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(np.arange(n) // 30, unit="D"),
            "agreed": linked,
            "quoted": np.nan,
            **{k: np.where(linked == 1, 1.0, np.nan) for k in ("cost", "reach")},
            **dict.fromkeys(("engagements", "conversions", "content_rating"), np.nan),
        }
    )
    for kind in (LinearRanker, ValueRanker, LambdaMartRanker):
        values = kind(columns=("near", "noise")).fit(examples).value(examples)  # type: ignore[abstract]
        assert np.corrcoef(pd.Series(values).rank(), near)[0, 1] > 0.9, kind.name


def test_lambdamart_orders_each_brief_by_its_score() -> None:
    early, later = world()
    ranker = LambdaMartRanker().fit(early.examples)
    for _, rows in later.examples.groupby("decision_id"):
        ids = rows["creator_id"].to_numpy()
        assert order(ranker.value(rows), ids).tolist() == order(ranker.raw(rows), ids).tolist()


def test_popularity_and_content_need_no_history() -> None:
    pairs = pd.DataFrame(
        {
            "log_followers": [3.0, np.nan, 9.0],
            "content_similarity": [0.2, 0.8, np.nan],
            "audience_fit": [0.9, np.nan, 0.1],
        }
    )
    assert PopularityRanker().value(pairs).tolist() == [3.0, 0.0, 9.0]
    np.testing.assert_allclose(ContentRanker().value(pairs), [0.65, 1.05, 0.05])
    np.testing.assert_allclose(ContentRanker(0.0, 1.0).value(pairs), [0.9, 0.5, 0.1])


def test_make_ranker_takes_the_configuration() -> None:
    config = Config.model_validate({"retrieval": {"content_weight": 2.0}, "forecasting": {"rounds": 7}})
    assert make_ranker("content", config).content_weight == 2.0  # type: ignore[attr-defined]
    assert make_ranker("value", config).forecaster.config.rounds == 7  # type: ignore[union-attr]
    for name in RANKERS:
        assert make_ranker(name, config).name == name
    with pytest.raises(RankingError, match="unknown ranker 'valeu'; did you mean 'value'"):
        make_ranker("valeu", config)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda d: (d / "ranker.json").unlink(), "ranker.json: can not be read"),
        (lambda d: (d / "ranker.json").write_text("{"), "ranker.json: not JSON"),
        (lambda d: (d / "ranker.json").write_text('{"format": 9}'), "format 9"),
        (
            lambda d: (d / "ranker.json").write_text('{"format": 1, "ranker": "oracle"}'),
            "unknown ranker 'oracle'",
        ),
        (lambda d: (d / "forecaster" / "cost.txt").unlink(), "cost.txt: can not be read"),
        (
            lambda d: (d / "forecaster" / "cost.txt").write_text("no model"),
            "cost.txt: not a LightGBM text model",
        ),
        (lambda d: (d / "forecaster" / "forecaster.json").write_text('{"format": 1}'), "forecaster.json: "),
    ],
)
def test_a_damaged_save_is_refused_with_its_file(damage, said: str, tmp_path: Path) -> None:
    save_ranker(value_ranker(), tmp_path)
    damage(tmp_path)
    with pytest.raises(RankingError, match=said):
        load_ranker(tmp_path)


def test_models_of_other_columns_are_refused(tmp_path: Path) -> None:
    save_ranker(value_ranker(), tmp_path)
    path = tmp_path / "forecaster" / "forecaster.json"
    saved = json.loads(path.read_text())
    saved["columns"][4] = "aura"
    path.write_text(json.dumps(saved))
    with pytest.raises(RankingError, match=rf"{PAIR_FEATURES[4]}, which is not"):
        load_ranker(tmp_path)


def test_content_ranker_puts_silence_below_a_match_and_beside_the_unrelated() -> None:
    """Found on real profiles: those without a bio stood above every bio that matched less than one half."""
    pairs = pd.DataFrame({"content_similarity": [0.3, np.nan, -0.05], "audience_fit": [np.nan] * 3})
    match, silent, unrelated = ContentRanker().value(pairs)
    assert match > silent > unrelated
