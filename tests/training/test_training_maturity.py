"""Labels of young outcomes: on the simulation their sums are those of the final values; none is taken for a failure."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from training_world import brief_json, day, write_catalogue

from tastemaker.config import Simulation, Training
from tastemaker.forecasting import MaturityCurves
from tastemaker.simulation import NOW, simulate
from tastemaker.simulation.outcomes import matured
from tastemaker.sources import Catalogue
from tastemaker.training import learn_maturity, outcome_labels, post_readings
from tastemaker.training.readings import outcome_readings

PAIR = ["campaign_id", "creator_id"]
LAG = 0.475
"""Readings are known 0.05 to 0.9 days after the age that they were taken at."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    root = tmp_path_factory.mktemp("maturity")
    simulate(Simulation(creators=200, brands=20, campaigns=120, seed=3), root)
    return Catalogue(root)


@pytest.fixture(scope="module")
def curves(world: Catalogue) -> MaturityCurves:
    return learn_maturity(world)


@pytest.mark.parametrize("platform", ["instagram", "tiktok", "youtube"])
def test_curves_match_the_simulated_truth(curves: MaturityCurves, platform: str) -> None:
    for kpi, days in (("reach", 6.0), ("impressions", 6.0), ("engagements", 6.0), ("revenue", 9.0)):
        ages = np.array([3.0, 7.0, 14.0, 21.0])
        share = curves.share(kpi, [platform] * 4, ages + LAG)
        np.testing.assert_allclose(share, [matured(a, days) for a in ages], atol=0.02, err_msg=kpi)


def test_whole_numbers_of_few_conversions_lag_behind_and_the_curve_says_so(
    world: Catalogue, curves: MaturityCurves
) -> None:
    """The simulation rounds a part of a count down: of one or two conversions nothing is there at first."""
    readings = outcome_readings(world)
    rows = readings[readings["kpi"] == "conversions"]
    final = rows[rows["age"] >= 30].set_index("series")["value"]
    early = rows[rows["age"] < 5].set_index("series")["value"].reindex(final.index)
    learned = curves.share("conversions", [None], np.array([3.0 + LAG]))[0]
    assert learned == pytest.approx(early.sum() / final.sum(), abs=0.02)
    assert learned < matured(3.0, 9.0) - 0.03


def test_curves_of_posts_match_too(world: Catalogue) -> None:
    share = MaturityCurves().fit(post_readings(world)).share("views", ["tiktok"] * 2, np.array([1.5, 8.0]))
    np.testing.assert_allclose(share, 1 - np.exp(-np.array([1.5, 8.0]) / 3.0), atol=0.01)


def test_labels_of_young_campaigns_are_unbiased_against_their_final_values(world: Catalogue) -> None:
    final = outcome_labels(world).set_index(PAIR)
    rules = Training(maturity_share=0.2)
    young = []
    for back in range(60, 660, 60):
        then = outcome_labels(world, NOW - timedelta(days=back), training=rules).set_index(PAIR)
        young.append(then[then["maturity"] < 1.0])
    labels = pd.concat(young)
    labels = labels[final.loc[labels.index, "maturity"].eq(1.0).to_numpy()]
    truth = final.loc[labels.index]
    assert len(labels) > 100
    for kpi, tolerance in (("reach", 0.02), ("engagements", 0.02), ("clicks", 0.03), ("revenue", 0.03)):
        counts = labels[kpi].notna().to_numpy()
        assert counts.any()
        assert labels[kpi][counts].sum() == pytest.approx(truth[kpi][counts].sum(), rel=tolerance), kpi
    assert labels["maturity"].min() >= 0.2


def test_too_young_is_censored_and_old_enough_is_not_waited_for(world: Catalogue) -> None:
    then = NOW - timedelta(days=200)
    labels = {
        share: outcome_labels(world, then, training=Training(maturity_share=share)) for share in (0.2, 0.5)
    }
    assert labels[0.2]["reach"].isna().sum() < labels[0.5]["reach"].isna().sum()
    assert (labels[0.5]["maturity"].dropna() >= 0.5).all()
    assert labels[0.5].loc[~labels[0.5]["mature"], "cost"].notna().all(), "what it costs is known"
    assert (labels[0.5].loc[labels[0.5]["mature"], "outcome_at"] <= then).all()
    assert labels[0.5].loc[labels[0.5]["mature"], ["reach", "conversions"]].notna().all(axis=None)


def repeated(series: int) -> list[dict[str, Any]]:
    """Past deliverables read on days 3 and 31: a third is there at first."""
    past = {"deliverable": "reel", "campaign_id": "c0", "currency": "USD", "posted_at": day(-90)}
    return [
        past | {"creator_id": f"p{i}", "observed_at": day(age - 90), "likes": likes}
        for i in range(series)
        for age, likes in ((3, 30), (31, 90))
    ]


def running(folder: Path, *readings: dict[str, Any], kinds: tuple[str, ...] | None = ("reel",)) -> pd.Series:
    """The label of k1 in a campaign that runs from day 0 to day 60, as known on day 20."""
    run = {"brand_id": "b1", "brief": brief_json()}
    campaigns = [
        run | {"campaign_id": "c0", "starts_at": day(-95), "ends_at": day(-80)},
        run | {"campaign_id": "c1", "starts_at": day(0), "ends_at": day(60)},
    ]
    decision = {
        "decision_id": "d1",
        "campaign_id": "c1",
        "brief": brief_json(),
        "made_at": day(-5),
        "policy": "m",
    }
    package = None if kinds is None else json.dumps({"lines": [{"kind": k, "count": 1} for k in kinds]})
    offer = {"decision_id": "d1", "creator_id": "k1", "at": day(-4), "agreed": True, "package": package}
    own = [
        {"campaign_id": "c1", "creator_id": "k1", "currency": "USD", "posted_at": day(1)} | r
        for r in readings
    ]
    tables = {"campaigns": campaigns, "decisions": [decision], "offers": [offer]}
    catalogue = write_catalogue(folder, **tables, outcomes=[*repeated(40), *own])
    return outcome_labels(catalogue, day(20)).set_index("creator_id").loc["k1"]


def test_a_running_campaign_counts_once_enough_is_there(tmp_path: Path) -> None:
    early = running(tmp_path / "a", {"deliverable": "reel", "observed_at": day(3), "likes": 0})
    assert np.isnan(early["engagements"]), "nothing yet is not a failure"
    assert not early["mature"]
    late = running(tmp_path / "b", {"deliverable": "reel", "observed_at": day(16), "likes": 80})
    assert late["mature"]
    assert 80 < late["engagements"] < 115
    assert 0.5 < late["maturity"] < 1.0
    assert late["outcome_at"] == pd.Timestamp(day(16))


def test_a_deliverable_that_is_still_to_come_keeps_the_whole_open(tmp_path: Path) -> None:
    reel = {"deliverable": "reel", "observed_at": day(16), "likes": 80}
    story = {"deliverable": "story", "observed_at": day(17), "likes": 8}
    assert np.isnan(running(tmp_path / "a", reel, kinds=("reel", "story"))["engagements"])
    assert np.isnan(running(tmp_path / "b", reel, kinds=None)["engagements"]), "nobody knows what is to come"
    both = running(tmp_path / "c", reel, story, kinds=("reel", "story"))
    assert both["engagements"] > 88
    young = story | {"observed_at": day(2)}
    assert np.isnan(running(tmp_path / "d", reel, young, kinds=("reel", "story"))["engagements"])


def test_without_a_posting_date_the_age_counts_from_the_campaigns_start(tmp_path: Path) -> None:
    known = running(tmp_path / "a", {"deliverable": "reel", "observed_at": day(16), "likes": 80})
    unknown = running(
        tmp_path / "b", {"deliverable": "reel", "observed_at": day(15), "likes": 80, "posted_at": None}
    )
    assert unknown["engagements"] == pytest.approx(known["engagements"])
