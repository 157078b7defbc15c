"""Creators' own factors: shrunk as the evidence says, read back to the bit, and gone without a name."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tastemaker.config import Forecasting
from tastemaker.errors import RankingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS, Forecaster
from tastemaker.forecasting.own import STRANGER, OwnFactor
from tastemaker.forecasting.people import FILE, People
from tastemaker.ranking import ValueRanker
from toy_examples import Toy, toy

CREATORS = 150
CONFIG = Forecasting(rounds=30, learning_rate=0.1)


def drawn(
    between: float, within: float, each: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(readings, codes, true factors) of 400 creators."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0.0, np.sqrt(between), 400)
    who = np.repeat(np.arange(400), each)
    return true[who] + rng.normal(0.0, np.sqrt(within), len(who)), who, true


@pytest.mark.parametrize(("between", "within", "each"), [(0.1, 0.3, 4), (0.3, 0.1, 2), (0.0, 0.3, 4)])
def test_variances_are_those_that_were_drawn(between: float, within: float, each: int) -> None:
    readings, who, _ = drawn(between, within, each)
    found = OwnFactor.fit(readings, who, 400)
    assert found.between == pytest.approx(between, abs=0.035)
    assert found.within == pytest.approx(within, rel=0.1)


def test_shrinking_beats_the_mean_of_each_and_the_mean_of_all() -> None:
    readings, who, true = drawn(0.1, 0.3, 3)
    found = OwnFactor.fit(readings, who, 400).mean(np.arange(400))
    own = np.bincount(who, readings) / np.bincount(who)
    off = [float(np.mean((guess - true) ** 2)) for guess in (found, own, np.zeros(400))]
    assert off[0] < 0.85 * min(off[1:])
    assert off[0] == pytest.approx(1.0 / (1.0 / 0.1 + 3.0 / 0.3), rel=0.2)


def test_a_stranger_is_as_expected_and_as_uncertain_as_can_be() -> None:
    readings, who, _ = drawn(0.1, 0.3, 3)
    found, nothing = OwnFactor.fit(readings, who, 401), np.zeros(3)
    asked = np.array([STRANGER, 400, 7])
    assert found.mean(asked)[:2].tolist() == [0.0, 0.0]
    left = found.variance(asked, nothing)
    assert left[0] == left[1] == pytest.approx(found.between)
    assert left[2] < left[1]
    assert found.variance(asked, np.array([0.0, 2.0, 0.0]))[1] < left[1]
    assert found.readings(asked).tolist() == [0.0, 0.0, 3.0]


def test_nothing_is_told_apart_by_few_who_returned() -> None:
    found = OwnFactor.fit(np.array([3.0, 2.0, -1.0, -2.0]), np.array([0, 0, 1, 1]), 2)
    assert found.between == 0.0
    assert (found.mean(np.array([0, 1])) == 0.0).all()


def test_one_disaster_counts_for_no_more_than_a_bound() -> None:
    readings, who, _ = drawn(0.1, 0.3, 3)
    bad, worse = readings.copy(), readings.copy()
    bad[0], worse[0] = -3.0, -50.0
    a, b = (OwnFactor.fit(r, who, 400).mean(np.arange(400)) for r in (bad, worse))
    np.testing.assert_array_equal(a, b)


@cache
def world() -> tuple[Toy, Toy]:
    """The toy world with creators who return: even ones ask twice as much as the odd ones and deliver half."""
    made = toy(campaigns=300, considered=20, seed=3)
    rng = np.random.default_rng(3)
    who = rng.integers(0, CREATORS, len(made.examples))
    factor = np.where(who % 2 == 0, 0.7, 1.4)
    frame = made.examples.assign(creator_id=[f"k{i:06d}" for i in who])
    for name in ("reach", "engagements"):
        frame[name] = np.round(frame[name] * factor)
    frame["quoted"] /= factor
    frame["cost"] = (frame["cost"] - 20.0) / factor + 20.0
    return Toy(frame, made.truth).split(0.7)


@cache
def ranker() -> ValueRanker:
    return ValueRanker(CONFIG).fit(world()[0].examples)


def forecaster() -> Forecaster:
    return ranker().forecaster


def test_who_delivered_more_than_expected_is_expected_to_again() -> None:
    later = world()[1].examples
    nobody = later.drop(columns="creator_id")
    even = (later["creator_id"].str[-1].astype(int) % 2 == 0).to_numpy()
    own = np.log(forecaster().kpi(later).mean / forecaster().kpi(nobody).mean)
    reach = (later["objective"] == 0).to_numpy()
    assert np.median(own[reach & ~even]) > 0.2
    assert np.median(own[reach & even]) < -0.2
    price = np.log(forecaster().cost(later) / forecaster().cost(nobody))
    assert np.median(price[even]) > 0.2
    assert np.median(price[~even]) < -0.2
    np.testing.assert_array_equal(forecaster().p_accept(later), forecaster().p_accept(nobody))


def test_known_creators_are_forecast_better_within_narrower_intervals_that_cover() -> None:
    later = world()[1].examples
    later = later[later["reach"].notna()]
    told = forecaster().outcomes(later)["reach"]
    strangers = forecaster().outcomes(later.drop(columns="creator_id"))["reach"]
    came = later["reach"].to_numpy()
    off = [np.abs(np.log1p(came) - np.log1p(q.median)).mean() for q in (told, strangers)]
    assert off[0] < 0.93 * off[1]
    assert 0.74 < ((told.low <= came) & (came <= told.high)).mean() < 0.88


def test_own_results_are_a_contribution_of_their_own_and_the_sum_holds() -> None:
    later = world()[1].examples.head(400)
    names, parts = ranker().contributions(later)
    assert names[-2:] == ["own_results", "baseline"]
    np.testing.assert_allclose(parts.sum(axis=1), ranker().raw(later), atol=1e-9)
    nobody = ranker().raw(later.drop(columns="creator_id"))
    np.testing.assert_allclose(parts[:, -2], ranker().raw(later) - nobody, atol=1e-9)


def test_strangers_leave_more_open_than_those_who_returned() -> None:
    pairs = world()[1].examples.head(2).assign(creator_id=["nobody", world()[0].examples["creator_id"][0]])
    spread, campaigns = forecaster().left_open(pairs)
    assert spread[0] > spread[1] > 0.0
    assert campaigns[0] == 0.0 < campaigns[1]
    assert forecaster().tells_apart


def test_what_is_under_way_is_counted() -> None:
    frame = pd.DataFrame({"creator_id": list("aabbc"), "chosen": [True, True, True, False, True]})
    frame = frame.assign(agreed=[1.0, np.nan, 0.0, np.nan, 1.0], cost=[5.0, *[np.nan] * 4], quoted=np.nan)
    frame = frame.assign(campaign_id=None, **dict.fromkeys(KPI_COLUMNS, np.nan))
    people = People.of(frame)
    assert people.ids.tolist() == ["a", "b", "c"]
    assert people.pending.tolist() == [1.0, 0.0, 1.0]


def test_it_survives_saving_to_the_bit_and_damage_is_named(tmp_path: Path) -> None:
    later = world()[1].examples.head(300)
    ranker().save(tmp_path)
    again = ValueRanker.load(tmp_path)
    np.testing.assert_array_equal(again.value(later), ranker().value(later))
    for one, other in zip(again.forecaster.left_open(later), forecaster().left_open(later), strict=True):
        np.testing.assert_array_equal(one, other)
    path = next(tmp_path.rglob(FILE))
    pd.read_parquet(path).drop(columns="mean reach total").to_parquet(path)
    with pytest.raises(RankingError, match=r"creators\.parquet.*mean reach total"):
        ValueRanker.load(tmp_path)
    path.unlink()
    with pytest.raises(RankingError, match=r"creators\.parquet"):
        ValueRanker.load(tmp_path)


def test_without_results_everyone_is_a_stranger() -> None:
    frame = world()[0].examples
    bare = frame.assign(**dict.fromkeys(("quoted", "cost", *KPI_COLUMNS[1:]), np.nan))
    few = Forecaster(CONFIG).fit(bare.assign(reach=bare["reach"].where(bare.index < 60)))
    assert few.heads_["reach"].thin_ is not None
    asked = frame.head(50)
    np.testing.assert_array_equal(few.kpi(asked).mean, few.kpi(asked[list(PAIR_FEATURES)]).mean)
    assert not few.tells_apart
    assert replace(OwnFactor.none(2), between=1.0).mean(np.array([0, 1])).tolist() == [0.0, 0.0]


def test_what_is_known_of_a_creator_spreads_less_and_means_less() -> None:
    """log-normal amounts: over everyone the factor's mean is that of a stranger."""
    readings, who, _ = drawn(0.3, 0.3, 4)
    found = OwnFactor.fit(readings, who, 400)
    everyone = np.arange(400)
    assert found.log_mean(np.array([STRANGER])).tolist() == [0.0]
    assert (found.log_mean(everyone) < found.mean(everyone)).all()
    assert float(np.exp(found.log_mean(everyone)).mean()) == pytest.approx(1.0, abs=0.06)


def test_a_result_that_two_decisions_share_is_one_reading() -> None:
    frame = world()[0].examples
    again = frame[frame["cost"].notna()].assign(decision_id=lambda x: x["decision_id"] + "b")
    twice = Forecaster(CONFIG).fit(pd.concat([frame, again], ignore_index=True))
    once = forecaster()
    np.testing.assert_array_equal(twice.heads_["reach"].own_.count, once.heads_["reach"].own_.count)
    np.testing.assert_array_equal(twice.people_.pending, once.people_.pending)


def test_who_is_known_by_a_result_alone_has_a_code() -> None:
    frame = pd.DataFrame({"creator_id": list("ab"), "chosen": [False, pd.NA], "campaign_id": ["x", None]})
    bare = frame.assign(agreed=np.nan, cost=np.nan, quoted=np.nan, **dict.fromkeys(KPI_COLUMNS, np.nan))
    assert People.of(bare.assign(reach=[5.0, np.nan])).ids.tolist() == ["a"]
