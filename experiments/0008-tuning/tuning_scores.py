"""Which score of the log says most of the truth: settings drawn at random, judged by both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from tuning_settings import TuningSettings
from tuning_worlds import World

from tastemaker.config import Config, load_config
from tastemaker.ranking import make_ranker
from tastemaker.training.judging import ndcg_per_campaign
from tastemaker.training.tuning import Knob, information, rolling_folds, search_space, with_values

SCORES = ("information", "ndcg")
DRAWS = 2_000


def score_report(worlds: Sequence[World], settings: TuningSettings, seed: int = 0) -> dict[str, Any]:
    """Score -> how its gain over the untuned goes with the truth's, over settings drawn from the study's ranges.

    ``truth``: mean gain of each in NDCG@10 on the held-out campaigns. Correlations with 95 % intervals
    (bootstrap over settings).
    """
    config = load_config(overrides=settings.engine)
    tried = [config, *drawn_settings(config, settings.drawn, seed)]
    table = pd.DataFrame([_row(worlds, one) for one in tried])
    gains = (table - table.iloc[0]).iloc[1:]
    return {
        "settings": len(gains),
        "truth": gains["truth"].tolist(),
        **{name: {"gain": gains[name].tolist(), **agreement(gains[name], gains["truth"])} for name in SCORES},
    }


def drawn_settings(config: Config, count: int, seed: int) -> list[Config]:
    """``count`` configurations, each setting drawn from its range by itself."""
    rng, space = np.random.default_rng(seed), search_space(config)
    return [
        with_values(config, {name: _draw(knob, rng) for name, knob in space.items()}) for _ in range(count)
    ]


def _draw(knob: Knob, rng: np.random.Generator) -> float:
    if knob.log:
        return float(np.exp(rng.uniform(np.log(knob.low), np.log(knob.high))))
    return float(rng.uniform(knob.low, knob.high))


def _row(worlds: Sequence[World], config: Config) -> dict[str, float]:
    """Mean over campaigns of either score, and of the truth."""
    found: dict[str, list[pd.Series]] = {name: [] for name in (*SCORES, "truth")}
    for world in worlds:
        for fold in rolling_folds(world.examples, config):
            values = (
                make_ranker(config.ranking.ranker, config, intervals=False).fit(fold.train).value(fold.later)
            )
            found["information"].append(information(values, fold.later))
            found["ndcg"].append(ndcg_per_campaign(values, fold.later, config.evaluation.cutoff).dropna())
        found["truth"].append(world.ndcg(config))
    return {name: float(pd.concat(parts).mean()) for name, parts in found.items()}


def agreement(score: pd.Series, truth: pd.Series) -> dict[str, Any]:
    """How two gains go together over settings: correlation with its interval, and that of ranks; NaN for a flat one."""
    rng, n = np.random.default_rng(0), len(score)
    table = np.column_stack([score, truth])
    told: dict[str, Any] = {
        "correlation": _correlation(table),
        "rank_correlation": _correlation(_ranks(table)),
    }
    drawn = [table[rng.integers(0, n, n)] for _ in range(DRAWS)]
    known = [c for c in (_correlation(part) for part in drawn) if np.isfinite(c)]
    low, high = np.quantile(known, [0.025, 0.975]) if known else (float("nan"), float("nan"))
    return told | {"ci95": [float(low), float(high)]}


def _ranks(table: np.ndarray) -> np.ndarray:
    return np.asarray(table.argsort(axis=0).argsort(axis=0), dtype=np.float64)


def _correlation(table: np.ndarray) -> float:
    if (table.std(axis=0) == 0.0).any():
        return float("nan")
    return float(np.corrcoef(table.T)[0, 1])
