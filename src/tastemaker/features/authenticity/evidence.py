"""The kinds of evidence of bought or traded attention: what is measured, against whom, and which way is odd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

By = Literal["size", "language", "all"]


@dataclass(frozen=True)
class Evidence:
    """One measure of an account, a column of the snapshot; ``odd_<name>`` beside it is its standing among peers.

    ``log``: compared by its logarithm, floored at ``floor``. ``bins``: bins of a unit in the peers' histogram.
    ``least_spread``: peers are never taken to be closer than this (in logarithms where ``log``). ``by``: peers are
    accounts of a platform, niche and size; or of a language; for ``all`` the value is divided by ``least_spread``.
    ``odd``: the directions that speak against an account, +1 above its peers, -1 below. ``count`` names the column of
    the pieces that it stands on, ``enough`` of which make a standing count one half. ``exposure`` names the column of
    the events that it is a ratio to (comments to likes), so that chance is reckoned with; peers count from
    :data:`MIN_EXPOSURE` up.
    """

    name: str
    odd: tuple[int, ...]
    least_spread: float
    log: bool = False
    bins: int = 50
    floor: float = 1e-5
    by: By = "size"
    count: str | None = None
    enough: float = 0.0
    exposure: str | None = None

    @property
    def standing(self) -> str:
        return f"odd_{self.name}"


READINGS, POSTS, LIKES, PAID, COMMENTS = (
    "authenticity_readings",
    "authenticity_posts",
    "authenticity_likes",
    "authenticity_paid_posts",
    "authenticity_comments",
)
"""Columns of counts: readings of followers, unpaid posts with likes, these likes, paid posts, comments with text."""

MIN_EXPOSURE = 1_000

EVIDENCE: tuple[Evidence, ...] = (
    Evidence("growth_spike", (1,), 0.08),
    Evidence("growth_fall", (1,), 0.05),
    Evidence("growth_shift", (1,), 0.005, bins=500),
    Evidence("following_swing", (1,), 0.10),
    Evidence("following_ratio", (1,), 0.25, log=True, bins=20),
    Evidence("response", (1, -1), 0.25, log=True, bins=20, count=POSTS, enough=1.0),
    Evidence("reported_response", (1, -1), 0.25, log=True, bins=20),
    Evidence("hollow_growth", (1,), 0.06, count=POSTS, enough=3.0),
    Evidence("reported_fall", (1,), 0.05, bins=100),
    Evidence("evenness", (-1,), 0.08, count=POSTS, enough=3.0),
    Evidence("comment_ratio", (1, -1), 0.12, log=True, bins=20, exposure=LIKES),
    Evidence("comment_unevenness", (1,), 0.25, bins=20, count=POSTS, enough=3.0),
    Evidence("view_unevenness", (1,), 0.05, count=POSTS, enough=3.0),
    Evidence("paid_gap", (1,), 0.25, log=True, bins=20, floor=1e-3, count=PAID, enough=1.0),
    Evidence("paid_comment_gap", (1, -1), 0.25, log=True, bins=20, floor=1e-3, count=PAID, enough=1.0),
    Evidence("comment_repetition", (1,), 0.10, count=COMMENTS, enough=5.0),
    Evidence("comment_shortness", (1,), 0.10, count=COMMENTS, enough=5.0),
    Evidence("comment_regulars", (1,), 0.05, count=COMMENTS, enough=5.0),
    Evidence("comment_delay", (-1,), 0.25, log=True, bins=20, floor=1e-2, count=COMMENTS, enough=5.0),
    Evidence("audience_language", (-1,), 0.05, by="language"),
    Evidence("audience_abroad", (1,), 0.05, by="all"),
    Evidence("audience_credibility", (-1,), 0.05),
)
"""In the order of their columns."""

NAMES = tuple(e.name for e in EVIDENCE)

CORE = ("growth_spike", "response", "comment_ratio", "comment_repetition")
"""Without any of these there is no probability."""

FLAT: tuple[tuple[str, int], ...] = tuple((e.name, way) for e in EVIDENCE for way in e.odd)
"""Evidence and direction of each term of the model."""
