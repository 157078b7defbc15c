from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_world import day

from tastemaker.errors import TrainingError
from tastemaker.training import OUTCOMES, split_by_time


def history(days: list[float], wait: float = 2.0) -> pd.DataFrame:
    """One decision of two creators a campaign, answered next day, read ``wait`` days after."""
    rows = [
        {
            "campaign_id": f"c{i:02d}",
            "decision_id": f"d{i:02d}",
            "creator_id": c,
            "made_at": day(d),
            "agreed": 1.0,
        }
        | {"quoted": 5.0, "cost": 9.0, "offered_at": day(d + 1), "outcome_at": day(d + wait), "mature": True}
        | dict.fromkeys(OUTCOMES, 3.0)
        for i, d in enumerate(days)
        for c in ("k1", "k2")
    ]
    return pd.DataFrame(rows)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=20), st.floats(0.05, 0.9), st.floats(0, 40))
def test_nothing_of_the_later_time_reaches_the_earlier_side(
    days: list[int], share: float, wait: float
) -> None:
    examples = history([float(d) for d in days], wait)
    if len(set(days)) == 1:
        with pytest.raises(TrainingError, match="split by time"):
            split_by_time(examples, share)
        return
    try:
        split = split_by_time(examples, share)
    except TrainingError:
        return  # the holdout reaches back to the first day
    assert split.train["made_at"].max() < split.starts_at <= split.holdout["made_at"].min()
    assert not set(split.train["campaign_id"]) & set(split.holdout["campaign_id"])
    assert len(split.holdout_ids) == max(1, round(share * len(days)))
    late = split.train["outcome_at"] >= split.starts_at
    assert split.train.loc[late, list(OUTCOMES)].isna().all(axis=None)
    assert not split.train.loc[late, "mature"].any()
    assert split.train.loc[~late, list(OUTCOMES)].notna().all(axis=None)
    assert split.train.loc[split.train["offered_at"] >= split.starts_at, "agreed"].isna().all()
    assert split.holdout[list(OUTCOMES)].notna().all(axis=None)


def test_the_examples_handed_in_stay_as_they_are() -> None:
    examples = history([0, 1, 2, 3], wait=90)
    before = examples.copy()
    split_by_time(examples, 0.25)
    pd.testing.assert_frame_equal(examples, before)


def test_a_decision_outside_any_campaign_stands_for_itself() -> None:
    examples = history([0, 1, 2, 3])
    examples["campaign_id"] = np.nan
    assert split_by_time(examples, 0.5).holdout_ids == ("d02", "d03")


def test_a_late_second_decision_of_an_early_campaign_is_not_trained_on() -> None:
    examples = history([0, 1, 2, 9])
    examples.loc[examples["decision_id"] == "d03", "campaign_id"] = "c00"
    split = split_by_time(examples, 0.3)
    assert split.holdout_ids == ("c02",)
    assert split.train["decision_id"].unique().tolist() == ["d00", "d01"]


def test_no_examples_are_refused() -> None:
    with pytest.raises(TrainingError, match="no examples"):
        split_by_time(history([0]).head(0), 0.2)
