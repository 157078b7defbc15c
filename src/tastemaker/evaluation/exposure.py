"""Who is seen: the share of a shortlist's attention that goes to each group of creators."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.bootstrap import Estimate, paired_difference

UNKNOWN = "unknown"


def exposure_shares(
    query: Sequence[str] | np.ndarray, rank: ArrayLike, group: Sequence[str | None] | np.ndarray
) -> pd.DataFrame:
    """Query x group -> share of the query's exposure (0..1, a row sums to 1), queries and groups in sorted order.

    One row (n,) per line shown: ``rank`` from 1 on; attention falls as 1 / log2(rank + 1), the discount of DCG
    (exposure as in Singh and Joachims, KDD 2018). A group that is None is :data:`UNKNOWN`.
    """
    places = np.asarray(rank, dtype=np.float64)
    if not len(query) == len(group) == len(places):
        raise EvaluationError(
            f"{len(query)} queries, {len(places)} ranks and {len(group)} groups; expected one each per line shown"
        )
    if not (places >= 1.0).all():
        raise EvaluationError(f"rank {float(np.nanmin(places)):g}; the first place is 1")
    frame = pd.DataFrame(
        {
            "query": np.asarray(query, dtype=object),
            "group": [UNKNOWN if g is None else str(g) for g in group],
            "exposure": 1.0 / np.log2(places + 1.0),
        }
    )
    table = frame.pivot_table(
        index="query", columns="group", values="exposure", aggfunc="sum", fill_value=0.0
    )
    shares: pd.DataFrame = table.div(table.sum(axis=1), axis=0)
    return shares


def mean_exposure(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Group -> mean share over the queries of two tables of :func:`exposure_shares`, columns first and second.

    0 where a group is never shown. Most exposed in the first come first, then by name.
    """
    table = pd.DataFrame({"first": first.mean(axis=0), "second": second.mean(axis=0)}).fillna(0.0)
    return table.sort_index().sort_values("first", ascending=False, kind="stable")


def share_change(
    first: pd.DataFrame,
    second: pd.DataFrame,
    groups: Collection[str],
    *,
    repetitions: int = 2_000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """Mean over the queries that both answered of the ``groups``' share in ``second`` less that in ``first``."""
    shared = first.index.intersection(second.index)
    before, after = (t.reindex(columns=list(groups)).loc[shared].sum(axis=1) for t in (first, second))
    return paired_difference(after, before, repetitions=repetitions, seed=seed, level=level)
