from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from training_world import toy_history

from tastemaker.config import Forecasting, Monitor
from tastemaker.evaluation.drift import Compared, Reference, compare
from tastemaker.ranking import ContentRanker, Ranker, ValueRanker
from tastemaker.schema import Brief
from tastemaker.training import first_market, live_cohorts, make_reference, split_by_time
from tastemaker.training.watching import ANSWERS, DECISIONS, RESULTS, brief_mix

SETTINGS = Monitor(permutations=1_000)
PAST = 160


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    return toy_history(campaigns=200).assign(market="US", category="food", creator_country="GB")


@pytest.fixture(scope="module")
def since(history: pd.DataFrame) -> pd.Timestamp:
    return history["made_at"].drop_duplicates().sort_values().iloc[PAST]


@pytest.fixture(scope="module")
def trained(history: pd.DataFrame, since: pd.Timestamp) -> tuple[Ranker, Reference]:
    known = history[history["outcome_at"].fillna(history["made_at"]) < since]
    split = split_by_time(known, 0.3)
    ranker = ValueRanker(Forecasting(rounds=40)).fit(split.train)
    return ranker, make_reference(known, split.starts_at, ranker, SETTINGS)


def judged(trained: tuple[Ranker, Reference], rows: pd.DataFrame, since: pd.Timestamp) -> dict[str, Compared]:
    ranker, known = trained
    until = rows["made_at"].max() + pd.Timedelta(days=1)
    return compare(known, live_cohorts(rows, ranker, known, since, until), SETTINGS)


def moved(cohorts: dict[str, Compared]) -> set[tuple[str, str]]:
    return {
        (name, check.column)
        for name, part in cohorts.items()
        for check in part.checks
        if check.level != "none"
    }


def test_a_quiet_month_moves_nothing(
    trained: tuple[Ranker, Reference], history: pd.DataFrame, since: pd.Timestamp
) -> None:
    found = judged(trained, history, since)
    assert {name: part.too_few for name, part in found.items()} == dict.fromkeys(
        (DECISIONS, ANSWERS, RESULTS)
    )
    assert moved(found) == set()


def test_higher_fees_move_the_answers_alone(
    trained: tuple[Ranker, Reference], history: pd.DataFrame, since: pd.Timestamp
) -> None:
    dearer = history.assign(quoted=history["quoted"] * 1.8)
    assert moved(judged(trained, dearer, since)) == {(ANSWERS, "fee"), (ANSWERS, "log_quoted")}


def test_a_changed_response_moves_calibration_with_features_as_they_were(
    trained: tuple[Ranker, Reference], history: pd.DataFrame, since: pd.Timestamp
) -> None:
    weaker = history.assign(engagements=(history["engagements"] * 0.4).round())
    found = moved(judged(trained, weaker, since))
    assert (RESULTS, "engagements") in found
    assert {name for name, _ in found} == {RESULTS}


def test_rows_count_by_when_they_became_known(
    trained: tuple[Ranker, Reference], history: pd.DataFrame, since: pd.Timestamp
) -> None:
    """Outcomes of decisions from before the period that became known in it are of the period."""
    ranker, known = trained
    late = live_cohorts(history, ranker, known, since, since + pd.Timedelta(days=2))
    assert len(late[DECISIONS]) == 4
    made = history.loc[history["outcome_at"].between(since, since + pd.Timedelta(days=2), "left"), "made_at"]
    assert made.max() < since
    assert len(late[RESULTS]) == made.nunique()


def test_a_ranker_without_forecasts_is_watched_by_its_features(
    history: pd.DataFrame, since: pd.Timestamp
) -> None:
    ranker = ContentRanker()
    known = history[history["made_at"] < since]
    reference = make_reference(known, split_by_time(known, 0.3).starts_at, ranker, SETTINGS)
    assert set(reference.cohorts[ANSWERS].kinds) == {"accepted", "log_quoted"}
    assert reference.weights["log_followers"] == 0.0
    assert np.isclose(sum(reference.weights.values()), 1.0)


def test_mix_of_a_brief() -> None:
    wish = {"brand": {"name": "Plombi", "category": "food"}, "objective": "engagement"}
    assert brief_mix(Brief.parse(wish | {"markets": ["DE", "US"]}).canonical_json()) == ("DE", "food")
    assert first_market(Brief.parse(wish | {"audience": {"country": {"FR": 0.6, "DE": 0.2}}})) == "FR"
    assert brief_mix("{") == (None, None)
