"""The columns of a snapshot's table. Meaning, unit and unknown rule of each: ``docs/features.md``."""

from __future__ import annotations

import pyarrow as pa

from tastemaker.features.authenticity.evidence import COMMENTS, EVIDENCE, LIKES, PAID, POSTS, READINGS
from tastemaker.schema import SAFETY_CATEGORIES
from tastemaker.schema.tables import COUNT, FLAG, REAL, TEXT, TEXTS, TIME

JURISDICTIONS = ("us", "gb", "eu")
"""Whose rules of disclosure have columns; each is a jurisdiction of ``disclosure/rules.yaml``."""

DISCLOSED = tuple(f"disclosed_{code}{end}" for code in JURISDICTIONS for end in ("", "_low", "_high"))
"""Properly disclosed share of sponsored posts, with the bounds that posts without a verdict leave open."""

SAFETY_COLUMNS = {category: f"safety_{category}" for category in SAFETY_CATEGORIES}
"""Category of brand safety -> the column of its level (place in ``SAFETY_LEVELS``)."""

AUTHENTICITY_COLUMNS: tuple[tuple[str, pa.DataType], ...] = (
    ("authenticity_as_of", TIME),
    ("authenticity_confidence", REAL),
    *((name, COUNT) for name in (READINGS, POSTS, LIKES, PAID, COMMENTS)),
    ("growth_spike_at", TIME),
    *((name, REAL) for e in EVIDENCE for name in (e.name, e.standing)),
)
"""The evidence behind ``authenticity``: counts of what was read, each value and its standing among peers."""

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
        *AUTHENTICITY_COLUMNS,
    ]
)
"""One row per account known at the snapshot's time, sorted by (creator_id, account_id)."""

COLLABORATION_SCHEMA: pa.Schema = pa.schema(
    [("creator_id", TEXT), ("brand_id", TEXT), ("brand_name", TEXT), ("last_at", TIME)]
)
"""One row per creator and brand that are known to have worked together, sorted by (creator_id, brand_id)."""
