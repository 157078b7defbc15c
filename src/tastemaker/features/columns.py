"""The columns of a snapshot's table. Meaning, unit and unknown rule of each: ``docs/features.md``."""

from __future__ import annotations

import pyarrow as pa

from tastemaker.schema import FACET_KEYS, SAFETY_CATEGORIES
from tastemaker.schema.tables import COUNT, FLAG, REAL, TEXT, TEXTS, TIME

JURISDICTIONS = ("us", "gb", "eu")
"""Whose rules of disclosure have columns; each is a jurisdiction of ``disclosure/rules.yaml``."""

DISCLOSED = tuple(f"disclosed_{code}{end}" for code in JURISDICTIONS for end in ("", "_low", "_high"))
"""Properly disclosed share of sponsored posts, with the bounds that posts without a verdict leave open."""

SAFETY_COLUMNS = {category: f"safety_{category}" for category in SAFETY_CATEGORIES}
"""Category of brand safety -> the column of its level (place in ``SAFETY_LEVELS``)."""

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
    ("posting_regularity", REAL),
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
        *AUDIENCE_COLUMNS,
        *CONTENT_COLUMNS,
    ]
)
"""One row per account known at the snapshot's time, sorted by (creator_id, account_id)."""

THEME_SCHEMA: pa.Schema = pa.schema([("post_id", TEXT), ("share", REAL)])
"""One row per theme: the post nearest to it, and its share of the account's posts; null for a theme from a bio."""

COLLABORATION_SCHEMA: pa.Schema = pa.schema(
    [("creator_id", TEXT), ("brand_id", TEXT), ("brand_name", TEXT), ("last_at", TIME)]
)
"""One row per creator and brand that are known to have worked together, sorted by (creator_id, brand_id)."""
