"""The tables of a snapshot: its accounts, their themes, whom they worked for and the posts behind their signals."""

from __future__ import annotations

import pyarrow as pa

from tastemaker.features.columns.measured import (
    AUDIENCE_COLUMNS,
    AUTHENTICITY_COLUMNS,
    ENGAGEMENT_COLUMNS,
    PRICE_COLUMNS,
    REACH_COLUMNS,
)
from tastemaker.features.columns.said import CONTENT_COLUMNS, DISCLOSED, SAFETY_COLUMNS
from tastemaker.schema.tables import COUNT, FLAG, REAL, TEXT, TEXTS, TIME

TRUSTED = ("size", "sponsorship", "safety", "history")
"""Groups of fields that say how old they are and how far they can be trusted."""

TRUST_COLUMNS = tuple(
    column for group in TRUSTED for column in ((f"{group}_as_of", TIME), (f"{group}_confidence", REAL))
)
"""Of a group: the latest observation that it stands on, and ``features.confidence`` of it; null where it is unknown."""

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
