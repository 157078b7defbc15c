"""How an account's engagement moves and how steady it is: trend, weekdays, consistency, cadence; all over a year."""

from __future__ import annotations

import numpy as np

from tastemaker.features.engagement.grouped import latest, medians, quantiles, sizes, sums
from tastemaker.features.engagement.readings import Posts

MONTH = 30.0
MIN_TREND_POSTS = 6
MIN_TREND_DAYS = 60.0
MIN_WEEKDAY_POSTS = 28
MIN_POSTS_A_DAY = 4
MIN_CONSISTENCY_POSTS = 4
MIN_GAPS = 4

HUBER = 1.345
ROUNDS, SCALED = 8, 3
LEAST_SCALE = 0.05
MAD = 1.4826
# 95 % points of the chi-square distribution with 1 to 6 degrees of freedom.
_CHI95 = np.array([np.inf, 3.841, 5.991, 7.815, 9.488, 11.070, 12.592])


def rhythm(posts: Posts) -> dict[str, np.ndarray]:
    """Per account (n,), NaN unknown: ``trend`` (change of ln(rate) in 30 days), ``trend_reach`` (months; the error of
    the trend is the posts' spread over it), ``weekday_best`` (0 Monday to 6), ``weekday_lift``, ``consistency``,
    ``gap_days``, ``regularity``.
    """
    log = posts.log_rate("then")
    trend, reach, left = slopes(posts.day / MONTH, log, posts.place, posts.rows)
    best, lift = weekdays(posts.day, left, posts.place, posts.rows)
    gap, regularity = cadence(posts.day, posts.place, posts.rows)
    return {
        "trend": trend,
        "trend_reach": reach,
        "weekday_best": best,
        "weekday_lift": lift,
        "consistency": consistency(log, posts.place, posts.rows),
        "gap_days": gap,
        "regularity": regularity,
    }


def slopes(
    x: np.ndarray, y: np.ndarray, group: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(slope, reach) by group and (n,) what the line leaves of ``y``: Huber's estimate, so that a hit turns no trend.

    ``x`` in months; ``reach``: square root of the sum of squared distances of x from its mean. NaN with fewer than 6
    known points or less than 60 days between the first and the last.
    """
    known = ~np.isnan(y)
    count = sizes(known, group, groups)
    at = np.where(known, x, np.nan)
    span = latest(at, group, groups) + latest(-at, group, groups)
    fits = (count >= MIN_TREND_POSTS) & (span >= MIN_TREND_DAYS / MONTH)
    use = known & fits[group]
    g, u, v = group[use], x[use], y[use]
    weight = np.ones(len(u))
    slope, rest = np.zeros(groups), v
    scale = np.ones(groups)
    for turn in range(ROUNDS):
        total = np.maximum(sums(weight, g, groups), 1e-12)
        mx, my = sums(weight * u, g, groups) / total, sums(weight * v, g, groups) / total
        across = sums(weight * (u - mx[g]) ** 2, g, groups)
        slope = sums(weight * (u - mx[g]) * (v - my[g]), g, groups) / np.maximum(across, 1e-12)
        rest = v - my[g] - slope[g] * (u - mx[g])
        if turn < SCALED:
            scale = np.maximum(MAD * np.nan_to_num(medians(np.abs(rest), g, groups)), LEAST_SCALE)
        weight = np.minimum(1.0, HUBER * scale[g] / np.maximum(np.abs(rest), 1e-12))
    mean = sums(u, g, groups) / np.maximum(count, 1)
    reach = np.sqrt(sums((u - mean[g]) ** 2, g, groups))
    left = np.full(len(y), np.nan)
    left[use] = rest
    return np.where(fits, slope, np.nan), np.where(fits, reach, np.nan), left


def weekdays(
    day: np.ndarray, left: np.ndarray, group: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """(best weekday, lift) by group: how much better the best day's posts do, shrunk by how few they are.

    ``day``: days since 1970 (UTC); ``left``: log rates with the trend taken out. Known with 28 posts, and 4 on each of
    two weekdays. A lift of 0 without a best day: the days differ no more than chance lets them (chi-square, 5 %).
    """
    known = ~np.isnan(left)
    scale = np.maximum(MAD * np.nan_to_num(medians(np.abs(left), group, groups)), LEAST_SCALE)
    clipped = np.clip(np.where(known, left, 0.0), -3 * scale[group], 3 * scale[group])
    cell = group * 7 + (np.floor(day).astype(np.int64) + 3) % 7
    n = sizes(known, cell, groups * 7).reshape(-1, 7).astype(np.float64)
    mean = sums(np.where(known, clipped, 0.0), cell, groups * 7).reshape(-1, 7) / np.maximum(n, 1)
    counts = n >= MIN_POSTS_A_DAY
    n = np.where(counts, n, 0.0)
    total = np.maximum(n.sum(axis=1), 1)
    mean = np.where(counts, mean - ((n * mean).sum(axis=1) / total)[:, None], 0.0)
    days = counts.sum(axis=1)
    noise = scale[:, None] ** 2 / np.maximum(n, 1)
    differ = (n * mean**2).sum(axis=1) / scale**2 > _CHI95[np.clip(days - 1, 0, 6)]
    spread = np.where(counts, mean**2 - noise, 0.0).sum(axis=1) / np.maximum(days - 1, 1)
    between = np.maximum(spread, 0.0)[:, None]
    effect = np.where(counts, mean * between / (between + noise), -np.inf)
    told = (sizes(known, group, groups) >= MIN_WEEKDAY_POSTS) & (days >= 2)
    best = effect.argmax(axis=1)
    lift = np.where(differ, np.expm1(effect[np.arange(groups), best]), 0.0)
    return np.where(told & differ & (lift > 0), best, np.nan), np.where(told, lift, np.nan)


def consistency(log: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """(groups,): share of posts that do half to twice what the account's median post does; of 4 or more."""
    usual = medians(log, group, groups)
    known = ~np.isnan(log)
    near = known & (np.abs(np.where(known, log, 0.0) - np.nan_to_num(usual)[group]) <= np.log(2.0))
    count = sizes(known, group, groups)
    share = sizes(near, group, groups) / np.maximum(count, 1)
    return np.where(count >= MIN_CONSISTENCY_POSTS, share, np.nan)


def cadence(day: np.ndarray, group: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """(median days between posts, regularity) by group, of 5 posts or more; ``day`` ascending within each group.

    Regularity: gap / (gap + distance of the quartiles of the gaps); 1 is clockwork, random times give about 0.39.
    """
    same = group[1:] == group[:-1]
    gaps, where = np.diff(day)[same], group[1:][same]
    low, middle, high = quantiles(gaps, where, groups, (0.25, 0.5, 0.75)).T
    enough = sizes(np.ones(len(gaps), dtype=bool), where, groups) >= MIN_GAPS
    both = middle + high - low
    steady = np.where(both > 0, middle / np.where(both > 0, both, 1.0), 1.0)
    return np.where(enough, middle, np.nan), np.where(enough, steady, np.nan)
