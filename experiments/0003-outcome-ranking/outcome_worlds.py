"""Simulated marketplaces as the engine reads them: examples of what was logged, and the truth of everyone eligible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from outcome_settings import WorldSettings

from tastemaker.config import Config, load_config
from tastemaker.evaluation import Judgement, judge, read_expected
from tastemaker.forecasting import KPI_COLUMNS
from tastemaker.progress import Progress
from tastemaker.schema import Objective
from tastemaker.simulation.levels import NOISE, Noise
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

OBJECTIVES = {code: objective.value for code, objective in enumerate(Objective)}


@dataclass(frozen=True)
class World:
    """``split``: the logged examples, earlier and later. ``pairs``: campaign_id, creator_id and the pair features of
    everyone eligible for a later campaign; ``truth``: what each of these rows would bring on average (p_accept, fee,
    product_cost, impressions ... content_rating). ``noise``: the spread around it; None where nobody says.
    """

    name: str
    job: Job
    split: Split
    pairs: pd.DataFrame
    truth: pd.DataFrame
    expected: pd.DataFrame
    noise: Noise | None

    @property
    def config(self) -> Config:
        return self.job.config

    @property
    def objectives(self) -> dict[str, str]:
        """campaign_id -> objective."""
        first = self.pairs.drop_duplicates("campaign_id")
        return dict(zip(first["campaign_id"], first["objective"].map(OBJECTIVES), strict=True))

    @property
    def kpi(self) -> np.ndarray:
        """The expected KPI of each pair's own objective (n,)."""
        table = self.truth[list(KPI_COLUMNS)].to_numpy()
        return np.asarray(table[np.arange(len(table)), self.pairs["objective"].to_numpy(dtype=int)])

    def judge(self, scores: dict[str, np.ndarray]) -> Judgement:
        """NDCG@10 by the true value of the orders by ``scores``, name -> (n,) of the rows of ``pairs``."""
        table = self.pairs[["campaign_id", "creator_id"]].assign(**scores)
        return judge(table, self.expected, self.objectives, repetitions=self.config.evaluation.bootstrap)[
            "value"
        ]

    def earlier(self, campaigns: int) -> pd.DataFrame | None:
        """Examples of so many of the earlier campaigns, evenly over their time; None where there are fewer."""
        begun = self.split.train.groupby("campaign_id")["made_at"].min().sort_values(kind="stable").index
        if campaigns > len(begun):
            return None
        kept = begun[np.linspace(0, len(begun) - 1, campaigns).round().astype(int)]
        return self.split.train[self.split.train["campaign_id"].isin(kept)].reset_index(drop=True)


def simulated(settings: WorldSettings, scratch: Path, progress: Progress) -> Iterator[World]:
    """A world for every seed, noise and bias; those of a seed share a workspace, so that little is encoded twice."""
    for seed, noise, bias in product(settings.seeds, settings.noise, settings.bias):
        sizes = {key: getattr(settings, key) for key in ("creators", "brands", "campaigns")}
        simulation = {**sizes, "seed": seed, "noise": noise, "bias": bias}
        config = load_config(overrides={**settings.engine, "simulation": simulation})
        job = Job(Workspace(scratch / str(seed), progress), config)
        yield read_world(
            f"seed {seed}, noise {noise}, bias {bias}", job, simulate_marketplace(job), NOISE[noise]
        )


def given(source: Path, settings: WorldSettings, scratch: Path, progress: Progress) -> Iterator[World]:
    """The one marketplace that was made elsewhere. Nobody says how its results spread, so none are drawn."""
    yield read_world(
        source.name, Job(Workspace(scratch, progress), load_config(overrides=settings.engine)), source, None
    )


def read_world(name: str, job: Job, source: Path, noise: Noise | None) -> World:
    """The marketplace in ``source``: canonical tables with a ``truth`` folder as docs/simulation.md describes it."""
    ingest_tables(job, source)
    encode_texts(job)
    build_features(job)
    examples = pd.read_parquet(collect_examples(job) / "examples.parquet")
    expected, parts = read_expected(source), []
    for choice, pairs in eligible_pairs(job, expected):
        known = choice.creators[choice.rows >= 0]
        ids = pd.DataFrame({"campaign_id": choice.campaign_id, "creator_id": known})
        parts.append(pd.concat([ids, pairs.reset_index(drop=True)], axis=1))
    pairs = pd.concat(parts, ignore_index=True)
    truth = pairs[["campaign_id", "creator_id"]].merge(expected, on=["campaign_id", "creator_id"], how="left")
    split = split_by_time(examples, job.config.training.holdout_share)
    return World(name, job, split, pairs, truth, expected, noise)
