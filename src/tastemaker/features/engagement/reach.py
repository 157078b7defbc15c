"""How many people a post reaches: as reported, else as peers' reach per view or per follower lets one expect.

What is expected by size and niche is the prior; the account's views (by the peers' reach per view) and the reach that
it reports are evidence, each weighed by how much it can tell.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from tastemaker.features.engagement.readings import log_ratio
from tastemaker.features.engagement.shrinkage import median_variance, post_spread
from tastemaker.features.engagement.usual import Norms
from tastemaker.features.snapshot import to_numpy

EIGHTY = 1.2815515655446004
"""80 % of a normal distribution lie within so many standard deviations."""

REACH_BASES = ("reported", "views", "followers")
MIN_ALONE = 3
"""Without peers, reported reach needs so many posts (and a spread of their own) to give an interval."""


def estimated_reach(rows: pa.Table, norms: Norms) -> dict[str, np.ndarray]:
    """``estimate``, ``low``, ``high`` (people, of one post, 80 % interval) and ``basis`` (place in REACH_BASES); NaN.

    ``rows``: statistics rows, with the levels of reach, views and their ratios.
    """
    followers = to_numpy(rows.column("followers"))
    usual, between, within = norms.expect(rows, "reach_per_follower")
    mean, variance = usual + log_ratio(followers, np.ones_like(followers)), between**2
    views, views_variance, _ = _seen(rows, "views", within)
    per_view, ratio_between, _ = norms.expect(rows, "reach_per_view")
    by_views = ~np.isnan(views + per_view)
    mean, variance = _joined(mean, variance, views + per_view, views_variance + ratio_between**2)
    reported, reported_variance, spread = _seen(rows, "reach", within)
    mean, variance = _joined(mean, variance, reported, reported_variance)
    by_report = ~np.isnan(reported)
    reach = EIGHTY * np.sqrt(variance + spread**2)
    basis = np.where(by_report, 0.0, np.where(by_views, 1.0, 2.0))
    known = ~np.isnan(mean + reach)
    found = {
        "estimate": np.exp(mean),
        "low": np.exp(mean - reach),
        "high": np.exp(mean + reach),
        "basis": basis,
    }
    return {name: np.where(known, values, np.nan) for name, values in found.items()}


def _seen(rows: pa.Table, measure: str, within: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(log median, its variance, spread of a post) of a measure; where no peers say what is usual, own spread alone."""
    log, own, posts = (to_numpy(rows.column(f"{measure}_{n}")) for n in ("log", "spread", "posts"))
    alone = np.where(posts >= MIN_ALONE, own, np.nan)
    spread = np.where(np.isnan(within), alone, post_spread(own, posts, within))
    log = np.where(np.isnan(spread), np.nan, log)
    return log, median_variance(spread, posts), spread


def _joined(
    mean: np.ndarray, variance: np.ndarray, other: np.ndarray, other_variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Two independent estimates weighed by their precision; where one is unknown, the other."""
    parts = []
    for value, spread in ((mean, variance), (other, other_variance)):
        known = ~np.isnan(value + spread) & np.isfinite(spread)
        parts.append((np.where(known, value, 0.0), np.where(known, 1.0 / np.where(known, spread, 1.0), 0.0)))
    (a, p), (b, q) = parts
    total = p + q
    some = np.where(total > 0, total, np.nan)
    return (a * p + b * q) / some, 1.0 / some
