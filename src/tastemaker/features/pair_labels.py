"""What each pair feature means, in one line for people: model cards say it. Definitions: ``docs/features.md``."""

from __future__ import annotations

from tastemaker.features.label import Label
from tastemaker.features.labels import FACET_LABELS, GROUP_LABELS, LABELS
from tastemaker.features.pairs import CONFIDENCES, COPIED

_OVERLAP = "overlap of the audience with the target"
_OWN: dict[str, str] = {
    "objective": "code of the brief's objective",
    "platform": "code of the account's platform",
    "content_similarity": "greatest cosine of the brief's text with a theme of the account",
    "audience_fit": f"mean {_OVERLAP}, over the facets known of both",
    **{f"audience_overlap_{facet}": f"{_OVERLAP}: {said.lower()}" for facet, said in FACET_LABELS.items()},
    "audience_coverage": "share of the audience that the target names, mean over facets",
    "category_match": "the account's category is the brand's",
    "country_match": "the creator's country is one that the brief is after",
    "language_match": "a language of the creator is one that the brief is after",
    "log_followers": "logarithm of the followers",
    "log_views": "logarithm of the median views of a post",
    "days_since_post": "days from the latest post to the decision",
    "following_ratio": "accounts followed per follower",
    "log_fee": "logarithm of the fee of a feed post, in US dollars",
    "fee_to_budget": "fee of the work asked against the budget",
    "worked_with_brand": "known work for the brand",
    "days_since_competitor": "days since the last known work for a competitor that the brief names",
    "log_budget": "logarithm of the budget in US dollars",
    "deliverables": "deliverables asked of a creator",
    "package_size": "work asked of a creator, in feed posts",
}
_CONFIDENCE = "_confidence"


def _copied(name: str) -> str:
    label: Label = LABELS[name]
    return f"{label.name[0].lower()}{label.name[1:]}"


PAIR_MEANINGS: dict[str, str] = {
    **_OWN,
    **{name: _copied(name) for name in COPIED if name in LABELS},
    **{
        name: f"how fresh and how well founded is what is known: {GROUP_LABELS[name.removesuffix(_CONFIDENCE)].lower()}"
        for name in CONFIDENCES
    },
    "verified": "the platform's mark",
}
"""Pair feature -> its meaning. A new feature needs a row (a test demands it)."""
