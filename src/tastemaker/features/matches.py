"""Yes-or-no pair features (category, country, language) and what brand and creator have behind them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tastemaker.features.snapshot import FeatureSnapshot
from tastemaker.schema import Brief

DAY_US = 86_400_000_000


def category_match(brief: Brief, snapshot: FeatureSnapshot, rows: np.ndarray) -> np.ndarray:
    """1 where the account's category is the brand's, 0 where it is another, NaN where either is unknown."""
    wanted = (brief.brand.category or "").strip().casefold()
    return (
        np.full(len(rows), np.nan) if not wanted else snapshot.matches("category", frozenset((wanted,)))[rows]
    )


def country_match(brief: Brief, snapshot: FeatureSnapshot, rows: np.ndarray) -> np.ndarray:
    """1 where the creator's country is among the markets, else the audience's, else the brand's own."""
    home = (brief.brand.country,) if brief.brand.country else ()
    wanted = brief.markets or _named(brief.audience.country) or home
    return snapshot.matches("country", _folded(wanted))[rows] if wanted else np.full(len(rows), np.nan)


def language_match(brief: Brief, snapshot: FeatureSnapshot, rows: np.ndarray) -> np.ndarray:
    """1 where the creator speaks a language that the brief's filters or target audience name."""
    wanted = (*brief.filters.languages, *_named(brief.audience.language))
    return snapshot.matches("languages", _folded(wanted))[rows] if wanted else np.full(len(rows), np.nan)


def brand_history(
    brief: Brief, snapshot: FeatureSnapshot, rows: np.ndarray, now: np.datetime64
) -> dict[str, np.ndarray]:
    """``worked_with_brand`` (1 known work, 0 none known) and ``days_since_competitor`` (NaN none known)."""
    own = (brief.brand.brand_id or "", brief.brand.name)
    last_own = last_work(snapshot, own)[snapshot.creator_code[rows]]
    last_rival = last_work(snapshot, brief.brand.competitors)[snapshot.creator_code[rows]]
    days = days_between(last_rival, now)
    return {"worked_with_brand": (~np.isnat(last_own)).astype(np.float64), "days_since_competitor": days}


def last_work(snapshot: FeatureSnapshot, brands: Iterable[str]) -> np.ndarray:
    """datetime64[us] by creator code: the last known work for one of ``brands`` (ids or names), else NaT."""
    last = np.full(snapshot.creator_code.max(initial=-1) + 1, np.datetime64("NaT", "us"))
    found = [
        snapshot.brands[key]
        for brand in brands
        for key in {brand, brand.strip().casefold()}
        if key in snapshot.brands
    ]
    if not found:
        return last
    positions = np.unique(np.concatenate(found))
    positions = positions[snapshot.collaboration_code[positions] >= 0]
    # fmax, unlike maximum, takes the known time where the other is NaT.
    np.fmax.at(last, snapshot.collaboration_code[positions], snapshot.collaboration_at[positions])
    return last


def days_between(then: np.ndarray, now: np.datetime64) -> np.ndarray:
    """Days from ``then`` (datetime64[us]) to ``now`` (float64), at least 0, NaN where ``then`` is NaT."""
    elapsed = (now - then).astype("timedelta64[us]").astype(np.float64)
    return np.where(np.isnat(then), np.nan, np.maximum(elapsed, 0.0) / DAY_US)


def _named(shares: dict[str, float]) -> tuple[str, ...]:
    return tuple(key for key, share in shares.items() if share > 0 and key != "other")


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.strip().casefold() for name in names)
