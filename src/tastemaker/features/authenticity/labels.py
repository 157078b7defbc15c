"""What the columns on authenticity are called where people read them."""

from __future__ import annotations

from tastemaker.features.authenticity.evidence import COMMENTS, EVIDENCE, LIKES, PAID, POSTS, READINGS
from tastemaker.features.label import Label, Unit, detail

_FEW_READINGS = "too few readings of its followers in the year"
_FEW_POSTS = "too few unpaid posts with likes in the year"
_FEW_PAID = "no paid and unpaid posts with likes to compare"
_FEW_COMMENTS = "too few comments with text in the year"
_FEW_REPORTED = "the source reported too few engagement rates in the two years"
_NO_REPORT = "no report of its audience"

_NAMED: dict[str, tuple[str, Unit, str]] = {
    "growth_spike": ("Largest jump of followers in 30 days (log)", "number", _FEW_READINGS),
    "growth_fall": ("Largest fall of followers in 30 days (log)", "number", _FEW_READINGS),
    "growth_shift": ("Lasting change in the pace of growth a month (log)", "number", _FEW_READINGS),
    "following_swing": ("Largest fall of accounts followed (log)", "number", _FEW_READINGS),
    "following_ratio": ("Follows per follower", "ratio", "one of the two was never read"),
    "response": ("Engagements per follower", "ratio", _FEW_POSTS),
    "reported_response": (
        "Engagement rate that the source reports",
        "share",
        "the source does not report one",
    ),
    "hollow_growth": ("Growth that brought no engagement", "number", _FEW_POSTS),
    "reported_fall": (
        "Fall of the reported engagement rate while followers grew (log)",
        "number",
        _FEW_REPORTED,
    ),
    "evenness": ("Spread of likes and comments between posts (log)", "number", _FEW_POSTS),
    "comment_ratio": ("Comments per like of unpaid posts", "ratio", _FEW_POSTS),
    "comment_unevenness": (
        "Comments per like differ between posts beyond chance (log)",
        "number",
        _FEW_POSTS,
    ),
    "view_unevenness": ("Spread of likes per view between posts (log)", "number", _FEW_POSTS),
    "paid_gap": ("Engagement of unpaid against paid posts", "ratio", _FEW_PAID),
    "paid_comment_gap": ("Comments on unpaid against paid posts", "ratio", _FEW_PAID),
    "comment_repetition": ("Comments that repeat each other", "share", _FEW_COMMENTS),
    "comment_shortness": ("Comments of few words", "share", _FEW_COMMENTS),
    "comment_regulars": ("Comments by the same few authors", "share", _FEW_COMMENTS),
    "comment_delay": ("Median hours from a post to its comments", "number", _FEW_COMMENTS),
    "audience_language": ("Audience that speaks its languages", "share", _NO_REPORT),
    "audience_abroad": ("Audience where audiences of its language seldom are", "share", _NO_REPORT),
    "audience_credibility": ("Credibility of the audience, as reported", "share", _NO_REPORT),
}

AUTHENTICITY_LABELS: dict[str, Label] = {
    READINGS: detail("Readings of followers", "count", "never"),
    POSTS: detail("Unpaid posts with likes", "count", "never"),
    LIKES: detail("Likes on unpaid posts", "count", "never"),
    PAID: detail("Paid posts with likes", "count", "never"),
    COMMENTS: detail("Comments with text", "count", "never"),
    **{
        name: label
        for evidence in EVIDENCE
        for said, unit, unknown in (_NAMED[evidence.name],)
        for name, label in (
            (evidence.name, detail(said, unit, unknown, True)),
            (
                evidence.standing,
                detail(f"{said}: against peers, in spreads", "number", unknown),
            ),
        )
    },
    "growth_spike_at": detail("When followers jumped most", "time", _FEW_READINGS),
}
"""Column -> label. All of it is detail: the reasons say in words what it comes to."""
