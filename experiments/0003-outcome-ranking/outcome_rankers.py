"""Rankers that answer the biased log in different ways, judged by the truth over everyone eligible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from outcome_settings import OutcomeSettings
from outcome_worlds import World

from tastemaker.config import Config
from tastemaker.evaluation import mean_interval, paired_difference
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS
from tastemaker.forecasting.choice import log_propensity
from tastemaker.forecasting.frames import feature_matrix, later_part
from tastemaker.forecasting.trees import Boosting, Trees
from tastemaker.ranking import Ranker, make_ranker, realised_value

BLIND = ["p_shown", "p_chosen"]
MOST_CORRECTION = 1.0
"""The doubly robust ranker moves a naive value by a factor of e at most."""


def scores(world: World, examples: pd.DataFrame, settings: OutcomeSettings) -> dict[str, np.ndarray]:
    """Ranker -> the values (n,) of ``world.pairs`` when it is fitted on ``examples``.

    ``naive`` reads no propensity; ``ips`` is naive with weights 1 / P(chosen), clipped at their ``clip`` quantile and
    normalised; ``dr`` is naive times a correction learned from doubly robust labels; ``served`` is what the engine
    serves; ``apart`` is served with a KPI learned only from campaigns that were after it.
    """
    config, blind = world.config, examples.drop(columns=BLIND)
    naive = make_ranker("value", config).fit(blind)
    weight = clipped_weights(examples, settings.clip)
    made: dict[str, Ranker] = {
        "naive": naive,
        "ips": make_ranker("value", config).fit(blind, weight),
        "served": make_ranker("value", config).fit(examples),
        "apart": make_ranker("value", config).fit(objectives_apart(examples)),
        **{name: make_ranker(name, config).fit(blind) for name in ("content", "popularity")},
    }
    values = {name: ranker.value(world.pairs) for name, ranker in made.items()}
    values["dr"] = values["naive"] * np.exp(
        correction(examples, config, settings.clip).raw(_matrix(world.pairs))
    )
    return values


def clipped_weights(examples: pd.DataFrame, clip: float) -> np.ndarray:
    """1 / P(chosen) (n,), at most its ``clip`` quantile among the chosen, of mean 1 among them; 1 where unknown."""
    weight = np.exp(-log_propensity(examples))
    chosen = examples["chosen"].to_numpy(dtype=bool) & np.isfinite(weight)
    if not chosen.any():
        return np.ones(len(examples))
    weight = np.minimum(weight, np.quantile(weight[chosen], clip))
    return np.asarray(np.nan_to_num(weight / weight[chosen].mean(), nan=1.0))


def objectives_apart(examples: pd.DataFrame) -> pd.DataFrame:
    """The examples with each KPI known only where the campaign was after it."""
    masked = {kpi: examples[kpi].where(examples["objective"] == code) for code, kpi in enumerate(KPI_COLUMNS)}
    return examples.assign(**masked)


def correction(examples: pd.DataFrame, config: Config, clip: float) -> Trees:
    """Trees for ln E[value | features] less the naive model's, from doubly robust labels.

    Two halves of the campaigns predict each other's values q. The label of everyone shown is 0, and of the chosen
    w (v - q) / q, w = 1 / P(chosen | shown), clipped; rows stand for the eligible by 1 / P(shown). Its expectation is
    the relative error of q over everyone eligible if the propensities are right (Kennedy 2023, the DR-learner).
    """
    half = later_part(examples, 0.5)
    predicted = np.full(len(examples), np.nan)
    for side in (half, ~half):
        fitted = make_ranker("value", config).fit(examples[side].drop(columns=BLIND))
        predicted[~side] = fitted.value(examples[~side])
    value, chosen = realised_value(examples), examples["chosen"].to_numpy(dtype=bool)
    odds = 1.0 / examples["p_chosen"].to_numpy(dtype=float)
    odds = np.minimum(odds, np.quantile(odds[chosen], clip))
    label = np.where(chosen, odds * (value - predicted) / predicted, 0.0)
    shown = np.minimum(1.0 / examples["p_shown"].to_numpy(dtype=float), 50.0)
    known = np.isfinite(label) & np.isfinite(shown)
    boosting = Boosting(rounds=60, learning_rate=0.03, leaves=7, min_leaf=200, shrinkage=500.0)
    limit = np.quantile(np.abs(label[known & chosen]), 0.99) if (known & chosen).any() else 1.0
    return Trees.train(
        _matrix(examples[known]),
        np.clip(label[known], -limit, limit),
        PAIR_FEATURES,
        replace(boosting, min_leaf=min(boosting.min_leaf, max(20, int(known.sum() // 20)))),
        {"objective": "regression"},
        weight=shown[known] / shown[known].mean(),
    )


def ndcg10(judged: list[pd.DataFrame]) -> dict[str, Any]:
    """``judged``: NDCG a later campaign, a column per order, a frame a world. Means with 95 % intervals over campaigns,
    and each against ``naive``; ``share_of_oracle`` is the mean itself, for the oracle has 1."""
    table = pd.concat(judged, ignore_index=True)
    rows = {str(name): mean_interval(table[name]).to_json() for name in table}
    gaps = {
        name: paired_difference(table[name], table["naive"]).to_json()
        for name in ("ips", "dr", "served", "apart")
        if name in table
    }
    left = 1.0 - table["naive"]
    closed = {name: float((table[name] - table["naive"]).mean() / left.mean()) for name in gaps}
    return {**rows, "campaigns": len(table), "over_naive": gaps, "gap_closed": closed}


def curve_points(world: World, settings: OutcomeSettings) -> dict[int, pd.DataFrame]:
    """Number of earlier campaigns -> NDCG of naive and served a later campaign; features know the whole log."""
    points = {}
    for campaigns in settings.curve:
        examples = world.earlier(campaigns)
        if examples is None:
            continue
        fitted = {
            "naive": make_ranker("value", world.config).fit(examples.drop(columns=BLIND)),
            "served": make_ranker("value", world.config).fit(examples),
        }
        judged = world.judge({name: ranker.value(world.pairs) for name, ranker in fitted.items()})
        points[campaigns] = judged.per_campaign[list(fitted)]
    return points


def learning_curve(judged: list[dict[int, pd.DataFrame]]) -> list[dict[str, Any]]:
    """Of all worlds together: ``campaigns``, and NDCG@10 of ``naive`` and ``served`` with their paired difference."""
    points = []
    for campaigns in sorted({n for part in judged for n in part}):
        table = pd.concat([part[campaigns] for part in judged if campaigns in part], ignore_index=True)
        points.append(
            {
                "campaigns": campaigns,
                "naive": mean_interval(table["naive"]).to_json(),
                "served": mean_interval(table["served"]).to_json(),
                "served_less_naive": paired_difference(table["served"], table["naive"]).to_json(),
            }
        )
    return points


def _matrix(frame: pd.DataFrame) -> np.ndarray:
    return feature_matrix(frame, PAIR_FEATURES, "examples")
