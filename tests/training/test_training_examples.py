from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from training_world import LetterEncoder, brief_json, day, snapshot, write_catalogue

from tastemaker.errors import TrainingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.sources import Catalogue
from tastemaker.training import ExampleSet, build_examples

EARLY = snapshot(day(10), [("k1", "k1-insta", "instagram", 900), ("k1", "k1-tok", "tiktok", 100)])
LATE = snapshot(
    day(40),
    [
        ("k1", "k1-insta", "instagram", 50),
        ("k1", "k1-tok", "tiktok", 5_000),
        ("k2", "k2-insta", "instagram", 70),
    ],
)


def decision(number: int, at: float, **changes: Any) -> dict[str, Any]:
    return {
        "decision_id": f"d{number}",
        "campaign_id": f"c{number}",
        "brief": brief_json(**changes),
        "made_at": day(at),
        "policy": "by hand",
    }


def items(number: int, *creators: str) -> list[dict[str, Any]]:
    return [
        {"decision_id": f"d{number}", "creator_id": c, "chosen": c == "k1", "p_chosen": 0.5} for c in creators
    ]


def build(root: Path, decisions: list[dict[str, Any]], **tables: list[dict[str, Any]]) -> ExampleSet:
    considered = tables.pop(
        "decision_items", [row for d in decisions for row in items(int(d["decision_id"][1:]), "k1", "k2")]
    )
    catalogue = write_catalogue(root, decisions=decisions, decision_items=considered, **tables)
    return build_examples(catalogue, [EARLY, LATE], LetterEncoder())


def account(result: ExampleSet, decision_id: str, creator_id: str) -> str:
    rows = result.frame.set_index(["decision_id", "creator_id"])
    return str(rows.loc[(decision_id, creator_id), "account_id"])


def test_a_decision_sees_the_latest_snapshot_that_is_not_after_it(tmp_path: Path) -> None:
    result = build(
        tmp_path, [decision(1, 5), decision(2, 10), decision(3, 39.9), decision(4, 40), decision(5, 90)]
    )
    assert (result.decisions, result.before_first_snapshot) == (5, 1)
    assert result.unknown_creators == 2  # k2 is not there yet for d2 and d3
    assert result.frame["decision_id"].tolist() == ["d2", "d3", "d4", "d4", "d5", "d5"]
    assert account(result, "d2", "k1") == account(result, "d3", "k1") == "k1-insta"
    assert account(result, "d4", "k1") == "k1-tok"
    assert result.frame["log_followers"].tolist() == pytest.approx(np.log1p([900, 900, 5_000, 70, 5_000, 70]))


def test_the_lead_account_passes_the_filters_and_the_most_followed_stands_in_where_none_does(
    tmp_path: Path,
) -> None:
    only_insta = {"filters": {"platforms": ["instagram"]}}
    nobody = {"filters": {"followers": {"min": 1_000_000}}}
    result = build(tmp_path, [decision(1, 50), decision(2, 50, **only_insta), decision(3, 50, **nobody)])
    assert [account(result, d, "k1") for d in ("d1", "d2", "d3")] == ["k1-tok", "k1-insta", "k1-tok"]


def test_the_frame_is_the_contract(tmp_path: Path) -> None:
    offer = {
        "decision_id": "d1",
        "creator_id": "k1",
        "at": day(51),
        "agreed": False,
        "quoted": 80.0,
        "currency": "USD",
    }
    frame = build(tmp_path, [decision(1, 50)], offers=[offer]).frame
    ids = [
        "decision_id",
        "campaign_id",
        "creator_id",
        "account_id",
        "made_at",
        "chosen",
        "p_chosen",
        "agreed",
        "quoted",
    ]
    outcomes = ["cost", "reach", "engagements", "clicks", "conversions", "content_rating", "mature"]
    assert set(frame) >= {*PAIR_FEATURES, *ids, *outcomes}
    assert (frame[list(PAIR_FEATURES)].dtypes == "float64").all()
    assert frame["chosen"].tolist() == [True, False]
    assert frame["agreed"].tolist() == pytest.approx([0.0, float("nan")], nan_ok=True)
    assert frame["quoted"].tolist() == pytest.approx([80.0, float("nan")], nan_ok=True)
    assert frame["mature"].tolist() == [False, False]
    assert str(frame["made_at"].dt.tz) == "UTC"


def test_who_delivered_has_agreed_also_where_no_offer_is_written_down(tmp_path: Path) -> None:
    campaign = {
        "campaign_id": "c1",
        "brand_id": "b",
        "brief": brief_json(),
        "starts_at": day(55),
        "ends_at": day(60),
    }
    done = {
        "campaign_id": "c1",
        "creator_id": "k1",
        "deliverable": "reel",
        "observed_at": day(80),
        "likes": 4,
    }
    frame = build(tmp_path, [decision(1, 50)], campaigns=[campaign], outcomes=[done]).frame.set_index(
        "creator_id"
    )
    assert frame.loc["k1", "agreed"] == 1.0
    assert frame.loc["k1", "engagements"] == 4
    assert frame.loc["k1", "offered_at"] == pd.Timestamp(day(80))
    assert np.isnan(frame.loc["k2", "agreed"])


def test_a_decision_with_a_broken_brief_is_left_out_and_counted(tmp_path: Path) -> None:
    broken = decision(2, 50) | {"brief": '{"objective": "fame"}'}
    rateless = decision(3, 50, filters={"max_fee": {"amount": 5, "currency": "XAU"}})
    result = build(tmp_path, [decision(1, 50), broken, rateless])
    assert result.unusable_briefs == 2
    assert set(result.frame["decision_id"]) == {"d1"}


def test_snapshots_may_come_one_by_one_but_in_order(tmp_path: Path) -> None:
    build(tmp_path, [decision(1, 50), decision(2, 20)])
    catalogue = Catalogue(tmp_path)
    streamed = build_examples(catalogue, iter([EARLY, LATE]), LetterEncoder()).frame
    pd.testing.assert_frame_equal(streamed, build_examples(catalogue, [EARLY, LATE], LetterEncoder()).frame)
    with pytest.raises(TrainingError, match="not in order of time"):
        build_examples(catalogue, [LATE, EARLY], LetterEncoder())


def test_nothing_to_learn_from_is_said_with_the_counts(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"none of 1 decisions .*\(1 lie before"):
        build(tmp_path, [decision(1, 3)])
    with pytest.raises(TrainingError, match="none of 1 decisions"):
        build_examples(Catalogue(tmp_path), [], LetterEncoder())


def test_features_do_not_know_what_came_after(tmp_path: Path) -> None:
    """Later snapshots, answers and outcomes change no feature of an earlier decision."""
    features = list(PAIR_FEATURES)
    alone = build(tmp_path / "a", [decision(1, 50)]).frame[features]
    offer = {"decision_id": "d1", "creator_id": "k1", "at": day(51), "agreed": True, "currency": "USD"}
    build(tmp_path / "b", [decision(1, 50), decision(2, 95)], offers=[offer])
    later = snapshot(day(90), [("k1", "k1-insta", "instagram", 9)])
    more = build_examples(Catalogue(tmp_path / "b"), [EARLY, LATE, later], LetterEncoder()).frame
    pd.testing.assert_frame_equal(more[more["decision_id"] == "d1"][features].reset_index(drop=True), alone)
