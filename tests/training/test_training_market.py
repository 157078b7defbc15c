"""The whole way on a simulated marketplace: tables, examples, rankers, and the truth as their judge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from training_market import STEP, Market, WordsEncoder, build_market

from tastemaker.config import Retrieval, load_config
from tastemaker.evaluation import judge, read_expected
from tastemaker.features import PAIR_FEATURES
from tastemaker.retrieval import ContentProjection, Pool
from tastemaker.schema import Brief
from tastemaker.training import (
    OUTCOMES,
    ExampleSet,
    TrainingResult,
    build_examples,
    gather_pools,
    outcome_weights,
    train_rankers,
)

pytestmark = pytest.mark.slow
NEGATIVES = 8
CONFIG = load_config(overrides={"forecasting": {"rounds": 60}, "evaluation": {"bootstrap": 500}})


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    return build_market(tmp_path_factory.mktemp("market"), creators=250, brands=25, campaigns=120, seed=3)


@pytest.fixture(scope="module")
def known(market: Market) -> ExampleSet:
    return build_examples(market.catalogue, market.snapshots(), WordsEncoder())


@pytest.fixture(scope="module")
def trained(known: ExampleSet) -> TrainingResult:
    return train_rankers(known.frame, CONFIG)


def test_every_considered_creator_is_an_example(market: Market, known: ExampleSet) -> None:
    items = market.catalogue.table("decision_items").to_pandas()
    used = items[items["decision_id"].isin(set(known.frame["decision_id"]))]
    assert len(known.frame) == len(used) - known.unknown_creators
    assert known.frame["decision_id"].nunique() == known.decisions - known.before_first_snapshot
    assert known.unknown_creators < 0.05 * len(used)
    assert known.unusable_briefs == 0
    assert known.frame.set_index(["decision_id", "creator_id"]).index.is_unique


def test_labels_are_those_of_the_chosen_and_censored_only_at_the_end(
    market: Market, known: ExampleSet
) -> None:
    frame = known.frame
    assert frame.loc[~frame["chosen"], ["agreed", "cost", *OUTCOMES]].isna().all(axis=None)
    assert 0.2 < frame.loc[frame["chosen"], "agreed"].mean() < 0.9
    assert (
        frame.loc[frame["mature"], ["reach", "engagements", "cost", "content_rating"]].notna().all(axis=None)
    )
    open_ones = frame[frame["cost"].notna() & ~frame["mature"]]
    latest = frame["made_at"].max()
    assert (open_ones["made_at"] > latest - pd.Timedelta(days=90)).all()
    fees = (
        market.catalogue.table("outcomes")
        .to_pandas()
        .groupby(["campaign_id", "creator_id", "deliverable"])
        .last()
    )
    assert frame["cost"].sum() == pytest.approx(
        (fees["fee"] + fees["product_cost"]).sum(), rel=0.1
    )  # some in euros


def test_features_lag_the_decision_by_less_than_a_step(market: Market, known: ExampleSet) -> None:
    followers = pd.concat(
        [
            s.table.select(["account_id", "followers"]).to_pandas().assign(as_of=s.as_of)
            for s in market.snapshots()
        ]
    )
    frame = known.frame[["account_id", "made_at", "log_followers"]]
    seen = frame.merge(followers, on="account_id")
    seen = seen[(seen["as_of"] <= seen["made_at"]) & (seen["made_at"] < seen["as_of"] + STEP)]
    assert len(seen) == len(frame)
    np.testing.assert_allclose(np.expm1(seen["log_followers"]), seen["followers"], rtol=1e-9)
    assert np.isfinite(known.frame[list(PAIR_FEATURES)].to_numpy()).mean() > 0.7


def test_the_trained_ranker_is_better_by_the_truth_than_what_marketers_lean_to(
    market: Market, trained: TrainingResult
) -> None:
    expected = read_expected(market.world)
    decisions = market.catalogue.table("decisions").to_pylist()
    objectives = {d["campaign_id"]: Brief.from_json(d["brief"]).objective.value for d in decisions}
    scores = market.scores(trained.rankers, expected, trained.holdout_ids)
    value = judge(scores, expected, objectives, repetitions=500)["value"]
    assert len(value.per_campaign) == len(trained.holdout_ids)
    assert value.strays == 0
    for baseline in ("random", "popularity", "content"):
        assert value.difference("value", baseline).low > 0.05
    assert value.difference("oracle", "value").low > 0.0  # nobody is perfect in a world with a hidden trait


def pools_of(market: Market, examples: pd.DataFrame) -> list[Pool]:
    config = Retrieval(projection_negatives=NEGATIVES)
    base = ContentProjection(np.eye(WordsEncoder.dim))
    return gather_pools(examples, market.catalogue, market.snapshots(), WordsEncoder(), base, config)


def test_pools_hold_everyone_considered_and_favour_earlier_partners(
    market: Market, known: ExampleSet
) -> None:
    frame = known.frame
    pools = pools_of(market, frame)
    assert {p.decision_id for p in pools} == set(frame["decision_id"])
    delivered = frame[outcome_weights(frame) > 0].groupby("decision_id")["creator_id"].agg(set).to_dict()
    considered = frame.groupby("decision_id")["creator_id"].agg(set)
    partners: set[str] = set()
    favoured_draws = 0
    for pool in pools:
        stands = dict(zip(pool.creator_ids, pool.log_stands_for, strict=True))
        certain = considered[pool.decision_id]
        assert certain <= stands.keys()
        assert all(stands[c] == 0 for c in certain)
        drawn = stands.keys() - certain
        favoured = drawn & partners
        assert len(drawn) <= NEGATIVES
        if len(favoured) < NEGATIVES // 2:
            assert all(stands[c] == 0 for c in favoured), "there are no more of them"
        favoured_draws += any(stands[c] > 0 for c in favoured)
        partners |= delivered.get(pool.decision_id, set())
    assert favoured_draws > 20


def test_pools_do_not_depend_on_what_came_later(market: Market, known: ExampleSet) -> None:
    frame = known.frame
    late = frame["made_at"] > frame["made_at"].median()
    spoilt = frame.copy()
    spoilt.loc[late, list(OUTCOMES)] = np.nan
    before, after = (
        {p.decision_id: p.creator_ids.tolist() for p in pools_of(market, f)} for f in (frame, spoilt)
    )
    early = set(frame.loc[~late, "decision_id"])
    assert all(before[d] == after[d] for d in early)
    assert before != after
