"""Weights of past deliveries, and the gate that keeps the identity unless the learned maps find more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from training_world import toy_history

from tastemaker.config import Config, load_config
from tastemaker.retrieval import ContentProjection, Pool
from tastemaker.training import learn_projection, outcome_weights, weigh

DIM, NICHES = 8, 6
BASE = ContentProjection(np.eye(DIM))


def config(**changes: object) -> Config:
    usual = {"projection_least": 20, "projection_rank": 8, "projection_ridge": 0.1}
    return load_config(overrides={"retrieval": usual | changes})


def pools_of(examples: pd.DataFrame, turned: bool) -> list[Pool]:
    """A pool for each decision. Where ``turned``, who delivered lies at a fixed angle from the brief; else the
    vectors have nothing to do with what happened, and the brief's own direction is as good as any."""
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(DIM, DIM)))[0]
    value = outcome_weights(examples)
    pools = []
    for decision, part in examples.groupby("decision_id", sort=True):
        brief = np.eye(DIM)[rng.integers(NICHES)]
        themes = rng.normal(size=(len(part), DIM))
        if turned:
            good = (value[part.index] > 0).to_numpy()
            themes[good] = brief @ rotation + 0.2 * rng.normal(size=(good.sum(), DIM))
        pools.append(
            Pool(
                decision_id=str(decision),
                creator_ids=part["creator_id"].to_numpy(dtype=object),
                brief=brief.astype(np.float32),
                themes=(themes / np.linalg.norm(themes, axis=1, keepdims=True)).astype(np.float16),
                start=np.arange(len(part)),
                audience=np.zeros(len(part), dtype=np.float32),
                weight=np.zeros(len(part), dtype=np.float32),
                log_stands_for=np.zeros(len(part), dtype=np.float32),
            )
        )
    return pools


def test_weights_follow_the_realised_value_not_the_choice() -> None:
    examples = pd.DataFrame(
        {
            "decision_id": ["d"] * 6,
            "objective": 1.0,
            "chosen": [True, True, True, True, False, True],
            "agreed": [1.0, 1.0, 0.0, np.nan, np.nan, 1.0],
            "cost": [10.0, 10.0, np.nan, np.nan, np.nan, 10.0],
            "engagements": [500.0, 100.0, np.nan, np.nan, np.nan, np.nan],
            **dict.fromkeys(("reach", "conversions", "content_rating"), np.nan),
        }
    )
    expected = [1.0, 0.5, 0.0, np.nan, 0.0, np.nan]
    assert outcome_weights(examples).tolist() == pytest.approx(expected, nan_ok=True)


def test_little_history_leaves_the_identity() -> None:
    def gather(_: pd.DataFrame) -> Sequence[Pool]:
        raise AssertionError("nothing is gathered for too little history")

    result = learn_projection(toy_history(), gather, BASE, config(projection_least=100_000))
    assert result.learned is None
    assert "fewer than 100000" in result.reason


def test_gate_keeps_maps_that_find_more() -> None:
    examples = toy_history(campaigns=200)
    result = learn_projection(examples, lambda rows: pools_of(rows, turned=True), BASE, config())
    assert result.gain is not None
    assert result.gain.low > 0
    assert result.learned is not None


def test_gate_keeps_the_identity_where_content_says_nothing() -> None:
    result = learn_projection(toy_history(), lambda rows: pools_of(rows, turned=False), BASE, config())
    assert result.learned is None
    assert result.gain is not None
    assert "not surely more" in result.reason


def test_weigh_takes_only_the_decisions_asked_for() -> None:
    examples = toy_history()
    pools = pools_of(examples, turned=False)
    some = examples[examples["decision_id"].isin(sorted(set(examples["decision_id"]))[:5])]
    weighed = weigh(pools, some)
    assert [p.decision_id for p in weighed] == sorted(set(some["decision_id"]))
    assert all((p.weight == 0).all() for p in pools)
    first = replace(weighed[0])
    own = some[some["decision_id"] == first.decision_id]
    assert np.nansum(first.weight) == pytest.approx(np.nansum(outcome_weights(own)))
