"""Judging a ranker by what happened: NDCG over the creators of a campaign whose result is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tastemaker.evaluation import discounts, ndcg_at_k
from tastemaker.evaluation.metrics import Floats
from tastemaker.forecasting import KPI_COLUMNS
from tastemaker.forecasting.frames import by_objective
from tastemaker.ranking import realised_value
from tastemaker.training.split import campaign_of

RANDOM = "random"


def realised_kpi(examples: pd.DataFrame) -> Floats:
    """The KPI of each row's own objective (n,), in its own unit; NaN where no final outcome is known."""
    kpi = np.full(len(examples), np.nan)
    for code, rows in by_objective(examples, "examples"):
        kpi[rows] = examples[KPI_COLUMNS[code]].to_numpy(dtype=np.float64)[rows]
    return kpi


def ndcg_per_campaign(values: Floats, examples: pd.DataFrame, k: int) -> pd.Series:
    """Campaign -> NDCG@k of the order by ``values`` (n,), over its creators with a realised value.

    Ties break by creator_id. NaN for a campaign in which fewer than two creators can be judged or none
    brought anything: such a campaign tells no order from another.
    """
    judged = {c: ndcg_at_k(_in_order(part), k) for c, part in judged_campaigns(values, examples)}
    return _by_campaign({c: float(x) for c, x in judged.items()}, examples)


def random_per_campaign(examples: pd.DataFrame, k: int) -> pd.Series:
    """Campaign -> the NDCG@k that random orders have on average: every place at the campaign's mean gain."""
    flat = np.zeros(len(examples))
    expected = {}
    for campaign, part in judged_campaigns(flat, examples):
        gains = np.sort(part["gain"].to_numpy())[::-1]
        weight = discounts(k)[: gains.size]
        best = float(gains[:k] @ weight)
        expected[campaign] = float(gains.mean() * weight.sum()) / best if best > 0 else float("nan")
    return _by_campaign(expected, examples)


def curve(values: Floats, examples: pd.DataFrame, depth: int) -> Floats:
    """Mean NDCG over campaigns at the cut-offs 1..depth (depth,)."""
    parts = [_in_order(part) for _, part in judged_campaigns(values, examples)]
    return np.array([np.nanmean([ndcg_at_k(part, k) for part in parts]) for k in range(1, depth + 1)])


def judged_campaigns(values: Floats, examples: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """(campaign, frame of creator_id, value, gain) of every campaign with two creators or more to compare."""
    frame = pd.DataFrame(
        {
            "campaign": campaign_of(examples),
            "creator_id": examples["creator_id"],
            "value": values,
            "gain": realised_value(examples),
        }
    ).dropna(subset=["gain"])
    frame = frame.drop_duplicates(["campaign", "creator_id"], keep="last")
    for campaign, part in frame.groupby("campaign", sort=True):
        if len(part) > 1:
            yield str(campaign), part


def _in_order(part: pd.DataFrame) -> Floats:
    order = np.lexsort((part["creator_id"].to_numpy(dtype=str), -part["value"].to_numpy()))
    return part["gain"].to_numpy()[order]


def _by_campaign(known: dict[str, float], examples: pd.DataFrame) -> pd.Series:
    campaigns = pd.Index(sorted(set(campaign_of(examples))), name="campaign_id")
    return pd.Series(known, dtype="float64").reindex(campaigns)
