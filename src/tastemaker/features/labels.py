"""What the columns of a snapshot are called where people read them: name, unit, and why one may be unknown.

A new column needs a row in :data:`LABELS` (a test demands it) and shows up on every card by it.
"""

from __future__ import annotations

from tastemaker.features.authenticity.labels import AUTHENTICITY_LABELS
from tastemaker.features.columns import JURISDICTIONS, SAFETY_COLUMNS
from tastemaker.features.content.labels import CONTENT_LABELS
from tastemaker.features.engagement.labels import ENGAGEMENT_LABELS
from tastemaker.features.label import Label, detail
from tastemaker.features.price.labels import PRICE_LABELS
from tastemaker.schema import SAFETY_CATEGORIES

GROUP_LABELS: dict[str, str] = {
    "size": "Size",
    "engagement": "Engagement",
    "reach": "Reach",
    "audience": "Audience",
    "authenticity": "Authenticity",
    "sponsorship": "Paid work and its disclosure",
    "safety": "Brand safety",
    "content": "Content",
    "price": "Price",
    "history": "Past campaigns",
}
"""Group of ``columns.FIELD_GROUPS`` -> its heading, in the order of a card."""

FACET_LABELS: dict[str, str] = {
    "age_gender": "Age and gender",
    "country": "Countries",
    "language": "Languages",
    "interest": "Interests",
}
"""Facet of an audience -> what it is called."""

_UNREAD = "no caption of the year could be read"
_NO_VERDICT = "no sponsored post of the year with a verdict"
_NO_PAID = "no sponsored post in the year"
_JURISDICTION = {"us": "US", "gb": "UK", "eu": "EU"}


def _disclosure(code: str) -> dict[str, Label]:
    where = f"rules of the {_JURISDICTION[code]}"
    return {
        f"disclosed_{code}": Label(f"Properly disclosed ({where})", "share", _NO_VERDICT),
        f"disclosed_{code}_low": detail(f"Properly disclosed, at least ({where})", "share", _NO_PAID),
        f"disclosed_{code}_high": detail(f"Properly disclosed, at most ({where})", "share", _NO_PAID),
    }


LABELS: dict[str, Label] = {
    "followers": Label("Followers", "count", "its size was never read"),
    "following": Label("Follows", "count", "the source does not say"),
    "follower_growth": Label("Growth in 90 days", "change", "fewer than two readings 30 days apart"),
    "engagement_rate": Label("Engagement rate", "share", "no followers, or no post with likes or comments"),
    "engagement_basis": detail("Engagement is a share of", "text", "no engagement rate"),
    "engagement_window_days": detail("Rate looks back on", "days", "no engagement rate, or the source does not say"),
    "engagement_posts": Label("Posts behind the rate", "count", "no post", False),
    "views_median": Label("Median views of a post", "count", "no views were read"),
    "comment_like_ratio": Label("Comments per like", "ratio", "no likes were read in the year"),
    "posts_per_week": Label("Posts", "per week", "no post was ever seen"),
    "last_post_at": Label("Latest post", "time", "no post was ever seen", False),
    **ENGAGEMENT_LABELS,
    "authenticity": Label("Audience and engagement are real", "share", "none of its kinds of evidence is known"),
    **AUTHENTICITY_LABELS,
    "sponsored_share": Label("Sponsored share of posts", "share", _UNREAD),
    "sponsored_engagement_ratio": Label(
        "Engagement of sponsored posts against the others", "ratio", "one of the two kinds has no rated post"
    ),
    "sponsored_posts": Label("Sponsored posts", "count", _UNREAD, False),
    **{name: label for code in JURISDICTIONS for name, label in _disclosure(code).items()},
    "safety_posts": Label("Posts that could be judged", "count", "no post", False),
    **{
        column: Label(said[:1].upper() + said[1:], "level", _UNREAD, False)
        for column, said in zip(SAFETY_COLUMNS.values(), SAFETY_CATEGORIES.values(), strict=True)
    },
    "theme_count": detail("Themes", "count", "nothing was ever posted or said"),
    **CONTENT_LABELS,
    **{
        f"audience_sample_{facet}": detail(
            f"People asked ({said.lower()})", "count", "no report, or it does not say"
        )
        for facet, said in FACET_LABELS.items()
    },
    "fee": Label("Fee of a feed post", "dollars", "no quote of its own, and too few of its peers"),
    "fee_basis": Label("Fee known from", "text", "no fee", False),
    **PRICE_LABELS,
    "past_campaigns": Label("Campaigns with a known outcome", "count", "none known", False),
    "past_content_rating": Label("Rating of delivered content", "number", "no rating known"),
    "past_engagement_ratio": Label("Engagements per person reached", "share", "no outcome with its reach known"),
    "past_on_time": Label("Deliverables on time", "share", "not known of any"),
    "past_conversion_rate": Label("Conversions per person reached", "share", "conversions were never measured"),
}  # fmt: skip
"""Column -> label; the age and the confidence of a group need none."""
