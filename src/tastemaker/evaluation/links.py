"""The metrics of the public brand-creator benchmark: who worked with whom, every brand ranking every creator.

Protocol (Gan et al., ACM MM 2019): all creators of the set are candidates of every brand; who is no partner
is a negative; ties count against the model. A scorer that gives many equal scores should break them itself,
or reads as the worst case.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from tastemaker.evaluation.bootstrap import Estimate, mean_interval, median_interval
from tastemaker.evaluation.metrics import (
    Floats,
    auc,
    average_precision,
    first_rank,
    labels_in_order,
    recall_at_k,
    reciprocal_rank,
)

LINK_METRICS = ("AUC", "cAUC", "R@10", "R@50", "MRR", "MAP", "MedR")


def link_metrics(
    scores: ArrayLike, labels: ArrayLike, same_category: ArrayLike | None = None
) -> dict[str, Floats]:
    """Per-query values (n_queries,) of every name in ``LINK_METRICS``; ``MedR`` holds the first partner's
    rank.

    ``scores``, ``labels`` and ``same_category`` are (n_queries, n_candidates): any real score, higher is
    better; whether the pair is linked; whether the candidate is of the query's own category. Without the
    last, cAUC is NaN.
    """
    shown = labels_in_order(scores, labels)
    conditional = (
        np.full(shown.shape[0], np.nan) if same_category is None else auc(scores, labels, same_category)
    )
    return {
        "AUC": auc(scores, labels),
        "cAUC": conditional,
        "R@10": recall_at_k(shown, 10),
        "R@50": recall_at_k(shown, 50),
        "MRR": reciprocal_rank(shown),
        "MAP": average_precision(shown),
        "MedR": first_rank(shown),
    }


def summarise(
    per_query: Mapping[str, ArrayLike], repetitions: int = 2_000, seed: int = 0
) -> dict[str, Estimate]:
    """Mean over queries with its 95 % interval, bootstrapped over queries; of ``MedR`` the median."""
    return {
        name: (median_interval if name == "MedR" else mean_interval)(
            values, repetitions=repetitions, seed=seed
        )
        for name, values in per_query.items()
    }
