"""One line per candidate: the strongest facts in their favour."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tastemaker.schema import Candidate, Contribution

# Features that speak of one thing are one group; a group is said once. "Fit" groups are said only above a level at
# which the words are true: a large contribution of a poor fit only means that others fit worse.
GROUPS: dict[str, tuple[str, ...]] = {
    "content": ("content_similarity", "category_match"),
    "audience": (
        "audience_fit",
        "audience_coverage",
        "audience_overlap_age_gender",
        "audience_overlap_country",
        "audience_overlap_language",
        "audience_overlap_interest",
        "country_match",
        "language_match",
    ),
    "engagement": (
        "engagement_rate",
        "engagement_by_followers_shrunk",
        "log_views",
        "past_engagement_ratio",
    ),
    "authenticity": ("authenticity",),
    "price": ("log_fee", "fee_to_budget", "fee_expected", "log_cost", "cost"),
    "acceptance": ("p_accept", "log_p_accept", "worked_with_brand"),
    "history": ("past_campaigns", "past_content_rating", "past_conversion_rate", "past_on_time"),
    "own_results": ("own_results",),
    "cadence": ("posts_per_week", "days_since_post"),
    "unspoilt": ("days_since_competitor",),
}
LEAST_SHARE = 0.2
"""A group that lifted the score by less than this share of the strongest one is not worth a word."""

_GROUP_OF = {feature: group for group, features in GROUPS.items() for feature in features}


def reason(candidate: Candidate, kpi: str, most: int = 3) -> str:
    """A sentence of at most ``most`` facts, the ones that lifted the score most first.

    Where the ranker gave no contributions the order is content, audience, price, engagement, authenticity.
    """
    facts: list[str] = []
    for group in [
        *_groups_by_gain(candidate.features),
        "content",
        "audience",
        "engagement",
        "authenticity",
        "price",
    ]:
        fact = _FACTS[group](candidate, kpi) if group in _FACTS else None
        if fact and fact not in facts:
            facts.append(fact)
        if len(facts) == most:
            break
    text = "; ".join(facts) or "the closest match among those who pass the filters"
    return text[0].upper() + text[1:]


def _groups_by_gain(contributions: tuple[Contribution, ...]) -> list[str]:
    gains: dict[str, float] = {}
    for item in contributions:
        group = _GROUP_OF.get(item.feature)
        if group:
            gains[group] = gains.get(group, 0.0) + item.contribution
    least = LEAST_SHARE * max(gains.values(), default=0.0)
    return sorted((g for g in gains if gains[g] > 0 and gains[g] >= least), key=lambda g: -gains[g])


def _content(c: Candidate, _: str) -> str | None:
    if c.content_fit is None:
        return None
    if c.content_fit >= 0.5:
        return f"content very close to the brief ({c.content_fit:.2f})"
    return f"content near the brief ({c.content_fit:.2f})" if c.content_fit >= 0.25 else None


def _audience(c: Candidate, _: str) -> str | None:
    return (
        f"audience overlaps the target by {c.audience_fit:.0%}"
        if c.audience_fit and c.audience_fit >= 0.6
        else None
    )


def _engagement(c: Candidate, _: str) -> str | None:
    return f"{c.engagement_rate:.1%} engagement" if c.engagement_rate and c.engagement_rate >= 0.02 else None


def _authenticity(c: Candidate, _: str) -> str | None:
    return (
        f"audience likely real ({c.authenticity:.0%})" if c.authenticity and c.authenticity >= 0.7 else None
    )


def _price(c: Candidate, kpi: str) -> str | None:
    if c.fee is None or c.forecast is None:
        return None
    amount = f"{c.forecast.median:.1f}" if c.forecast.median < 100 else f"{c.forecast.median:,.0f}"
    return f"about {amount} {kpi.replace('_', ' ')} for ${c.fee.median:,.0f}"


def _acceptance(c: Candidate, _: str) -> str | None:
    return f"likely to accept ({c.p_accept:.0%})" if c.p_accept and c.p_accept >= 0.6 else None


def _own_results(c: Candidate, _: str) -> str | None:
    """The contribution is the logarithm of a factor on the value."""
    more = sum(np.expm1(item.contribution) for item in c.features if item.feature == "own_results")
    return (
        f"past results {more:.0%} more for the money than expected of one like them" if more >= 0.05 else None
    )


_FACTS: dict[str, Callable[[Candidate, str], str | None]] = {
    "content": _content,
    "audience": _audience,
    "engagement": _engagement,
    "authenticity": _authenticity,
    "price": _price,
    "acceptance": _acceptance,
    "own_results": _own_results,
}
