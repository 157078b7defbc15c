"""Ranking metrics as plain functions over whole arrays.

Every function works along the last axis and keeps the leading ones, so one list and a matrix of lists (a row
per query) take the same call. Where a metric is not defined (no positive, no negative, no gain at all) it is
NaN: the query says nothing, which is not the same as zero. Where labels are binary, ties count against the
model: of equal scores, the negatives are shown first.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tastemaker.errors import EvaluationError

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


def discounts(k: int) -> Floats:
    """The weight of each of the first ``k`` places: 1 / log2(place + 1), place from 1."""
    if k < 1:
        raise EvaluationError(f"cut-off {k} is not a place in a list; use 1 or more")
    return 1.0 / np.log2(np.arange(2, k + 2, dtype=np.float64))


def dcg_at_k(gains: ArrayLike, k: int) -> Floats:
    """Discounted cumulated gain of the first ``k`` places (Järvelin, Kekäläinen, TOIS 2002), linear."""
    top = _gains(gains)[..., :k]
    total: Floats = top @ discounts(k)[: top.shape[-1]]
    return total


def ndcg_at_k(gains_in_shown_order: ArrayLike, k: int, ideal_gains: ArrayLike | None = None) -> Floats:
    """DCG of the list shown over that of the best list there is, 0..1.

    ``gains_in_shown_order`` (..., n): true gain (real, >= 0) of each place, best place first. ``ideal_gains``
    (..., m): gains of everything that was judged, in any order, where more was judged than shown; by default
    the shown ones. NaN where no judged gain is positive.
    """
    shown = _gains(gains_in_shown_order)
    judged = shown if ideal_gains is None else _gains(ideal_gains)
    best = dcg_at_k(-np.sort(-judged, axis=-1), k)
    return _ratio(dcg_at_k(shown, k), best)


def labels_in_order(scores: ArrayLike, labels: ArrayLike) -> Flags:
    """Binary ``labels`` (..., n) in the order that ``scores`` (..., n) give, best first, ties against the
    model.
    """
    s, positive = _scores(scores, labels)
    return np.take_along_axis(positive, _pessimistic_order(s, positive), axis=-1)


def precision_at_k(shown: ArrayLike, k: int) -> Floats:
    """Share of the first ``k`` places that are positive; a list shorter than ``k`` leaves places empty."""
    discounts(k)
    count: Floats = np.asarray(shown, dtype=bool)[..., :k].sum(axis=-1) / k
    return count


def recall_at_k(shown: ArrayLike, k: int) -> Floats:
    """Share of the positives that stand in the first ``k`` places. NaN without a positive."""
    discounts(k)
    flags = np.asarray(shown, dtype=bool)
    return _ratio(flags[..., :k].sum(axis=-1), flags.sum(axis=-1))


def first_rank(shown: ArrayLike) -> Floats:
    """Place of the first positive, from 1. NaN without a positive."""
    flags = np.asarray(shown, dtype=bool)
    if flags.shape[-1] == 0:
        return np.full(flags.shape[:-1], np.nan)
    place: Floats = np.where(flags.any(axis=-1), flags.argmax(axis=-1) + 1.0, np.nan)
    return place


def reciprocal_rank(shown: ArrayLike) -> Floats:
    """1 / place of the first positive. NaN without a positive."""
    inverse: Floats = 1.0 / first_rank(shown)
    return inverse


def average_precision(shown: ArrayLike) -> Floats:
    """Mean, over the positives, of the precision at each one's place. NaN without a positive."""
    flags = np.asarray(shown, dtype=bool)
    precision = np.cumsum(flags, axis=-1) / np.arange(1, flags.shape[-1] + 1)
    return _ratio((precision * flags).sum(axis=-1), flags.sum(axis=-1))


def auc(scores: ArrayLike, labels: ArrayLike, among: ArrayLike | None = None) -> Floats:
    """Share of (positive, negative) pairs in which the positive scores strictly higher; a tie is a loss.

    ``among`` (..., n): the negatives that count, by default all; with the candidates of the query's own
    category it is the category-conditional AUC, which gives no credit for guessing the category. NaN without
    such a pair.
    """
    s, positive = _scores(scores, labels)
    rival = (
        ~positive if among is None else ~positive & np.broadcast_to(np.asarray(among, dtype=bool), s.shape)
    )
    order = _pessimistic_order(s, positive)
    shown = np.take_along_axis(positive, order, axis=-1)
    above = np.cumsum(np.take_along_axis(rival, order, axis=-1), axis=-1)
    rivals = rival.sum(axis=-1)
    won = (shown * (rivals[..., None] - above)).sum(axis=-1)
    return _ratio(won, rivals * positive.sum(axis=-1))


def median_rank(ranks: ArrayLike) -> float:
    """Median over queries of the first positive's place; queries without one (NaN) say nothing."""
    known = np.asarray(ranks, dtype=np.float64)
    known = known[~np.isnan(known)]
    return float(np.median(known)) if known.size else float("nan")


def _pessimistic_order(scores: Floats, positive: Flags) -> NDArray[np.int64]:
    order: NDArray[np.int64] = np.lexsort((positive, -scores), axis=-1)
    return order


def _scores(scores: ArrayLike, labels: ArrayLike) -> tuple[Floats, Flags]:
    s, positive = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=bool)
    if s.shape != positive.shape:
        raise EvaluationError(
            f"scores have shape {s.shape}, labels {positive.shape}; they belong cell to cell"
        )
    if np.isnan(s).any():
        raise EvaluationError(
            f"{int(np.isnan(s).sum())} scores are NaN; give an unscored candidate -inf, the last place"
        )
    return s, positive


def _gains(gains: ArrayLike) -> Floats:
    values = np.asarray(gains, dtype=np.float64)
    if np.isnan(values).any() or (values < 0).any():
        raise EvaluationError(
            "a gain is NaN or negative; leave unjudged candidates out, a gain is a value from 0 up"
        )
    return values


def _ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    p, w = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    out: Floats = np.divide(p, w, out=np.full(p.shape, np.nan), where=w > 0)
    return out
