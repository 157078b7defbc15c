"""Groups of signals are left out and added by name, and examples get the signals of their own time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from signal_ablation import SIGNALS, judged, signals, variants, with_signals

from tastemaker.config import Config
from tastemaker.features import PAIR_FEATURES, FeatureSnapshot
from tastemaker.features.columns import FIELD_GROUPS
from tastemaker.workflows import Job, Workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def snapshots(market: Path) -> list[FeatureSnapshot]:
    folders = sorted(path for path in (market / "snapshots").iterdir() if path.is_dir())
    return [FeatureSnapshot.load(folder) for folder in folders]


@pytest.fixture(scope="module")
def examples(market: Path, snapshots: list[FeatureSnapshot]) -> pd.DataFrame:
    return with_signals(pd.read_parquet(market / "examples" / "examples.parquet"), snapshots)


def test_every_group_is_left_out_or_added_and_nothing_else_changes() -> None:
    found = variants()
    assert found["served"] == PAIR_FEATURES
    assert set(found["everything"]) == {*PAIR_FEATURES, *SIGNALS}
    for group in FIELD_GROUPS:
        assert f"without {group}" in found or f"with more of {group}" in found
    gone = set(PAIR_FEATURES) - set(found["without price"])
    assert gone == {"log_fee", "fee_to_budget", "fee_expected", "price_confidence"}
    assert set(found["with more of history"]) - set(PAIR_FEATURES) == {"history_as_of_age_days"}


def test_signals_are_numbers_and_those_of_the_moment(
    examples: pd.DataFrame, snapshots: list[FeatureSnapshot]
) -> None:
    assert len(examples) == examples["decision_id"].size
    for example in examples.sample(20, random_state=0).itertuples():
        then = [s for s in snapshots if s.as_of <= example.made_at][-1]
        row = np.flatnonzero(then.column("account_id") == example.account_id)
        expected = signals(then, row, example.made_at.to_pydatetime())
        np.testing.assert_array_equal(expected.to_numpy()[0], [getattr(example, name) for name in SIGNALS])
        age = example.size_as_of_age_days
        assert np.isnan(age) or age >= (example.made_at - then.as_of).total_seconds() / 86_400


def test_a_ranker_is_judged_with_what_it_reads(market: Path, market_config: Config) -> None:
    config = market_config.model_copy(
        update={"forecasting": market_config.forecasting.model_copy(update={"rounds": 8})}
    )
    asked = {"served": PAIR_FEATURES, "noise": ("safety_posts", "objective")}
    table = judged(Job(Workspace(market), config), market / "marketplace", asked)
    assert list(table) == ["served", "noise"]
    assert table["served"].mean() > table["noise"].mean() + 0.1
