"""Simulated marketplaces: what was logged, and the truth of everyone eligible for a later campaign."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tuning_settings import TuningSettings

from tastemaker.config import Config
from tastemaker.evaluation import judge, read_expected
from tastemaker.progress import silent
from tastemaker.ranking import Ranker, make_ranker
from tastemaker.schema import Objective
from tastemaker.training import Split, split_by_time
from tastemaker.workflows import (
    Job,
    Workspace,
    build_features,
    collect_examples,
    eligible_pairs,
    encode_texts,
    ingest_tables,
    simulate_marketplace,
)

OBJECTIVES = dict(enumerate(o.value for o in Objective))


@dataclass(frozen=True)
class World:
    """``examples``: the log. ``pairs``: campaign_id, creator_id and features of everyone eligible for a held-out
    campaign; ``expected``: what each of them would bring."""

    seed: int
    examples: pd.DataFrame
    pairs: pd.DataFrame
    expected: pd.DataFrame

    def ndcg(self, config: Config) -> pd.Series:
        """Held-out campaign -> NDCG@10 by the truth over everyone eligible, of the ranker fitted on all before."""
        return self._ndcg(self._fitted(config, intervals=False))

    def judged(self, config: Config) -> tuple[pd.Series, pd.DataFrame]:
        """The same, and of every forecast of a logged result of these campaigns: ``held``, whether the 80 % interval
        has it, and ``width``, of the logarithm of 1 + the bounds."""
        ranker, later = self._fitted(config), self._split(config).holdout
        forecaster = ranker.forecaster
        assert forecaster is not None
        told, rows = forecaster.forecasts(later), []
        for name, (low, _, high) in {
            **told.outcomes,
            "quoted": (told.fee.low, told.fee.median, told.fee.high),
        }.items():
            real = later[name].to_numpy(dtype=float)
            known = np.isfinite(real) & np.isfinite(low)
            width = np.log1p(high[known]) - np.log1p(low[known])
            held = (low[known] <= real[known]) & (real[known] <= high[known])
            rows.append(pd.DataFrame({"outcome": name, "held": held, "width": width}))
        return self._ndcg(ranker), pd.concat(rows, ignore_index=True)

    def _split(self, config: Config) -> Split:
        return split_by_time(self.examples, config.training.holdout_share)

    def _fitted(self, config: Config, *, intervals: bool = True) -> Ranker:
        ranker = make_ranker(config.ranking.ranker, config, intervals=intervals)
        return ranker.fit(self._split(config).train)

    def _ndcg(self, ranker: Ranker) -> pd.Series:
        table = self.pairs[["campaign_id", "creator_id"]].assign(ranker=ranker.value(self.pairs))
        first = self.pairs.drop_duplicates("campaign_id")
        objectives = dict(zip(first["campaign_id"], first["objective"].map(OBJECTIVES), strict=True))
        judged = judge(table, self.expected, objectives, repetitions=1)["value"].per_campaign["ranker"]
        return judged.rename(lambda campaign: f"{self.seed} {campaign}")


def read_world(seed: int, settings: TuningSettings, scratch: Path, *, larger: bool = False) -> World:
    """The marketplace of a seed, in a workspace of its own."""
    folder = scratch / (f"larger-{seed}" if larger else str(seed))
    job = Job(Workspace(folder, silent), settings.config(seed, larger=larger))
    source = simulate_marketplace(job)
    ingest_tables(job, source)
    encode_texts(job)
    build_features(job)
    examples = pd.read_parquet(collect_examples(job) / "examples.parquet")
    expected, parts = read_expected(source), []
    for choice, pairs in eligible_pairs(job, expected):
        known = choice.creators[choice.rows >= 0]
        ids = pd.DataFrame({"campaign_id": choice.campaign_id, "creator_id": known})
        parts.append(pd.concat([ids, pairs.reset_index(drop=True)], axis=1))
    return World(seed, examples, pd.concat(parts, ignore_index=True), expected)
