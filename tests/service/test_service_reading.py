"""Form fields, a brief read from them and written into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastemaker.schema import EXAMPLE_BRIEF, Brief
from tastemaker.service.fields import CELLS, LABELS, field_of
from tastemaker.service.filling import fill, fits
from tastemaker.service.form import read_form
from tastemaker.service.reading import Reading


def reading(text: str) -> Reading:
    return Reading({"f": [text]})


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("0", 0.0), ("5000", 5000.0), ("5,000", 5000.0), ("1,250,000.5", 1250000.5), (" 12 ", 12.0)],
)
def test_number_is_read(text: str, value: float | None) -> None:
    read = reading(text)
    assert read.number("f") == value
    assert not read.errors


@pytest.mark.parametrize("text", ["many", "-1", "5,00", "1e9", "nan", "inf", "٣", "1" * 400, "0x10", "1_000"])
def test_number_that_is_none_is_named(text: str) -> None:
    read = reading(text)
    assert read.number("f") is None
    assert text[:40] in read.errors["f"]


def test_whole_number_refuses_a_fraction() -> None:
    read = reading("2.5")
    assert read.whole("f") is None
    assert "2.5" in read.errors["f"]


@pytest.mark.parametrize(
    ("text", "share"), [("35", 0.35), ("35 %", 0.35), ("0.5%", 0.005), ("100", 1.0), ("", None)]
)
def test_percent_becomes_the_exact_fraction(text: str, share: float | None) -> None:
    assert reading(text).percent("f") == share


@pytest.mark.parametrize("text", ["101", "-1", "half", "1,000%", "%%"])
def test_percent_out_of_range_is_named(text: str) -> None:
    read = reading(text)
    assert read.percent("f") is None
    assert "is not a percentage from 0 to 100" in read.errors["f"]


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("GB 60%, US 40%", {"GB": 0.6, "US": 0.4}),
        ("gb: 60; us=40", {"GB": 0.6, "US": 0.4}),
        ("GB, US", {"GB": 0.5, "US": 0.5}),
        ("other 10%", {"other": 0.1}),
        ("", {}),
    ],
)
def test_shares_are_read(text: str, shares: dict[str, float]) -> None:
    read = reading(text)
    assert read.shares("f", ("GB", "US", "other"), example="GB 60%") == shares
    assert not read.errors


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("foods 60%", "“foods” is not known here; did you mean food?"),
        ("zzz", "“zzz” is not known here; write entries such as food 60%"),
        ("food 60%, home", "give every entry a percentage, or none"),
        ("food 60%, home 60%", "sum to 120"),
    ],
)
def test_shares_that_can_not_be_read_are_named(text: str, says: str) -> None:
    read = reading(text)
    assert read.shares("f", ("food", "home"), example="food 60%") == {}
    assert says in read.errors["f"]


def test_codes_take_the_case_they_need() -> None:
    assert reading("gb, Us").codes("f", upper=True, example="GB") == ["GB", "US"]
    assert reading("EN").codes("f", upper=False, example="en") == ["en"]
    read = reading("GB, United States")
    assert read.codes("f", upper=True, example="GB, US") == []
    assert "“UNITED STATES” is no two-letter code; write codes such as GB, US" in read.errors["f"]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("profanity low, hate none", {"profanity": "low", "hate": "none"}),
        ("Profanity: LOW; hate=none", {"profanity": "low", "hate": "none"}),
        ("", {}),
    ],
)
def test_levels_are_read(text: str, levels: dict[str, str]) -> None:
    read = reading(text)
    assert read.levels("f", ("none", "low"), example="hate none") == levels
    assert not read.errors


@pytest.mark.parametrize("text", ["profanity", "profanity lowish", "low", "hate none low"])
def test_level_that_is_none_is_named(text: str) -> None:
    read = reading(text)
    assert read.levels("f", ("none", "low"), example="hate none") == {}
    assert f"“{text}” does not end in none, low; write entries such as hate none" in read.errors["f"]


def test_a_category_of_safety_that_is_none_is_named_beside_its_field() -> None:
    sent = {**fill(EXAMPLE_BRIEF), "safety_floor": ["profanty low"]}
    assert "did you mean 'profanity'" in read_form(sent).errors["safety_floor"]


def test_day_is_the_start_of_that_day() -> None:
    assert reading("2026-10-01").day("f") == "2026-10-01T00:00:00+00:00"
    read = reading("1.10.2026")
    assert read.day("f") is None
    assert "not a date such as 2026-10-01" in read.errors["f"]


def test_example_brief_goes_through_the_form_unchanged() -> None:
    back = read_form(fill(EXAMPLE_BRIEF, limit=50))
    assert back.errors == {}
    assert back.limit == 50
    assert fits(EXAMPLE_BRIEF)


def test_form_tells_when_a_brief_says_more_than_it_can_hold() -> None:
    data = EXAMPLE_BRIEF.model_dump(mode="json")
    assert not fits(Brief.parse({**data, "weights": {"content": 2.0}}))
    assert not fits(Brief.parse({**data, "brand": {**data["brand"], "brand_id": "b-1"}}))


def test_empty_form_asks_for_what_is_required() -> None:
    assert set(read_form({}).errors) == {"brand_name", "objective"}


def test_form_collects_all_errors() -> None:
    sent = {
        **fill(EXAMPLE_BRIEF),
        "followers_min": ["9,000"],
        "followers_max": ["8,000"],
        "ends_at": ["2026-09-01"],
        "min_authenticity": ["500"],
        "age_female_18-24": ["90"],
        "audience_at_least": ["GB"],
        "brand_country": ["GB, IE"],
        "deliver_post": ["200"],
        "limit": ["9000"],
    }
    assert set(read_form(sent).errors) == {
        "followers_max", "ends_at", "min_authenticity", "age_gender", "audience_at_least", "brand_country", "limit",
    }  # fmt: skip
    only_count = {**fill(EXAMPLE_BRIEF), "deliver_post": ["200"]}
    assert "less than or equal to 100" in read_form(only_count).errors["deliverables"]


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ("brand.name", "brand_name"),
        ("filters.max_fee", "max_fee"),
        ("filters.max_fee.currency", "currency"),
        ("filters.followers.max", "followers_min"),
        ("deliverables.0.kind", "deliverables"),
        ("nowhere", "brand_name"),
    ],
)
def test_place_in_a_brief_has_a_field(place: str, field: str) -> None:
    assert field_of(place) == field


def test_every_error_has_a_labelled_field() -> None:
    assert {field_of(place) for place in ("", "audience.age_gender", "budget", "limit", "text")} <= set(
        LABELS
    )


@given(
    st.dictionaries(
        st.sampled_from([*LABELS, *CELLS, "deliver_post"]), st.lists(st.text(max_size=30), max_size=3)
    )
)
def test_form_never_raises_and_answers_with_a_brief_or_with_reasons(sent: dict[str, list[str]]) -> None:
    read = read_form(sent)
    assert (read.brief is None) == bool(read.errors)
    assert set(read.errors) <= {*LABELS, *CELLS, "deliver_post"}
