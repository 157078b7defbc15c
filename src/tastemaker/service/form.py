"""A brief read from the form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tastemaker.schema import FACET_KEYS, SAFETY_LEVELS, Brief
from tastemaker.schema.tables import POST_KINDS
from tastemaker.schema.vocabulary import COUNTRIES
from tastemaker.service.fields import CELLS, DEFAULT_LIMIT, field_of
from tastemaker.service.reading import Reading, Sent


@dataclass(frozen=True)
class FormRead:
    """What a form said: a brief and a limit, or errors (field -> message) and no brief."""

    brief: Brief | None
    limit: int
    errors: dict[str, str]


def read_form(sent: Sent) -> FormRead:
    """Never raises: what can not be read or breaks a rule is in ``errors``, beside the field that it is about."""
    reading = Reading(sent)
    data = _data(reading)
    limit = reading.whole("limit")
    limit = DEFAULT_LIMIT if limit is None else limit
    if not 1 <= limit <= 500:
        reading.errors["limit"] = f"{limit} is outside 1 to 500"
    if reading.errors:
        return FormRead(None, limit, reading.errors)
    try:
        return FormRead(Brief.model_validate(data), limit, {})
    except ValidationError as error:
        errors: dict[str, str] = {}
        for found in error.errors():
            place = ".".join(str(part) for part in found["loc"])
            errors.setdefault(field_of(place), found["msg"].removeprefix("Value error, "))
        return FormRead(None, limit, errors)


def _data(r: Reading) -> dict[str, Any]:
    data: dict[str, Any] = {
        "brand": _brand(r),
        "objective": r.text("objective"),
        "text": r.text("text"),
        "audience": {
            "age_gender": _age_gender(r),
            "country": r.shares("audience_country", COUNTRIES, example="GB 60%, US 40%"),
            "interest": r.shares("audience_interest", FACET_KEYS["interest"], example="food 60%, home 40%"),
        },
        "markets": r.codes("markets", upper=True, example="GB, US"),
        "filters": _filters(r),
        "budget": _money(r, "budget"),
        "starts_at": r.day("starts_at"),
        "ends_at": r.day("ends_at"),
        "deliverables": _deliverables(r),
        "safety_floor": r.levels("safety_floor", SAFETY_LEVELS, example="profanity low, arms none"),
    }
    if not data["brand"]["name"]:
        r.errors["brand_name"] = "give the brand a name"
    if not data["objective"]:
        r.errors["objective"] = "choose one objective"
    if data["starts_at"] and data["ends_at"] and data["starts_at"] > data["ends_at"]:
        r.errors["ends_at"] = "the campaign ends before it starts"
    return data


def _brand(r: Reading) -> dict[str, Any]:
    country = r.codes("brand_country", upper=True, example="GB")
    if len(country) > 1:
        r.errors["brand_country"] = "name one country; markets take several"
    return {
        "name": r.text("brand_name"),
        "description": r.text("brand_text"),
        "category": r.text("brand_category") or None,
        "values": r.listed("brand_values"),
        "voice": r.text("brand_voice") or None,
        "country": country[0] if country else None,
        "competitors": r.listed("competitors"),
    }


def _filters(r: Reading) -> dict[str, Any]:
    least, most = r.whole("followers_min"), r.whole("followers_max")
    if least is not None and most is not None and least > most:
        r.errors["followers_max"] = f"{most:,} is below the {least:,} asked for at least"
    return {
        "platforms": r.choices("platforms"),
        "countries": r.codes("countries", upper=True, example="GB, IE"),
        "languages": r.codes("languages", upper=False, example="en, fr"),
        "followers": {"min": least, "max": most},
        "max_fee": _money(r, "max_fee"),
        "min_engagement_rate": r.percent("min_engagement_rate"),
        "min_authenticity": r.percent("min_authenticity"),
        "audience": _thresholds(r),
        "exclude_creators": r.listed("exclude_creators"),
        "competitor_window_days": r.whole("competitor_window_days"),
        "active_within_days": r.whole("active_within_days"),
        "compensation": r.choices("compensation"),
    }


def _thresholds(r: Reading) -> list[dict[str, Any]]:
    name = "audience_at_least"
    if any(not part.rstrip("% ")[-1:].isdigit() for part in r.listed(name)):
        r.errors[name] = "write a country and its percentage, such as GB 10%"
        return []
    found = r.shares(name, COUNTRIES, example="GB 10%")
    return [{"facet": "country", "key": key, "min_share": share} for key, share in found.items()]


def _money(r: Reading, name: str) -> dict[str, Any] | None:
    amount = r.number(name)
    return None if amount is None else {"amount": amount, "currency": r.text("currency") or "USD"}


def _age_gender(r: Reading) -> dict[str, float]:
    read = {key: r.percent(cell) for cell, key in CELLS.items()}
    shares = {key: share for key, share in read.items() if share}
    r.check_sum("age_gender", shares)
    return shares


def _deliverables(r: Reading) -> list[dict[str, Any]]:
    counts = {kind: r.whole(f"deliver_{kind}") for kind in POST_KINDS}
    found: list[dict[str, Any]] = [{"kind": kind, "count": count} for kind, count in counts.items() if count]
    return found or [{"kind": "post", "count": 1}]
