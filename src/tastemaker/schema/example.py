"""A brief with every field: for readers, for the demo and for the page's form."""

from __future__ import annotations

from datetime import UTC, datetime

from tastemaker.schema.brief import (
    AudienceThreshold,
    Brand,
    Brief,
    Filters,
    Money,
    Objective,
    Range,
    TargetAudience,
)
from tastemaker.schema.wish import Deliverable

EXAMPLE_BRIEF = Brief(
    brand=Brand(
        name="Northleaf Tea",
        description=(
            "Loose-leaf organic teas from small gardens, sold online. Calm, curious, a little nerdy about brewing. "
            "Our customers cook at home, read labels and care where things come from."
        ),
        category="food",
        values=("sustainability", "craft", "honesty"),
        voice="warm and knowledgeable",
        country="GB",
        competitors=("Harbour & Leaf",),
    ),
    objective=Objective.ENGAGEMENT,
    text="Slow mornings, home baking and tea rituals: creators who cook or brew on camera and answer their comments.",
    audience=TargetAudience(
        age_gender={"female.25-34": 0.35, "female.35-44": 0.25, "male.25-34": 0.2, "male.35-44": 0.2},
        country={"GB": 0.6, "IE": 0.1, "US": 0.3},
        interest={"food": 0.6, "sustainability": 0.2, "home": 0.2},
    ),
    markets=("GB", "IE", "US"),
    filters=Filters(
        platforms=("instagram", "tiktok", "youtube"),
        languages=("en",),
        followers=Range(min=5_000, max=100_000),
        max_fee=Money(amount=2_500, currency="USD"),
        min_engagement_rate=0.01,
        min_authenticity=0.5,
        audience=(AudienceThreshold(facet="country", key="GB", min_share=0.1),),
        competitor_window_days=180,
        active_within_days=60,
        compensation=("flat", "hybrid"),
    ),
    budget=Money(amount=12_000, currency="USD"),
    starts_at=datetime(2026, 10, 1, tzinfo=UTC),
    ends_at=datetime(2026, 10, 28, tzinfo=UTC),
    deliverables=(Deliverable(kind="reel", count=1), Deliverable(kind="story", count=2)),
    safety_floor={"arms": "none", "profanity": "low", "substances": "low"},
)
"""A full brief: what ``tastemaker brief --example`` prints and the demo asks."""
