from __future__ import annotations

from typing import Any

from tastemaker.explanation import reason
from tastemaker.schema import Candidate, Contribution, Interval

FACTS: dict[str, Any] = {
    "rank": 1, "creator_id": "c1", "account_id": "a1", "handle": "inkwell.fen",
    "display_name": None, "platform": "instagram", "country": "GB", "followers": 20_000, "score": 1.0,
    "audience_fit": 0.8, "content_fit": 0.6,
    "engagement_rate": 0.04, "authenticity": 0.9, "p_accept": 0.7,
    "forecast": Interval(low=500, median=900, high=1500), "fee": Interval(low=200, median=300, high=450),
    "source": "content",
}  # fmt: skip


def candidate(**changes: object) -> Candidate:
    return Candidate.model_validate({**FACTS, **changes})


def test_strongest_contribution_comes_first() -> None:
    lifted = candidate(
        features=(
            Contribution(feature="engagement_rate", value=0.04, contribution=0.9),
            Contribution(feature="audience_fit", value=0.8, contribution=0.2),
        )
    )
    text = reason(lifted, "engagements")
    assert text.startswith("4.0% engagement; audience overlaps the target by 80%")


def test_what_lowered_the_score_is_not_praised_first() -> None:
    lowered = candidate(features=(Contribution(feature="engagement_rate", value=0.04, contribution=-0.9),))
    assert reason(lowered, "engagements").startswith("Content very close")


def test_a_poor_fit_is_never_praised() -> None:
    """A contribution can be positive because others fit worse; the words must still be true."""
    poor = candidate(
        content_fit=0.1,
        audience_fit=0.2,
        features=(Contribution(feature="audience_fit", value=0.2, contribution=0.5),),
    )
    text = reason(poor, "engagements")
    assert "overlap" not in text
    assert "close" not in text


def test_price_speaks_of_the_kpi_and_the_fee() -> None:
    cheap = candidate(features=(Contribution(feature="log_fee", value=5.7, contribution=1.0),))
    assert reason(cheap, "content_rating").startswith("About 900 content rating for $300")


def test_nothing_known_still_says_something_true() -> None:
    unknown = candidate(
        content_fit=None,
        audience_fit=None,
        engagement_rate=None,
        authenticity=None,
        p_accept=None,
        forecast=None,
        fee=None,
    )
    assert reason(unknown, "reach") == "The closest match among those who pass the filters"


def test_own_results_are_told_as_a_part_of_the_value() -> None:
    proven = candidate(features=(Contribution(feature="own_results", value=None, contribution=0.25),))
    assert reason(proven, "reach").startswith(
        "Past results 28% more for the money than expected of one like them"
    )
    worse = candidate(features=(Contribution(feature="own_results", value=None, contribution=-0.25),))
    assert "ast results" not in reason(worse, "reach")
