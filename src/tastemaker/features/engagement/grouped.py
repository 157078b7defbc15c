"""Medians, quantiles and sums of many small groups at once: the arithmetic under the signals of posts.

A group's result hangs on its own values and their order alone, never on which other groups are computed beside it: so
one account's signals are the same to the bit whatever bucket it is in.
"""

from __future__ import annotations

import numpy as np


def quantiles(values: np.ndarray, group: np.ndarray, groups: int, levels: tuple[float, ...]) -> np.ndarray:
    """float64 (groups, levels): linearly interpolated quantiles of each group's known values; NaN without any.

    ``values`` (n,) with NaN for unknown, ``group`` (n,) the group's number of each.
    """
    known = ~np.isnan(values)
    own, where = values[known], group[known]
    ordered = own[np.lexsort((own, where))]
    size = np.bincount(where, minlength=groups)
    last = np.cumsum(size) - 1
    made = np.full((groups, len(levels)), np.nan)
    some = size > 0
    for column, level in enumerate(levels):
        place = level * (size[some] - 1)
        low = np.floor(place).astype(np.int64)
        first = last[some] - size[some] + 1
        high = np.minimum(first + low + 1, last[some])
        below = ordered[first + low]
        made[some, column] = below + (place - low) * (ordered[high] - below)
    return made


def medians(values: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """float64 (groups,): the median of each group's known values; NaN without any."""
    return np.asarray(quantiles(values, group, groups, (0.5,))[:, 0])


def sizes(known: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """int64 (groups,): how many of ``known`` (n,) are true in each group."""
    return np.bincount(group[known], minlength=groups)


def sums(values: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """float64 (groups,): sums in the order of the rows."""
    return np.bincount(group, weights=values, minlength=groups)


def latest(times: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """float64 (groups,): the greatest of each group's known times; NaN without any."""
    made = np.full(groups, -np.inf)
    known = ~np.isnan(times)
    np.maximum.at(made, group[known], times[known])
    return np.where(np.isneginf(made), np.nan, made)
