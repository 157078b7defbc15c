"""A brief written into the form, as the texts that a person would have typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tastemaker.schema import Brief, Money
from tastemaker.service.fields import CELLS, DEFAULT_LIMIT
from tastemaker.service.form import read_form

Filled = dict[str, list[str]]


def fill(brief: Brief, limit: int = DEFAULT_LIMIT) -> Filled:
    """Field name -> values, so that reading the form gives the brief again as far as the form can say it."""
    filters = brief.filters
    texts = {
        "brand_name": brief.brand.name,
        "brand_text": brief.brand.description,
        "brand_category": brief.brand.category or "",
        "brand_country": brief.brand.country or "",
        "brand_values": ", ".join(brief.brand.values),
        "brand_voice": brief.brand.voice or "",
        "competitors": ", ".join(brief.brand.competitors),
        "objective": brief.objective.value,
        "text": brief.text,
        "budget": _amount(brief.budget),
        "max_fee": _amount(filters.max_fee),
        "currency": next((m.currency for m in (brief.budget, filters.max_fee) if m), "USD"),
        "starts_at": _day(brief.starts_at),
        "ends_at": _day(brief.ends_at),
        "markets": ", ".join(brief.markets),
        "audience_country": _shares(brief.audience.country),
        "audience_interest": _shares(brief.audience.interest),
        "languages": ", ".join(filters.languages),
        "countries": ", ".join(filters.countries),
        "followers_min": _number(filters.followers.min),
        "followers_max": _number(filters.followers.max),
        "min_engagement_rate": _percent(filters.min_engagement_rate),
        "min_authenticity": _percent(filters.min_authenticity),
        "audience_at_least": _shares({a.key: a.min_share for a in filters.audience if a.facet == "country"}),
        "competitor_window_days": _number(filters.competitor_window_days),
        "active_within_days": _number(filters.active_within_days),
        "exclude_creators": ", ".join(filters.exclude_creators),
        "safety_floor": ", ".join(f"{category} {level}" for category, level in brief.safety_floor.items()),
        "limit": str(limit),
        **{cell: _percent(brief.audience.age_gender.get(key)) for cell, key in CELLS.items()},
        **{f"deliver_{d.kind}": str(d.count) for d in brief.deliverables},
    }
    filled = {name: [text] for name, text in texts.items()}
    return {**filled, "platforms": list(filters.platforms), "compensation": list(filters.compensation)}


def fits(brief: Brief) -> bool:
    """Whether the form can say all of ``brief``; what it can not say (weights, say) would be lost on sending it."""
    back = read_form(fill(brief)).brief
    return back is not None and _in_order(back) == _in_order(brief)


def _in_order(brief: Brief) -> Brief:
    """The form has its own order of deliverables, which says nothing."""
    ordered = sorted(brief.deliverables, key=lambda d: (d.kind, d.count))
    return brief.model_copy(update={"deliverables": tuple(ordered)})


def _amount(money: Money | None) -> str:
    return "" if money is None else _number(money.amount)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{round(share * 100, 6):.10g}"


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{key} {_percent(share)}%" for key, share in shares.items())


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.date().isoformat()
