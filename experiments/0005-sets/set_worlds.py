"""Simulated marketplaces: later briefs with everyone eligible, what was known of their audiences, and the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from set_settings import SetSettings

from tastemaker.config import Config, load_config
from tastemaker.engine.offering import account_audiences
from tastemaker.evaluation import read_expected
from tastemaker.features import FeatureSnapshot
from tastemaker.portfolio import Audiences
from tastemaker.progress import Progress
from tastemaker.schema import Brief
from tastemaker.simulation import Followers
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


@dataclass(frozen=True)
class Asked:
    """A later brief. Rows are those eligible and known then: ``pairs`` features, ``truth`` expectations."""

    campaign_id: str
    brief: Brief
    pairs: pd.DataFrame
    truth: pd.DataFrame
    audiences: Audiences
    platform: np.ndarray

    @property
    def budget(self) -> float:
        assert self.brief.budget is not None
        return self.brief.budget.amount


@dataclass(frozen=True)
class World:
    """``asked``: the later briefs; ``everyone``: the audiences of all accounts as known at the end."""

    seed: int
    config: Config
    split: Split
    asked: list[Asked]
    everyone: Audiences
    followers: Followers

    def earlier(self, campaigns: int) -> pd.DataFrame | None:
        """Examples of so many of the earlier campaigns, evenly over their time; None where there are fewer."""
        begun = self.split.train.groupby("campaign_id")["made_at"].min().sort_values(kind="stable").index
        if campaigns > len(begun):
            return None
        kept = begun[np.linspace(0, len(begun) - 1, campaigns).round().astype(int)]
        return self.split.train[self.split.train["campaign_id"].isin(kept)].reset_index(drop=True)


def make_world(seed: int, settings: SetSettings, scratch: Path, progress: Progress) -> World:
    sizes = {key: getattr(settings, key) for key in ("creators", "brands", "campaigns")}
    config = load_config(overrides={**settings.engine, "simulation": {**sizes, "seed": seed}})
    job = Job(Workspace(scratch / str(seed), progress), config)
    source = simulate_marketplace(job)
    ingest_tables(job, source)
    encode_texts(job)
    current = build_features(job)
    examples = pd.read_parquet(collect_examples(job) / "examples.parquet")
    expected = read_expected(source)
    asked = []
    for choice, pairs in eligible_pairs(job, expected):
        rows = choice.rows[choice.rows >= 0]
        ids = pd.DataFrame(
            {"campaign_id": choice.campaign_id, "creator_id": choice.creators[choice.rows >= 0]}
        )
        truth = ids.merge(expected, on=["campaign_id", "creator_id"], how="left")
        asked.append(
            Asked(
                choice.campaign_id,
                choice.brief,
                pairs.reset_index(drop=True).assign(creator_id=ids["creator_id"]),
                truth,
                account_audiences(choice.snapshot, rows),
                choice.snapshot.column("platform")[rows].astype(str),
            )
        )
    snapshot = FeatureSnapshot.load(_newest(current))
    return World(
        seed,
        config,
        split_by_time(examples, config.training.holdout_share),
        asked,
        account_audiences(snapshot, np.arange(len(snapshot))),
        Followers(config.simulation, settings.people),
    )


def _newest(folder: Path) -> Path:
    """The snapshot of the present among those that were built."""
    found = [p.parent for p in folder.rglob("snapshot.json")]
    return max(found, key=lambda p: p.name)
