from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_world import brief_json, day, write_catalogue

from tastemaker.training import offer_labels, outcome_labels
from tastemaker.training.money import in_usd

CAMPAIGN = {
    "campaign_id": "c1",
    "brand_id": "b1",
    "brief": brief_json(),
    "starts_at": day(0),
    "ends_at": day(10),
}


def reading(at: float, deliverable: str = "reel", **known: Any) -> dict[str, Any]:
    row = {"campaign_id": "c1", "creator_id": "k1", "deliverable": deliverable, "observed_at": day(at)}
    return row | {"currency": "USD"} | known


def outcomes(folder: Path, *readings: dict[str, Any], **options: Any) -> dict[str, Any]:
    rates = [
        {"currency": "EUR", "observed_at": day(20), "usd": 1.25},
        {"currency": "EUR", "observed_at": day(40), "usd": 2.0},
    ]
    catalogue = write_catalogue(folder, campaigns=[CAMPAIGN], outcomes=list(readings), fx_rates=rates)
    rows = outcome_labels(catalogue, **options).to_dict("records")
    assert len(rows) == 1
    return rows[0]


def test_the_latest_reading_of_each_deliverable_counts_and_they_add_up(tmp_path: Path) -> None:
    row = outcomes(
        tmp_path,
        reading(30, likes=10, comments=2, reach=100, fee=50.0, content_rating=4.0),
        reading(25, likes=7, comments=1, reach=80, fee=50.0, content_rating=3.0),
        reading(26, "story", likes=5, saves=1, shares=1, reach=40, fee=20.0, content_rating=5.0),
    )
    assert row["engagements"] == 19
    assert row["reach"] == 140
    assert row["cost"] == 70.0
    assert row["content_rating"] == 4.5
    assert row["outcome_at"] == pd.Timestamp(day(30))
    assert np.isnan(row["clicks"])  # nobody counted them: unknown, not none


def test_a_result_is_censored_until_two_weeks_after_the_end_not_a_failure(tmp_path: Path) -> None:
    early = outcomes(tmp_path / "a", reading(23.9, likes=1, fee=50.0))
    assert not early["mature"]
    assert np.isnan(early["engagements"])
    assert early["cost"] == 50.0  # what it costs is known
    assert outcomes(tmp_path / "b", reading(24, likes=1, fee=50.0))["mature"]


def test_the_last_reading_counts_once_two_weeks_have_passed_even_if_it_was_early(tmp_path: Path) -> None:
    """A series may end before the fortnight does: what matters is that nothing more has come by then."""
    row = outcomes(tmp_path / "a", reading(24, likes=1), reading(12, "story", likes=1))
    assert row["mature"]
    assert row["outcome_at"] == pd.Timestamp(day(24))
    early = outcomes(tmp_path / "b", reading(12, likes=1), known_at=day(23))
    assert not early["mature"]
    later = outcomes(tmp_path / "c", reading(12, likes=1), known_at=day(25))
    assert later["mature"]
    assert later["outcome_at"] == pd.Timestamp(day(24))  # on day 12 nobody could have counted on it


def test_what_is_read_after_known_at_is_not_there(tmp_path: Path) -> None:
    row = outcomes(tmp_path, reading(25, likes=3), reading(30, likes=9), known_at=day(29))
    assert row["engagements"] == 3


def test_money_takes_the_rate_known_when_it_was_read(tmp_path: Path) -> None:
    row = outcomes(
        tmp_path / "a",
        reading(30, fee=100.0, product_cost=20.0, currency="EUR"),
        reading(45, "story", fee=100.0, currency="EUR"),
    )
    assert row["cost"] == pytest.approx(120 * 1.25 + 100 * 2.0)
    assert np.isnan(outcomes(tmp_path / "b", reading(30, fee=1.0, currency="SEK"))["cost"])
    assert np.isnan(
        outcomes(tmp_path / "c", reading(30, fee=1.0), reading(30, "story"))["cost"]
    )  # one fee unknown


def test_without_tables_there_are_no_labels(tmp_path: Path) -> None:
    catalogue = write_catalogue(tmp_path)
    assert len(outcome_labels(catalogue)) == 0
    assert len(offer_labels(catalogue)) == 0


def test_the_last_answer_and_the_last_quote_count(tmp_path: Path) -> None:
    pair = {"decision_id": "d1", "creator_id": "k1", "currency": "USD"}
    offers = [
        pair | {"at": day(3), "agreed": True},
        pair | {"at": day(1), "quoted": 90.0},
        pair | {"at": day(2), "quoted": 70.0, "agreed": False},
        {"decision_id": "d1", "creator_id": "k2", "at": day(1)},
    ]
    catalogue = write_catalogue(tmp_path, offers=offers)
    rows = offer_labels(catalogue).set_index("creator_id")
    assert rows.loc["k1", ["agreed", "quoted"]].tolist() == [1.0, 70.0]
    assert rows.loc["k1", "offered_at"] == pd.Timestamp(day(3))
    assert rows.loc["k2", ["agreed", "quoted"]].isna().all()
    assert offer_labels(catalogue, known_at=day(2)).set_index("creator_id").loc["k1", "agreed"] == 0.0


@given(
    st.lists(
        st.tuples(st.floats(0, 99), st.sampled_from(["USD", "EUR", "SEK"]), st.integers(0, 20)), min_size=1
    ),
    st.lists(
        st.tuples(st.sampled_from(["EUR", "SEK"]), st.integers(0, 20), st.floats(0.1, 9)),
        unique_by=lambda r: r[:2],
    ),
)
def test_in_usd_matches_looking_it_up(
    amounts: list[tuple[float, str, int]], rates: list[tuple[str, int, float]]
) -> None:
    fx = pd.DataFrame(rates, columns=["currency", "observed_at", "usd"])
    fx["observed_at"] = pd.to_datetime([day(d) for d in fx["observed_at"]], utc=True).as_unit("us")
    frame = pd.DataFrame(amounts, columns=["amount", "currency", "at"], index=range(5, 5 + len(amounts)))
    frame["at"] = pd.to_datetime([day(d) for d in frame["at"]], utc=True).as_unit("us")
    got = in_usd(frame["amount"], frame["currency"], frame["at"], fx)
    assert got.index.equals(frame.index)
    for (amount, currency, at), value in zip(amounts, got, strict=True):
        known = [(d, usd) for c, d, usd in rates if c == currency and d <= at]
        rate = 1.0 if currency == "USD" else max(known)[1] if known else float("nan")
        assert value == pytest.approx(amount * rate, nan_ok=True)
