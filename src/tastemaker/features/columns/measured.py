"""Columns that are worked out of figures: engagement, reach, price, authenticity and audience."""

from __future__ import annotations

import pyarrow as pa

from tastemaker.features.authenticity.evidence import COMMENTS, EVIDENCE, LIKES, PAID, POSTS, READINGS
from tastemaker.schema import FACET_KEYS
from tastemaker.schema.tables import COUNT, FLAG, REAL, TEXT, TIME

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
