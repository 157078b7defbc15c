"""Forecasts for everyone from outcomes of those whom somebody wanted, for reasons that no feature carries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tastemaker.config import Forecasting
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import Forecaster
from tastemaker.forecasting.choice import log_propensity
from tastemaker.ranking import ValueRanker
from toy_examples import Toy, toy

SMALL = Forecasting(rounds=40)


def chosen_for_something_unseen(seed: int = 0) -> Toy:
    """The toy world where everyone is shown, and chosen by a coin that knows a hidden charm; so do the outcomes."""
    rng = np.random.default_rng(seed)
    world = toy(campaigns=240, considered=40, chosen=40, seed=seed)
    examples, charm = world.examples, rng.normal(size=len(world.examples))
    liking = 1.2 * charm + 1.5 * (examples["content_similarity"] - 0.4) - 2.2
    p = np.clip(1.0 / (1.0 + np.exp(-liking)), 0.02, 0.9)
    chosen = rng.random(len(p)) < p
    for kpi in ("reach", "engagements", "conversions"):
        examples[kpi] = np.rint(examples[kpi] * np.exp(0.4 * charm - 0.08))
    unseen = ["reach", "engagements", "conversions", "content_rating", "agreed", "quoted", "cost"]
    examples.loc[~chosen, unseen] = np.nan
    return Toy(examples.assign(chosen=chosen, p_shown=1.0, p_chosen=p), world.truth)


@pytest.fixture(scope="module")
def world() -> tuple[Toy, Toy]:
    return chosen_for_something_unseen().split()


@pytest.fixture(scope="module")
def allowing(world: tuple[Toy, Toy]) -> ValueRanker:
    return ValueRanker(SMALL).fit(world[0].examples)


@pytest.fixture(scope="module")
def naive(world: tuple[Toy, Toy]) -> ValueRanker:
    return ValueRanker(SMALL).fit(world[0].examples.drop(columns=["p_shown", "p_chosen"]))


def over(ranker: ValueRanker, later: Toy, kpi: str) -> float:
    """Forecast over truth, of everyone, on a logarithmic scale."""
    code = ["reach", "engagements", "conversions", "content_rating"].index(kpi)
    rows = later.examples["objective"].to_numpy() == code
    mean = ranker.forecaster.kpi(later.examples[rows]).mean
    return float(np.log(mean.sum() / later.truth[kpi].to_numpy()[rows].sum()))


def test_the_chosen_are_better_than_everyone_so_a_naive_forecast_promises_too_much(
    world: tuple[Toy, Toy], naive: ValueRanker, allowing: ValueRanker
) -> None:
    for kpi in ("reach", "engagements"):
        assert over(naive, world[1], kpi) > 0.15, kpi
        assert abs(over(allowing, world[1], kpi)) < 0.5 * over(naive, world[1], kpi), kpi


def test_the_choice_is_read_from_propensities_alone_and_not_at_serving(
    world: tuple[Toy, Toy], allowing: ValueRanker
) -> None:
    pairs = world[1].examples
    bare = pairs[[*PAIR_FEATURES, "creator_id"]]
    np.testing.assert_array_equal(allowing.value(bare), allowing.value(pairs))


def test_contributions_name_features_only_and_sum_to_the_score(
    world: tuple[Toy, Toy], allowing: ValueRanker
) -> None:
    pairs = world[1].examples.iloc[:300]
    names, parts = allowing.contributions(pairs)
    assert names[:-2] == list(PAIR_FEATURES)
    np.testing.assert_allclose(parts.sum(axis=1), allowing.raw(pairs), atol=1e-9)
    assert np.abs(parts[:, :-1]).max() < 10.0
    shares = allowing.gain_shares()
    assert shares is not None
    assert sum(shares.values()) == pytest.approx(1.0)


def test_it_survives_saving_to_the_bit(world: tuple[Toy, Toy], allowing: ValueRanker, tmp_path: Path) -> None:
    allowing.save(tmp_path)
    again, pairs = ValueRanker.load(tmp_path), world[1].examples.iloc[:200]
    np.testing.assert_array_equal(again.value(pairs), allowing.value(pairs))
    np.testing.assert_array_equal(again.contributions(pairs)[1], allowing.contributions(pairs)[1])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: x.assign(p_chosen=np.nan),
        lambda x: x.assign(p_shown=np.nan),
        lambda x: x.assign(p_chosen=0.3),
        lambda x: x.assign(p_chosen=x["p_chosen"].where(np.arange(len(x)) % 2 == 0)),
        lambda x: x.drop(columns="p_shown"),
    ],
    ids=["no p_chosen", "no p_shown", "always the same", "half unknown", "no column"],
)
def test_without_propensities_that_tell_something_nothing_is_allowed_for(
    world: tuple[Toy, Toy], spoil
) -> None:
    fitted = Forecaster(Forecasting(rounds=4)).fit(spoil(world[0].examples))
    assert fitted.choice_ is None
    assert fitted.read(world[1].examples).x.shape[1] == len(PAIR_FEATURES)


def test_a_propensity_is_the_product_of_both_coins() -> None:
    rows = pd.DataFrame({"p_shown": [0.5, 1.0, np.nan, 0.5], "p_chosen": [0.2, 0.1, 0.3, 0.0]})
    np.testing.assert_allclose(log_propensity(rows), [np.log(0.1), np.log(0.1), np.nan, np.nan])
