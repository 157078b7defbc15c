"""The experiment on ads, on invented ones: its keys, and its two checks against slow versions."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parents[2] / "experiments" / "0003-outcome-ranking"
sys.path.insert(0, str(FOLDER))

from ad_rates import ad_rates, recalibration, unpooled  # noqa: E402


def invented(ads: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    campaign, age = rng.integers(0, 3, ads), rng.integers(0, 2, ads)
    impressions = np.exp(rng.uniform(5, 10, ads)).astype(int)
    chance = 0.01 * np.exp(0.8 * campaign - 0.5 * age)
    return pd.DataFrame(
        {
            "ad_id": np.arange(ads),
            "campaign_id": campaign,
            "age": age.astype(str),
            "gender": "F",
            "interest": 7,
            "impressions": impressions,
            "clicks": rng.binomial(impressions, chance),
            "conversions": rng.binomial(impressions, chance / 10),
        }
    )


def test_report_has_the_keys_and_the_shrunk_rates_beat_the_global_one(tmp_path: Path) -> None:
    invented(60).to_parquet(tmp_path / "ads.parquet")
    report = ad_rates(tmp_path, repeats=1, folds=2)
    for kpi in ("clicks", "conversions"):
        found = report[kpi]
        assert isinstance(found, dict)
        assert {"log_loss", "global", "unpooled", "slope", "by_cell", "by_campaign"} <= found.keys()
        assert found["gain_over_global"]["ci95"][0] > 0
        assert found["slope"]["ci95"][0] < found["slope"]["value"] < found["slope"]["ci95"][1]


def test_recalibration_finds_the_slope_of_chances_that_are_too_far_apart() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(-3, 1, 400)
    n = np.full(400, 5_000.0)
    k = rng.binomial(5_000, 1 / (1 + np.exp(-(-3 + 0.5 * (x + 3)))))
    slope = recalibration(1 / (1 + np.exp(-x)), k, n, np.ones((1, 400)))
    assert abs(slope[0] - 0.5) < 0.02


def test_unpooled_backs_off_from_the_cell_to_the_campaign_to_everyone() -> None:
    train = invented(40).assign(interest=[7] * 39 + [8])
    new = pd.DataFrame(
        {"campaign_id": [1, 1, 9], "age": ["0", "0", "0"], "gender": ["F", "M", "F"], "interest": [7, 7, 7]}
    )
    rates = unpooled(train, new, "clicks")
    of = train[train["campaign_id"] == 1]
    assert rates[1] == (of["clicks"].sum() + 0.5) / (of["impressions"].sum() + 1)
    assert rates[2] == train["clicks"].sum() / train["impressions"].sum()
    own = of[(of["age"] == "0") & (of["interest"] == 7)]
    assert rates[0] == (own["clicks"].sum() + 0.5) / (own["impressions"].sum() + 1)
