"""What the columns on engagement and reach are called where people read them."""

from __future__ import annotations

from tastemaker.features.columns import BASES
from tastemaker.features.label import Label, detail

_FEW = "too few rated posts in the year"
_OF = {"followers": "follower", "reach": "person reached", "impressions": "impression", "views": "view"}


def _rates(basis: str) -> dict[str, Label]:
    name, rate = f"engagement_by_{basis}", f"Engagements per {_OF[basis]}"
    none = f"no post whose engagements and {basis} are known"
    return {
        name: Label(f"{rate}, median post", "share", none),
        f"{name}_spread": detail(f"{rate}: spread between posts (log)", "number", _FEW),
        f"{name}_posts": detail(f"{rate}: posts behind it", "count", "no post"),
        f"{name}_days": detail(f"{rate}: looked back on", "days", none),
        f"{name}_shrunk": Label(f"{rate}, weighed against peers", "share", f"{none}, or no peers"),
        f"{name}_error": detail(f"{rate}: error of the weighed one (log)", "number", f"{none}, or no peers"),
        f"{name}_percentile": detail(
            f"{rate}: expected share of peers below", "share", f"{none}, or no peers"
        ),
    }


ENGAGEMENT_LABELS: dict[str, Label] = {
    **{name: label for basis in BASES for name, label in _rates(basis).items()},
    "engagement_trend": Label("Trend of engagement a month (log)", "number", _FEW),
    "engagement_trend_error": detail("Error of the trend (log)", "number", _FEW),
    "engagement_weekday": Label("Weekday whose posts do best (0 is Monday)", "number", "weekdays do not differ", False),
    "engagement_weekday_lift": Label("How much more they do", "change", _FEW, False),
    "engagement_consistency": Label("Posts that do half to twice the usual", "share", _FEW),
    "posting_gap_days": Label("Median time between posts", "days", "fewer than five posts in the year"),
    "posting_regularity": Label("Regularity of posting", "share", "fewer than five posts in the year"),
    "reach_reported": Label("Reported reach of a post", "count", "no post reports its reach"),
    "reach_posts": detail("Posts that report their reach", "count", "no post"),
    "reach_estimate": Label("Reach of a post", "count", "not reported, and no peers report it"),
    "reach_low": Label("At least, nine times in ten", "count", "no estimate", False),
    "reach_high": Label("At most, nine times in ten", "count", "no estimate", False),
    "reach_basis": Label("Reach known from", "text", "no estimate", False),
}  # fmt: skip
"""Column -> label."""
