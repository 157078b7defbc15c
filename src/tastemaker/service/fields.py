"""The fields of the brief's form: their labels, their choices, and the place in a brief that each stands for."""

from __future__ import annotations

from typing import Any

from tastemaker.schema import FACET_KEYS, KPI, NICHES, Objective
from tastemaker.schema.tables import COMPENSATIONS, PLATFORMS, POST_KINDS
from tastemaker.schema.vocabulary import AGES, GENDERS

LIMITS = ("10", "20", "50")
DEFAULT_LIMIT = 20
CURRENCIES = ("USD", "EUR", "GBP", "AUD", "BRL", "CAD", "CHF", "INR", "JPY", "MXN", "PLN", "SEK", "ZAR")

LABELS = {
    "brand_name": "Brand name",
    "brand_text": "What the brand is like",
    "brand_category": "Category",
    "brand_country": "Home country",
    "brand_values": "Values",
    "brand_voice": "Voice",
    "competitors": "Competitors",
    "text": "What is wanted",
    "objective": "Objective",
    "deliverables": "Deliverables per creator",
    "budget": "Budget",
    "currency": "Currency",
    "starts_at": "Starts",
    "ends_at": "Ends",
    "markets": "Markets",
    "audience_country": "Where they live",
    "audience_interest": "What they care about",
    "age_gender": "Age and gender",
    "platforms": "Platforms",
    "languages": "Languages",
    "countries": "Creator’s country",
    "followers_min": "Followers, at least",
    "followers_max": "Followers, at most",
    "max_fee": "Fee, at most",
    "min_engagement_rate": "Engagement rate, at least",
    "min_authenticity": "Authenticity, at least",
    "audience_at_least": "Audience share, at least",
    "competitor_window_days": "No work for competitors within",
    "active_within_days": "Posted within",
    "safety_floor": "Brand safety, at most",
    "compensation": "Accepts payment by",
    "exclude_creators": "Leave out",
    "limit": "How many",
}

CHOICES: dict[str, Any] = {
    "objectives": [(o.value, KPI[o].replace("_", " ")) for o in Objective],
    "platforms": PLATFORMS,
    "kinds": POST_KINDS,
    "compensations": COMPENSATIONS,
    "categories": NICHES,
    "ages": AGES,
    "genders": GENDERS,
    "currencies": CURRENCIES,
    "limits": LIMITS,
}
CELLS = {f"age_{key.replace('.', '_')}": key for key in FACET_KEYS["age_gender"]}

# Place of an error in the brief -> the field beside which it is shown; the longest beginning that fits counts.
_FIELDS = {
    "": "brand_name",
    "brand.description": "brand_text",
    "brand.category": "brand_category",
    "brand.country": "brand_country",
    "brand.values": "brand_values",
    "brand.voice": "brand_voice",
    "brand.competitors": "competitors",
    "text": "text",
    "objective": "objective",
    "deliverables": "deliverables",
    "budget": "budget",
    "budget.currency": "currency",
    "starts_at": "starts_at",
    "ends_at": "ends_at",
    "markets": "markets",
    "audience": "audience_country",
    "audience.age_gender": "age_gender",
    "audience.interest": "audience_interest",
    "filters": "platforms",
    "filters.languages": "languages",
    "filters.countries": "countries",
    "filters.followers": "followers_min",
    "filters.max_fee": "max_fee",
    "filters.max_fee.currency": "currency",
    "filters.min_engagement_rate": "min_engagement_rate",
    "filters.min_authenticity": "min_authenticity",
    "filters.audience": "audience_at_least",
    "filters.competitor_window_days": "competitor_window_days",
    "filters.active_within_days": "active_within_days",
    "filters.compensation": "compensation",
    "filters.exclude_creators": "exclude_creators",
    "safety_floor": "safety_floor",
    "limit": "limit",
}


def field_of(place: str) -> str:
    """The form's field for a place in the brief, such as ``filters.followers.min``."""
    parts = place.split(".")
    beginnings = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((_FIELDS[b] for b in beginnings if b in _FIELDS), _FIELDS[""])
