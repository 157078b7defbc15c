"""Pair features of a brief and an account. Definitions: ``docs/features.md``."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from tastemaker.errors import FeatureError
from tastemaker.features.audience import COMMON_FACETS, facet_coverages, facet_overlaps, mean_known
from tastemaker.features.brief_view import BriefView
from tastemaker.features.content import content_similarity
from tastemaker.features.matches import (
    brand_history,
    category_match,
    country_match,
    days_between,
    language_match,
)
from tastemaker.features.packages import package_size
from tastemaker.features.snapshot import FeatureSnapshot
from tastemaker.schema import Brief, Money, Objective

OBJECTIVES: tuple[Objective, ...] = (
    Objective.AWARENESS,
    Objective.ENGAGEMENT,
    Objective.CONVERSION,
    Objective.CONTENT,
)
"""The code of an objective is its place here."""

CONFIDENCES: tuple[str, ...] = tuple(
    f"{group}_confidence" for group in ("size", "engagement", "audience", "authenticity", "price", "history")
)
"""How fresh and how well founded what is known of the creator is, 0 to 1 by group; an unknown group has none."""

COPIED: tuple[str, ...] = (
    "engagement_rate", "engagement_posts", "comment_like_ratio", "posts_per_week", "follower_growth", "authenticity",
    "verified", "past_campaigns", "past_content_rating", "past_engagement_ratio", "past_conversion_rate",
    "past_on_time", "engagement_by_followers_shrunk", "fee_expected", *CONFIDENCES,
)  # fmt: skip
"""Columns of the snapshot that are pair features as they are."""

PAIR_FEATURES: tuple[str, ...] = (
    "objective", "platform", "content_similarity", "audience_fit",
    *(f"audience_overlap_{facet}" for facet in COMMON_FACETS),
    "audience_coverage", "category_match", "country_match", "language_match", "log_followers", "log_views",
    "days_since_post", "following_ratio", "log_fee", "fee_to_budget", "worked_with_brand",
    "days_since_competitor", "log_budget", "deliverables", "package_size", *COPIED,
)  # fmt: skip


def pair_features(view: BriefView, snapshot: FeatureSnapshot, rows: np.ndarray, at: datetime) -> pd.DataFrame:
    """``len(rows)`` x ``PAIR_FEATURES``, all float64, NaN for unknown.

    A row's values never hang on which other rows are asked for.

    ``rows``: rows of ``snapshot.table``; ``at``: the moment of the decision, from which days are counted.
    Raises FeatureError when brief and snapshot were encoded by different encoders.
    """
    if view.encoder_id != snapshot.encoder_id:
        raise FeatureError(
            f"the brief was encoded by {view.encoder_id!r}, the snapshot of {snapshot.as_of:%Y-%m-%d} by"
            f" {snapshot.encoder_id!r}; encode the brief with the snapshot's encoder"
        )
    if at.tzinfo is None:
        raise FeatureError(f"at {at.isoformat()} has no time zone; give a UTC time")
    rows = np.asarray(rows, dtype=np.int64)
    now = np.datetime64(int(at.timestamp() * 1_000_000), "us")
    columns = {
        **_of_brief(view.brief, snapshot, len(rows)),
        **_of_audience(view, snapshot, rows),
        **_of_account(snapshot, rows, now),
        **_of_money(view.brief, snapshot, rows),
        "content_similarity": content_similarity(view.content, snapshot, rows),
        "category_match": category_match(view.brief, snapshot, rows),
        "country_match": country_match(view.brief, snapshot, rows),
        "language_match": language_match(view.brief, snapshot, rows),
        **brand_history(view.brief, snapshot, rows, now),
    }
    return pd.DataFrame(
        np.column_stack([columns[name] for name in PAIR_FEATURES]), columns=list(PAIR_FEATURES)
    )


def usd(money: Money | None, fx: dict[str, float]) -> float:
    """The amount in US dollars; NaN for no amount or a currency without a known rate."""
    return float("nan") if money is None else money.amount * fx.get(money.currency, float("nan"))


def brief_size(brief: Brief) -> float:
    """The work that the brief asks of one creator, in standard packages (one feed post is 1)."""
    return package_size((d.kind, d.count) for d in brief.deliverables)


def _of_brief(brief: Brief, snapshot: FeatureSnapshot, n: int) -> dict[str, np.ndarray]:
    return {
        "objective": np.full(n, float(OBJECTIVES.index(brief.objective))),
        "log_budget": np.full(n, np.log1p(usd(brief.budget, snapshot.fx))),
        "deliverables": np.full(n, float(sum(d.count for d in brief.deliverables))),
        "package_size": np.full(n, brief_size(brief)),
    }


def _of_audience(view: BriefView, snapshot: FeatureSnapshot, rows: np.ndarray) -> dict[str, np.ndarray]:
    audience = snapshot.audience[rows]
    overlaps = facet_overlaps(view.audience, audience)
    return {
        "audience_fit": mean_known(list(overlaps.values())),
        "audience_coverage": mean_known(list(facet_coverages(view.audience, audience).values())),
        **{f"audience_overlap_{facet}": overlap for facet, overlap in overlaps.items()},
    }


def _of_account(snapshot: FeatureSnapshot, rows: np.ndarray, now: np.datetime64) -> dict[str, np.ndarray]:
    followers = snapshot.column("followers")[rows]
    return {
        **{name: snapshot.column(name)[rows] for name in COPIED},
        "platform": snapshot.platform_code[rows],
        "log_followers": np.log1p(followers),
        "log_views": np.log1p(snapshot.column("views_median")[rows]),
        "following_ratio": snapshot.column("following")[rows] / np.where(followers > 0, followers, np.nan),
        "days_since_post": days_between(snapshot.column("last_post_at")[rows], now),
    }


def _of_money(brief: Brief, snapshot: FeatureSnapshot, rows: np.ndarray) -> dict[str, np.ndarray]:
    fee = snapshot.column("fee")[rows]
    budget = usd(brief.budget, snapshot.fx)
    asked = fee * brief_size(brief)
    return {"log_fee": np.log1p(fee), "fee_to_budget": asked / (budget if budget > 0 else np.nan)}
