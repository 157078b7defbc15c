"""Every metric against a slow, obvious second version that counts with loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastemaker.errors import EvaluationError
from tastemaker.evaluation import (
    auc,
    average_precision,
    first_rank,
    labels_in_order,
    median_rank,
    ndcg_at_k,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
)

# Few distinct scores, so that most lists have ties.
QUERY = st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.booleans()), min_size=1, max_size=12)
GAINS = st.lists(st.floats(0, 100, allow_subnormal=False), min_size=1, max_size=12)
CUTOFF = st.integers(1, 15)


def slow_shown(query: list[tuple[int, bool, bool]]) -> list[bool]:
    """Insertion of one candidate at a time: below every better one, and below every equal negative."""
    placed: list[tuple[int, bool]] = []
    for score, label, _ in query:
        at = 0
        while at < len(placed) and (
            placed[at][0] > score or (placed[at][0] == score and not placed[at][1] and label)
        ):
            at += 1
        placed.insert(at, (score, label))
    return [label for _, label in placed]


def slow_auc(query: list[tuple[int, bool, bool]], own_only: bool) -> float:
    won = pairs = 0
    for score, label, _ in query:
        for other, other_label, own in query:
            if label and not other_label and (own or not own_only):
                pairs += 1
                won += score > other
    return won / pairs if pairs else math.nan


def slow_ndcg(shown: list[float], judged: list[float], k: int) -> float:
    def dcg(gains: list[float]) -> float:
        return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains[:k], start=1))

    best = dcg(sorted(judged, reverse=True))
    return dcg(shown) / best if best > 0 else math.nan


def slow_precisions(shown: list[bool]) -> list[float]:
    return [sum(shown[:place]) / place for place in range(1, len(shown) + 1) if shown[place - 1]]


def columns(query: list[tuple[int, bool, bool]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores, labels, own = zip(*query, strict=True)
    return np.array(scores, dtype=float), np.array(labels), np.array(own)


@given(QUERY)
def test_labels_in_order_puts_tied_negatives_first(query: list[tuple[int, bool, bool]]) -> None:
    scores, labels, _ = columns(query)
    assert labels_in_order(scores, labels).tolist() == slow_shown(query)


@given(QUERY, CUTOFF)
def test_recall_and_precision_match_counting(query: list[tuple[int, bool, bool]], k: int) -> None:
    shown = slow_shown(query)
    hits = sum(shown[:k])
    assert precision_at_k(shown, k) == pytest.approx(hits / k)
    assert recall_at_k(shown, k) == pytest.approx(hits / sum(shown) if any(shown) else math.nan, nan_ok=True)


@given(QUERY)
def test_first_rank_and_average_precision_match_counting(query: list[tuple[int, bool, bool]]) -> None:
    shown = slow_shown(query)
    first = shown.index(True) + 1 if any(shown) else math.nan
    precisions = slow_precisions(shown)
    mean = sum(precisions) / len(precisions) if precisions else math.nan
    assert first_rank(shown) == pytest.approx(first, nan_ok=True)
    assert reciprocal_rank(shown) == pytest.approx(1 / first, nan_ok=True)
    assert average_precision(shown) == pytest.approx(mean, nan_ok=True)


@given(QUERY)
def test_auc_matches_counting_pairs(query: list[tuple[int, bool, bool]]) -> None:
    scores, labels, own = columns(query)
    assert auc(scores, labels) == pytest.approx(slow_auc(query, own_only=False), nan_ok=True)
    assert auc(scores, labels, own) == pytest.approx(slow_auc(query, own_only=True), nan_ok=True)


@given(GAINS, CUTOFF, GAINS)
def test_ndcg_matches_counting(shown: list[float], k: int, more: list[float]) -> None:
    assert ndcg_at_k(shown, k) == pytest.approx(slow_ndcg(shown, shown, k), nan_ok=True)
    assert ndcg_at_k(shown, k, shown + more) == pytest.approx(slow_ndcg(shown, shown + more, k), nan_ok=True)


@given(GAINS, CUTOFF)
def test_ndcg_is_one_for_the_best_order_and_never_above(gains: list[float], k: int) -> None:
    value = float(ndcg_at_k(gains, k))
    assert math.isnan(value) or -1e-12 <= value <= 1 + 1e-12
    if max(gains) > 0:
        assert ndcg_at_k(sorted(gains, reverse=True), k) == pytest.approx(1.0)


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 10_000))
def test_a_matrix_gives_what_its_rows_give(queries: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, labels = rng.integers(0, 3, (queries, width)).astype(float), rng.random((queries, width)) < 0.4
    np.testing.assert_array_equal(
        auc(scores, labels), [auc(s, y) for s, y in zip(scores, labels, strict=True)]
    )
    np.testing.assert_array_equal(
        labels_in_order(scores, labels), [labels_in_order(s, y) for s, y in zip(scores, labels, strict=True)]
    )
    np.testing.assert_allclose(ndcg_at_k(scores, 3), [ndcg_at_k(s, 3) for s in scores])


def test_a_constant_score_is_the_worst_case() -> None:
    labels = [True, False, True, False]
    assert auc([1.0] * 4, labels) == 0.0
    assert first_rank(labels_in_order([1.0] * 4, labels)) == 3


def test_minus_infinity_stands_last() -> None:
    assert labels_in_order([-np.inf, -1e300], [True, False]).tolist() == [False, True]


def test_median_rank_leaves_out_queries_without_a_positive() -> None:
    assert median_rank([1.0, np.nan, 4.0]) == 2.5
    assert math.isnan(median_rank([np.nan]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: auc([1.0, 2.0], [True]), r"shape \(2,\).*\(1,\)"),
        (lambda: auc([np.nan], [True]), "1 scores are NaN.*-inf"),
        (lambda: ndcg_at_k([1.0, -1.0], 2), "NaN or negative"),
        (lambda: ndcg_at_k([1.0], 0), "cut-off 0"),
        (lambda: recall_at_k([True], 0), "cut-off 0"),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        call()  # type: ignore[operator]
