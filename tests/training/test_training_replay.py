from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tastemaker.evaluation.metrics import Floats
from tastemaker.training.comparison import replay

DECISIONS, POOL, K = 80, 20, 5


@pytest.fixture(scope="module")
def world() -> tuple[pd.DataFrame, pd.DataFrame, Floats]:
    """Later decisions of a marketer who tosses known coins that like the famous, and what each creator is worth."""
    rng = np.random.default_rng(5)
    n = DECISIONS * POOL
    fame, worth = rng.normal(size=n), rng.gamma(2.0, 0.5, n)
    chance = 1.0 / (1.0 + np.exp(0.5 - fame))
    chosen = rng.random(n) < chance
    agreed = np.where(chosen, (rng.random(n) < 0.8).astype(float), np.nan)
    done = agreed == 1.0
    rows = pd.DataFrame(
        {
            "decision_id": np.repeat([f"d{i:03d}" for i in range(DECISIONS)], POOL),
            "creator_id": [f"k{i:05d}" for i in range(n)],
            "chosen": chosen,
            "agreed": agreed,
            "cost": np.where(done, 100.0, np.nan),
            "objective": 1.0,
            "engagements": np.where(done, 100.0 * worth * rng.gamma(8.0, 1 / 8.0, n), np.nan),
            **dict.fromkeys(("reach", "conversions", "content_rating"), np.nan),
            "content_similarity": worth + rng.normal(size=n),
            "log_followers": fame,
        }
    )
    items = rows[["decision_id", "creator_id", "chosen"]].assign(p_shown=0.3, p_chosen=chance)
    return rows, items, worth


def true_value(rows: pd.DataFrame, values: Floats, worth: Floats) -> float:
    """What the best K bring on average, by the world's own figures."""
    frame = pd.DataFrame({"decision": rows["decision_id"], "value": values, "worth": 0.8 * worth})
    best = frame.sort_values("value", ascending=False).groupby("decision").head(K)
    realised = rows["engagements"] / rows["cost"]
    usual = realised.where(rows["agreed"] != 0.0, 0.0).dropna().mean()
    return float(best["worth"].mean() / usual)


def test_the_difference_of_two_orders_is_that_of_the_truth(
    world: tuple[pd.DataFrame, pd.DataFrame, Floats],
) -> None:
    rows, items, worth = world
    fame = rows["log_followers"].to_numpy()
    told = replay(rows, np.exp(fame), worth, items, k=K)
    assert told is not None
    for found, values in ((told.first, fame), (told.second, worth)):
        true = true_value(rows, values, worth)
        assert found.estimate.low < true < found.estimate.high
    true = true_value(rows, worth, worth) - true_value(rows, fame, worth)
    assert told.difference.estimate.low < true < told.difference.estimate.high
    assert told.difference.estimate.low > 0
    assert (told.decisions, told.left_out, told.k) == (DECISIONS, 0, K)


def test_how_likely_somebody_was_shown_does_not_enter(
    world: tuple[pd.DataFrame, pd.DataFrame, Floats],
) -> None:
    """Both choose among those who were shown."""
    rows, items, worth = world
    fame = rows["log_followers"].to_numpy()
    first = replay(rows, fame, worth, items, k=K)
    second = replay(rows, fame, worth, items.drop(columns="p_shown"), k=K)
    assert first is not None
    assert second is not None
    assert first.difference == second.difference


def test_decisions_that_are_still_running_are_left_out(
    world: tuple[pd.DataFrame, pd.DataFrame, Floats],
) -> None:
    rows, items, worth = world
    young = rows["decision_id"] >= "d070"
    running = rows.assign(engagements=rows["engagements"].mask(young))
    told = replay(running, rows["log_followers"].to_numpy(), worth, items, k=K)
    assert told is not None
    assert (told.decisions, told.left_out) == (70, 10)
    nothing = replay(rows.assign(cost=np.nan, agreed=np.nan), worth, worth, items, k=K)
    assert nothing is None


def test_no_logged_propensity_is_not_estimable(world: tuple[pd.DataFrame, pd.DataFrame, Floats]) -> None:
    rows, items, worth = world
    told = replay(rows, rows["log_followers"].to_numpy(), worth, items.assign(p_chosen=np.nan), k=K)
    assert told is not None
    assert not told.difference.estimable
    assert "carry no propensity" in str(told.difference)


def test_a_handful_of_decisions_is_not_estimable(world: tuple[pd.DataFrame, pd.DataFrame, Floats]) -> None:
    rows, items, worth = world
    few = (rows["decision_id"] < "d003").to_numpy()
    told = replay(rows[few].reset_index(drop=True), worth[few], -worth[few], items, k=K)
    assert told is not None
    assert "3 independent decisions" in str(told.difference)


def test_two_orders_that_agree_are_surely_equal(world: tuple[pd.DataFrame, pd.DataFrame, Floats]) -> None:
    rows, items, worth = world
    told = replay(rows, worth, 3.0 * worth, items, k=K)
    assert told is not None
    assert (told.difference.estimate.low, told.difference.estimate.high) == (0.0, 0.0)
