"""The columns of a snapshot's table. Meaning, unit and unknown rule of each: ``docs/features.md``."""

from __future__ import annotations

import pyarrow as pa

from tastemaker.features.authenticity.evidence import COMMENTS, EVIDENCE, LIKES, PAID, POSTS, READINGS
from tastemaker.schema import FACET_KEYS, SAFETY_CATEGORIES
from tastemaker.schema.tables import COUNT, FLAG, REAL, TEXT, TEXTS, TIME

JURISDICTIONS = ("us", "gb", "eu")
"""Whose rules of disclosure have columns; each is a jurisdiction of ``disclosure/rules.yaml``."""

DISCLOSED = tuple(f"disclosed_{code}{end}" for code in JURISDICTIONS for end in ("", "_low", "_high"))
"""Properly disclosed share of sponsored posts, with the bounds that posts without a verdict leave open."""

SAFETY_COLUMNS = {category: f"safety_{category}" for category in SAFETY_CATEGORIES}
"""Category of brand safety -> the column of its level (place in ``SAFETY_LEVELS``)."""

TRUSTED = ("size", "sponsorship", "safety", "history")
"""Groups of fields that say how old they are and how far they can be trusted."""

TRUST_COLUMNS = tuple(
    column for group in TRUSTED for column in ((f"{group}_as_of", TIME), (f"{group}_confidence", REAL))
)
"""Of a group: the latest observation that it stands on, and ``features.confidence`` of it; null where it is unknown."""
BASES = ("followers", "reach", "impressions", "views")
"""What a rate of engagement is a fraction of; each has columns of its own, for they never compare."""

ENGAGEMENT_COLUMNS = (
    *(
        (f"engagement_by_{basis}{end}", kind)
        for basis in BASES
        for end, kind in (
            ("", REAL), ("_spread", REAL), ("_posts", COUNT), ("_days", COUNT),
            ("_shrunk", REAL), ("_error", REAL), ("_percentile", REAL),
        )
    ),
    ("engagement_trend", REAL),
    ("engagement_trend_error", REAL),
    ("engagement_weekday", COUNT),
    ("engagement_weekday_lift", REAL),
    ("engagement_consistency", REAL),
    ("posting_gap_days", REAL),
    ("posting_regularity", REAL),
    ("engagement_as_of", TIME),
    ("engagement_confidence", REAL),
)  # fmt: skip

REACH_COLUMNS = (
    ("reach_reported", REAL),
    ("reach_posts", COUNT),
    ("reach_estimate", REAL),
    ("reach_low", REAL),
    ("reach_high", REAL),
    ("reach_basis", TEXT),
    ("reach_as_of", TIME),
    ("reach_confidence", REAL),
)

PRICE_COLUMNS = (
    *((f"fee_{name}", REAL) for name in ("low", "expected", "high", "story", "reel", "video", "blog")),
    ("fee_standing", REAL),
    ("fee_far", FLAG),
    ("cost_per_engagement", REAL),
    ("price_as_of", TIME),
    ("price_confidence", REAL),
)
AUTHENTICITY_COLUMNS: tuple[tuple[str, pa.DataType], ...] = (
    ("authenticity_as_of", TIME),
    ("authenticity_confidence", REAL),
    *((name, COUNT) for name in (READINGS, POSTS, LIKES, PAID, COMMENTS)),
    ("growth_spike_at", TIME),
    *((name, REAL) for e in EVIDENCE for name in (e.name, e.standing)),
)
"""The evidence behind ``authenticity``: counts of what was read, each value and its standing among peers."""
AUDIENCE_COLUMNS = (
    *((f"audience_sample_{facet}", COUNT) for facet in FACET_KEYS),
    ("audience_as_of", TIME),
    ("audience_confidence", REAL),
)
"""How many people stand behind the report of each facet, and how fresh and sure the audience is."""

LANGUAGE_COLUMNS = {code: f"posts_in_{code}" for code in ("en", "es", "fr", "de", "pt", "other")}
"""Language of a caption as ``tongue`` tells it -> the column of its share of posts."""

VOICE_COLUMNS = (
    "voice_sincerity",
    "voice_excitement",
    "voice_competence",
    "voice_sophistication",
    "voice_ruggedness",
)
"""By ``voice.DIMENSIONS``."""

CONTENT_COLUMNS = (
    ("content_posts", COUNT),
    ("topical_focus", REAL),
    ("niche", TEXT),
    ("niche_probability", REAL),
    *((name, REAL) for name in LANGUAGE_COLUMNS.values()),
    *((name, REAL) for name in VOICE_COLUMNS),
    ("comments_read", COUNT),
    ("comment_sentiment", REAL),
    ("caption_letters", REAL),
    ("caption_originality", REAL),
    ("past_on_time", REAL),
    ("content_as_of", TIME),
    ("content_confidence", REAL),
)
"""What an account posts about, how it sounds, and how much care shows in it."""

SNAPSHOT_SCHEMA: pa.Schema = pa.schema(
    [
        ("account_id", TEXT),
        ("creator_id", TEXT),
        ("platform", TEXT),
        ("handle", TEXT),
        ("display_name", TEXT),
        ("country", TEXT),
        ("languages", TEXTS),
        ("category", TEXT),
        ("verified", FLAG),
        ("followers", COUNT),
        ("following", COUNT),
        ("engagement_rate", REAL),
        ("engagement_basis", TEXT),
        ("engagement_window_days", COUNT),
        ("engagement_posts", COUNT),
        ("views_median", REAL),
        ("comment_like_ratio", REAL),
        ("posts_per_week", REAL),
        ("last_post_at", TIME),
        ("sponsored_share", REAL),
        ("sponsored_engagement_ratio", REAL),
        ("sponsored_posts", COUNT),
        *((name, REAL) for name in DISCLOSED),
        ("safety_posts", COUNT),
        *((name, pa.int8()) for name in SAFETY_COLUMNS.values()),
        ("follower_growth", REAL),
        ("authenticity", REAL),
        ("fee", REAL),
        ("fee_basis", TEXT),
        ("past_campaigns", COUNT),
        ("past_content_rating", REAL),
        ("past_engagement_ratio", REAL),
        ("past_conversion_rate", REAL),
        ("available_from", TIME),
        ("open_to", TEXTS),
        ("owner_id", TEXT),
        ("theme_count", COUNT),
        *TRUST_COLUMNS,
        *ENGAGEMENT_COLUMNS,
        *REACH_COLUMNS,
        *PRICE_COLUMNS,
        *AUTHENTICITY_COLUMNS,
        *AUDIENCE_COLUMNS,
        *CONTENT_COLUMNS,
    ]
)
"""One row per account known at the snapshot's time, sorted by (creator_id, account_id)."""

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
THEME_SCHEMA: pa.Schema = pa.schema([("post_id", TEXT), ("share", REAL)])
"""One row per theme: the post nearest to it, and its share of the account's posts; null for a theme from a bio."""

COLLABORATION_SCHEMA: pa.Schema = pa.schema(
    [("creator_id", TEXT), ("brand_id", TEXT), ("brand_name", TEXT), ("last_at", TIME)]
)
"""One row per creator and brand that are known to have worked together, sorted by (creator_id, brand_id)."""

EVIDENCE_SCHEMA: pa.Schema = pa.schema(
    [
        ("account_id", TEXT),
        ("group", TEXT),
        ("signal", TEXT),
        ("rank", pa.int8()),
        ("level", pa.int8()),
        ("value", TEXT),
        ("post_id", TEXT),
        ("posted_at", TIME),
        ("excerpt", TEXT),
        ("words", TEXTS),
    ]
)
"""The posts behind a signal, strongest first (``rank`` from 1), sorted by (account_id, group, signal, rank).

``signal``: a column of the snapshot; ``level``: place in ``SAFETY_LEVELS``, ``value``: what else was found, in words;
``excerpt``: at most 200 characters of the caption around the ``words`` that speak.
"""
