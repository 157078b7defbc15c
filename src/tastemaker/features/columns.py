"""The columns of a snapshot's table. Meaning, unit and unknown rule of each: ``docs/features.md``."""

from __future__ import annotations

import pyarrow as pa

from tastemaker.schema import SAFETY_CATEGORIES
from tastemaker.schema.tables import COUNT, FLAG, REAL, TEXT, TEXTS, TIME

JURISDICTIONS = ("us", "gb", "eu")
"""Whose rules of disclosure have columns; each is a jurisdiction of ``disclosure/rules.yaml``."""

DISCLOSED = tuple(f"disclosed_{code}{end}" for code in JURISDICTIONS for end in ("", "_low", "_high"))
"""Properly disclosed share of sponsored posts, with the bounds that posts without a verdict leave open."""

SAFETY_COLUMNS = {category: f"safety_{category}" for category in SAFETY_CATEGORIES}
"""Category of brand safety -> the column of its level (place in ``SAFETY_LEVELS``)."""

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

SIZE_COLUMNS = (("size_as_of", TIME), ("size_confidence", REAL))

PRICE_COLUMNS = (
    *((f"fee_{name}", REAL) for name in ("low", "expected", "high", "story", "reel", "video", "blog")),
    ("fee_standing", REAL),
    ("fee_far", FLAG),
    ("cost_per_engagement", REAL),
    ("price_as_of", TIME),
    ("price_confidence", REAL),
)

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
        *ENGAGEMENT_COLUMNS,
        *REACH_COLUMNS,
        *SIZE_COLUMNS,
        *PRICE_COLUMNS,
    ]
)
"""One row per account known at the snapshot's time, sorted by (creator_id, account_id)."""

COLLABORATION_SCHEMA: pa.Schema = pa.schema(
    [("creator_id", TEXT), ("brand_id", TEXT), ("brand_name", TEXT), ("last_at", TIME)]
)
"""One row per creator and brand that are known to have worked together, sorted by (creator_id, brand_id)."""
