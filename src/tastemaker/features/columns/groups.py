"""Which columns are of one kind: who it is, and the groups in which signals age and are shown together."""

from __future__ import annotations

from tastemaker.features.columns.measured import (
    AUDIENCE_COLUMNS,
    AUTHENTICITY_COLUMNS,
    ENGAGEMENT_COLUMNS,
    PRICE_COLUMNS,
    REACH_COLUMNS,
)
from tastemaker.features.columns.said import CONTENT_COLUMNS, DISCLOSED, SAFETY_COLUMNS
from tastemaker.features.columns.tables import SNAPSHOT_SCHEMA

IDENTITY = (
    "account_id", "creator_id", "platform", "handle", "display_name", "country", "languages", "category", "verified",
    "available_from", "open_to", "owner_id",
)  # fmt: skip
"""Columns that say who it is and what was agreed, not what was measured."""

_FIELDS: dict[str, tuple[str, ...]] = {
    "size": ("followers", "following", "follower_growth"),
    "engagement": (
        "engagement_rate", "engagement_basis", "engagement_window_days", "engagement_posts", "views_median",
        "comment_like_ratio", "posts_per_week", "last_post_at", *(name for name, _ in ENGAGEMENT_COLUMNS),
    ),
    "reach": tuple(name for name, _ in REACH_COLUMNS),
    "audience": tuple(name for name, _ in AUDIENCE_COLUMNS),
    "authenticity": ("authenticity", *(name for name, _ in AUTHENTICITY_COLUMNS)),
    "sponsorship": ("sponsored_share", "sponsored_engagement_ratio", "sponsored_posts", *DISCLOSED),
    "safety": ("safety_posts", *SAFETY_COLUMNS.values()),
    "content": ("theme_count", *(name for name, _ in CONTENT_COLUMNS if name != "past_on_time")),
    "price": ("fee", "fee_basis", *(name for name, _ in PRICE_COLUMNS)),
    "history": (
        "past_campaigns", "past_content_rating", "past_engagement_ratio", "past_conversion_rate", "past_on_time",
    ),
}  # fmt: skip


def _trust_last(group: str, names: tuple[str, ...]) -> tuple[str, ...]:
    trust = tuple(f"{group}{end}" for end in ("_as_of", "_confidence"))
    return (*(n for n in names if n not in trust), *(n for n in trust if n in SNAPSHOT_SCHEMA.names))


FIELD_GROUPS: dict[str, tuple[str, ...]] = {
    group: _trust_last(group, names) for group, names in _FIELDS.items()
}
"""Group -> its columns, in the order in which they are shown; the age and the confidence of the group come last.

Every column of :data:`SNAPSHOT_SCHEMA` is in one group or in :data:`IDENTITY`.
"""
