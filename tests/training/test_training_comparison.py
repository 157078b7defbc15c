from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from training_world import brief_json, day, toy_history, write_catalogue

from tastemaker.config import Config, load_config
from tastemaker.features import PAIR_FEATURES
from tastemaker.ranking import ContentRanker, LinearRanker, PopularityRanker, Ranker
from tastemaker.schema.tables import PLATFORMS
from tastemaker.training import (
    Comparison,
    Contestant,
    Side,
    compare_on_later,
    facets_of,
    judge_gate,
    later_rows,
    size_of,
    split_by_time,
)
from tastemaker.training.comparison.compare import inverse_propensity

FAST = load_config(overrides={"evaluation": {"bootstrap": 200}, "promotion": {"slice_campaigns": 10}})
SPLIT = split_by_time(toy_history(150), 0.4)
LATER = SPLIT.holdout
ITEMS = LATER[["decision_id", "creator_id", "chosen"]].assign(p_chosen=np.nan)
FACETS = {"platform": np.array([PLATFORMS[int(p)] for p in LATER["platform"]], dtype=object)}
FEWER = [name for name in PAIR_FEATURES if name != "audience_fit"]


def side(name: str) -> Side:
    return Side(name, "b" * 16, "linear", SPLIT.starts_at, 1_000)


def contestant(name: str, ranker: Ranker, pairs: pd.DataFrame = LATER) -> Contestant:
    return Contestant(side(name), ranker, pairs)


@pytest.fixture(scope="module")
def linear() -> LinearRanker:
    return LinearRanker().fit(SPLIT.train)


def compared(first: Contestant, second: Contestant, config: Config = FAST) -> Comparison:
    return compare_on_later(first, second, LATER, ITEMS, FACETS, config, SPLIT.starts_at)


def test_the_better_order_wins_on_every_count(linear: LinearRanker) -> None:
    told = compared(contestant("popular", PopularityRanker()), contestant("learned", linear))
    assert told.campaigns == 60
    assert told.backtest is not None
    assert told.backtest.difference.low > 0
    assert told.backtest.by_cutoff[1][9] == pytest.approx(told.backtest.second.value)
    assert {part.name for part in told.slices} <= set(PLATFORMS)
    assert any(part.judged for part in told.slices)
    assert told.calibration is not None
    assert told.calibration.first is None  # popularity promises nothing
    assert told.replayed is not None
    assert not told.replayed.difference.estimable  # no coins are logged here
    assert judge_gate(told, FAST).passed
    assert told.to_json()["backtest"]["campaigns"] == told.backtest.campaigns
    assert told.metrics()["ndcg10.difference.low"] == told.backtest.difference.low


def test_the_two_sides_are_not_mixed_up(linear: LinearRanker) -> None:
    one = compared(contestant("popular", PopularityRanker()), contestant("learned", linear))
    other = compared(contestant("learned", linear), contestant("popular", PopularityRanker()))
    assert one.backtest is not None
    assert other.backtest is not None
    assert one.backtest.difference.value == pytest.approx(-other.backtest.difference.value)
    assert one.backtest.first == other.backtest.second


def test_each_is_judged_by_the_features_that_it_declares(linear: LinearRanker) -> None:
    """One that was fitted on fewer columns, beside one whose columns are not there."""
    fewer = LinearRanker(columns=FEWER).fit(SPLIT.train)
    without = LATER.drop(columns="audience_fit")
    told = compared(contestant("all", linear), contestant("fewer", fewer, without))
    assert told.problems == ()
    assert told.backtest is not None
    blind = compared(contestant("all", linear, without), contestant("fewer", fewer, without))
    assert blind.backtest is None
    assert blind.slices == ()
    assert blind.problems[0].startswith("all can not be judged on today's features: ")
    assert "audience_fit" in blind.problems[0]
    gate = judge_gate(blind, FAST)
    assert gate.failed == ("ndcg",)
    assert "audience_fit" in gate.reason


def test_rows_that_one_side_did_not_know_are_left_out_for_both(linear: LinearRanker) -> None:
    blank = LATER.copy()
    blank.loc[: len(blank) // 2, list(PAIR_FEATURES)] = np.nan
    told = compared(contestant("a", linear), contestant("b", ContentRanker(), blank))
    assert told.backtest is not None
    assert told.backtest.campaigns < 40
    assert "are left out: the features of one of the two did not know them then" in told.notes[0]


def test_an_unreadable_side_leaves_its_reason(linear: LinearRanker) -> None:
    broken = Contestant(side("version 1"), None, None, "version 1 can not be read: truncated")
    told = compared(broken, contestant("b", linear))
    assert told.problems == ("version 1 can not be read: truncated",)
    assert not judge_gate(told, FAST).passed


def test_later_means_after_both_were_trained() -> None:
    history = toy_history(50)
    since = history["made_at"].quantile(0.7)
    rows = later_rows(history, since)
    assert rows["made_at"].min() >= since
    assert set(rows["campaign_id"]).isdisjoint(set(history.loc[history["made_at"] < since, "campaign_id"]))
    second = history["decision_id"].eq(history["decision_id"].iloc[-1])
    joined = history.assign(campaign_id=history["campaign_id"].where(~second, history["campaign_id"].iloc[0]))
    assert not later_rows(joined, since)["decision_id"].eq(history["decision_id"].iloc[-1]).any()
    assert len(later_rows(history, None)) == len(history)
    nothing = compare_on_later(
        contestant("a", PopularityRanker()),
        contestant("b", PopularityRanker()),
        rows.iloc[:0],
        ITEMS,
        {},
        FAST,
        since,
    )
    assert nothing.problems == (f"no campaign was decided after both were trained from {since:%Y-%m-%d} on",)


def test_facets_say_who_is_new(tmp_path: Path) -> None:
    def campaign(number: int, brand: str) -> dict[str, Any]:
        times = {"starts_at": day(number), "ends_at": day(number + 9)}
        return {"campaign_id": f"c{number}", "brand_id": brand, "brief": brief_json(), **times}

    def decision(number: int) -> dict[str, Any]:
        own = {"decision_id": f"d{number}", "campaign_id": f"c{number}", "brief": brief_json()}
        return own | {"made_at": day(number), "policy": "people"}

    catalogue = write_catalogue(
        tmp_path / "tables",
        creators=[{"creator_id": "k1", "country": "FR"}, {"creator_id": "k2"}],
        campaigns=[campaign(1, "old"), campaign(5, "old"), campaign(6, "fresh")],
        decisions=[decision(1), decision(5), decision(6)],
    )
    examples = pd.DataFrame(
        {
            "decision_id": ["d1", "d1", "d5", "d6"],
            "creator_id": ["k1", "k2", "k1", "k2"],
            "chosen": [True, False, True, True],
            "made_at": [pd.Timestamp(day(n)) for n in (1, 1, 5, 6)],
            "platform": [0.0, 1.0, np.nan, 1.0],
            "log_followers": np.log1p([20_000, 999, np.nan, 999]),
        }
    )
    later = later_rows(examples.assign(campaign_id=["c1", "c1", "c5", "c6"]), pd.Timestamp(day(2)))
    facets = facets_of(later, examples, catalogue, Config().features.tiers)
    assert {name: list(labels) for name, labels in facets.items()} == {
        "platform": [None, "tiktok"],
        "size": [None, "below all"],
        "country": ["FR", None],
        "brand": ["known", "new"],
        "creator": ["known", "new"],
    }
    assert size_of(1_000, Config().features.tiers) == "nano"


def test_promises_are_weighed_by_who_could_be_shown_where_that_was_logged(linear: LinearRanker) -> None:
    rng = np.random.default_rng(2)
    logged = LATER.assign(p_shown=0.5, p_chosen=rng.uniform(0.2, 0.9, len(LATER)))
    told = compare_on_later(
        contestant("a", linear, logged), contestant("b", linear, logged), logged, ITEMS, {}, FAST
    )
    assert told.calibration is not None
    assert told.calibration.weighted
    plain = compared(contestant("a", linear), contestant("b", linear))
    assert plain.calibration is not None
    assert not plain.calibration.weighted
    judged = np.ones(3, bool)
    rows = pd.DataFrame({"p_shown": [0.5, 1.0, 0.1], "p_chosen": [0.5, 0.1, 0.01]})
    weight = inverse_propensity(rows, judged)
    assert weight is not None
    assert list(weight) == [4.0, 10.0, 20.0]
    assert inverse_propensity(rows.assign(p_chosen=[0.5, np.nan, np.nan]), judged) is None
    assert inverse_propensity(rows.drop(columns="p_shown"), judged) is None
