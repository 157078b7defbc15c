from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tastemaker.errors import BriefError
from tastemaker.schema import EXAMPLE_BRIEF, KPI, Brief, Objective

SMALL: dict[str, Any] = {"brand": {"name": "Quillmoor"}, "objective": "awareness"}


def test_example_round_trips_through_json() -> None:
    assert Brief.from_json(EXAMPLE_BRIEF.canonical_json()) == EXAMPLE_BRIEF


def test_example_is_full() -> None:
    """`tastemaker brief --example` shows every field but the ids and weights that few need, and what a
    shortlist does not read."""
    shown = EXAMPLE_BRIEF.model_dump(mode="json")
    assert all(shown[name] for name in Brief.model_fields if name != "portfolio")


def test_two_fields_are_enough() -> None:
    brief = Brief.parse(SMALL)
    assert brief.filters.platforms == ()
    assert brief.kpi == "reach"


def test_every_objective_has_a_kpi() -> None:
    assert set(KPI) == set(Objective)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"objective": "fame"}, r"objective: .*'awareness'.*got 'fame'"),
        ({"brnad": 1}, r"brnad: unknown field; did you mean 'brand'"),
        ({"brand": {}}, r"brand\.name: required"),
        ({"filters": {"followers": {"min": 10, "max": 5}}}, r"filters\.followers: min 10 is above max 5"),
        ({"filters": {"folowers": {}}}, r"filters\.folowers: unknown field; did you mean 'followers'"),
        ({"audience": {"country": {"GB": 0.7, "US": 0.7}}}, r"audience: country shares sum to 1\.40"),
        (
            {"audience": {"country": {"GB": 60}}},
            r"audience\.country\.GB: .*less than or equal to 1 \(got 60\)",
        ),
        ({"audience": {"age_gender": {"female.18-25": 0.5}}}, r"did you mean 'female\.18-24'"),
        (
            {"filters": {"audience": [{"facet": "country", "key": "XX", "min_share": 0.2}]}},
            "country has no key 'XX'",
        ),
        ({"markets": ["UK"]}, r"markets\.0: .*did you mean 'GB'"),
        ({"markets": ["Germany"]}, r"markets\.0: .*got 'Germany'"),
        (
            {"starts_at": "2026-10-02T00:00:00Z", "ends_at": "2026-10-01T00:00:00Z"},
            "starts_at .* is after ends_at",
        ),
        ({"starts_at": "2026-10-02T00:00:00"}, r"starts_at: .*timezone"),
        ({"budget": {"amount": float("inf"), "currency": "USD"}}, r"budget\.amount: .*finite"),
        ({"budget": {"amount": 5, "currency": "dollars"}}, r"budget\.currency"),
        ({"deliverables": []}, "at least one deliverable"),
    ],
)
def test_a_bad_field_is_named_with_its_value(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BriefError, match=message):
        Brief.parse({**SMALL, **change})


def test_text_that_is_not_json_is_said() -> None:
    with pytest.raises(BriefError, match="not JSON"):
        Brief.from_json("{brand: ")


@pytest.mark.parametrize("data", [None, 5, "brief", [SMALL]])
def test_json_that_is_not_an_object_is_refused(data: object) -> None:
    with pytest.raises(BriefError):
        Brief.from_json(json.dumps(data))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match=r"none\.json: can not be read"):
        Brief.load(tmp_path / "none.json")


def test_many_faults_are_told_together() -> None:
    with pytest.raises(BriefError) as caught:
        Brief.parse({"objective": "fame", "budget": {"amount": -1}})
    text = str(caught.value)
    assert "brand: required" in text
    assert "objective" in text
    assert "budget.amount" in text
