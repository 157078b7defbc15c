from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.evaluation import LINK_METRICS, link_metrics, summarise


def slow_link_metrics(scores: list[float], labels: list[bool], own: list[bool]) -> dict[str, float]:
    """One brand, by the protocol's words: a partner's rank counts every non-partner not strictly worse."""
    partners = [i for i, label in enumerate(labels) if label]
    others = [i for i, label in enumerate(labels) if not label]
    if not partners:
        return dict.fromkeys(LINK_METRICS, math.nan)
    by_score = sorted(partners, key=lambda i: -scores[i])
    ranks = []
    for before, i in enumerate(by_score):
        ranks.append(1 + before + sum(scores[j] >= scores[i] for j in others))

    def beaten(rivals: list[int]) -> float:
        pairs = [(i, j) for i in partners for j in rivals]
        return sum(scores[i] > scores[j] for i, j in pairs) / len(pairs) if pairs else math.nan

    return {
        "AUC": beaten(others),
        "cAUC": beaten([j for j in others if own[j]]),
        "R@10": sum(r <= 10 for r in ranks) / len(ranks),
        "R@50": sum(r <= 50 for r in ranks) / len(ranks),
        "MRR": 1 / ranks[0],
        "MAP": sum(place / rank for place, rank in enumerate(ranks, start=1)) / len(ranks),
        "MedR": float(ranks[0]),
    }


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(2, 70), st.integers(1, 30), st.integers(0, 10_000))
def test_link_metrics_match_the_protocol(queries: int, candidates: int, levels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, levels, (queries, candidates)).astype(float)
    labels, own = rng.random((queries, candidates)) < 0.15, rng.random((queries, candidates)) < 0.3
    fast = link_metrics(scores, labels, own)
    assert tuple(fast) == LINK_METRICS
    for q in range(queries):
        slow = slow_link_metrics(scores[q].tolist(), labels[q].tolist(), own[q].tolist())
        assert {name: fast[name][q] for name in LINK_METRICS} == pytest.approx(slow, nan_ok=True)


def test_a_perfect_and_a_hopeless_scorer() -> None:
    labels = np.eye(3, 60, dtype=bool)
    best, worst = link_metrics(labels * 1.0, labels, labels | True), link_metrics(-1.0 * labels, labels)
    assert all((best[name] == 1.0).all() for name in LINK_METRICS)
    assert (worst["AUC"] == 0).all()
    assert (worst["MedR"] == 60).all()
    assert np.isnan(worst["cAUC"]).all()


def test_summarise_takes_the_mean_of_all_but_the_median_of_first_ranks() -> None:
    estimates = summarise({"MRR": np.array([0.0, 0.0, 0.9]), "MedR": np.array([1.0, 2.0, 90.0])}, 200, seed=4)
    assert estimates["MRR"].value == pytest.approx(0.3)
    assert estimates["MedR"].value == 2.0
    assert estimates["MedR"].low == 1.0
