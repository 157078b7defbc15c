"""One simulated marketplace as learned retrieval is taught by it and judged on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker.config import Config
from tastemaker.evaluation import read_expected, true_gains
from tastemaker.features import FeatureSnapshot, pair_features, view_brief
from tastemaker.ranking import Ranker, load_ranker
from tastemaker.retrieval import ContentProjection, Pool
from tastemaker.schema import Brief
from tastemaker.sources import Catalogue
from tastemaker.training import LeadAccounts, Split, gather_pools, split_by_time
from tastemaker.workflows import (
    Job,
    Workspace,
    build_features,
    encode_texts,
    ingest_tables,
    simulate_marketplace,
    train_rankers_on_history,
)
from tastemaker.workflows.stages import encoder, load_snapshots, snapshot_folders

EVERYONE = 1_000_000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A later brief: everyone eligible, what each would truly bring per US dollar (n,), the best of such gains
    (descending), and what the value ranker makes of each (n,)."""

    pool: Pool
    gains: Floats
    ideal: Floats
    values: Floats


@dataclass(frozen=True)
class World:
    """``pools`` of the decisions before the holdout (their labels: ``split.train``), and the later ``asked``."""

    split: Split
    base: ContentProjection
    pools: list[Pool]
    asked: list[Asked]


def build_world(folder: Path, config: Config) -> World:
    """Every stage up to the rankers in ``folder``, then the pools. The truth enters ``asked`` alone."""
    job = Job(Workspace(folder), config)
    source = simulate_marketplace(job)
    ingest_tables(job, source)
    encode_texts(job)
    build_features(job)
    models = train_rankers_on_history(job)
    examples = pd.read_parquet(job.workspace.done("examples") / "examples.parquet")
    split = split_by_time(examples, config.training.holdout_share)
    catalogue, model = Catalogue(job.workspace.done("tables")), encoder(job)

    def past() -> Iterator[FeatureSnapshot]:
        return takewhile(lambda s: s.as_of < split.starts_at, load_snapshots(job))

    latest = deque(past(), maxlen=1)[0]
    base = ContentProjection.fit(latest.themes, config.retrieval.content_dim)
    seed = config.training.seed
    pools = gather_pools(split.train, catalogue, past(), model, base, config.retrieval, seed)
    whole = config.retrieval.model_copy(update={"projection_negatives": EVERYONE})
    later = gather_pools(split.holdout, catalogue, load_snapshots(job), model, base, whole, seed)
    ranker = load_ranker(models / "rankers" / "value")
    return World(split, base, pools, _asked(job, catalogue, later, read_expected(source), ranker))


def _asked(
    job: Job, catalogue: Catalogue, pools: list[Pool], expected: pd.DataFrame, ranker: Ranker
) -> list[Asked]:
    rows = catalogue.table("decisions").to_pandas().set_index("decision_id")
    briefs = {p.decision_id: Brief.from_json(str(rows.loc[p.decision_id, "brief"])) for p in pools}
    objectives = {
        str(rows.loc[p.decision_id, "campaign_id"]): briefs[p.decision_id].objective.value for p in pools
    }
    expected = expected[expected["campaign_id"].isin(objectives.keys())]
    gains = pd.Series(
        true_gains(expected, objectives)["value"],
        index=pd.MultiIndex.from_frame(expected[["campaign_id", "creator_id"]]),
    )
    model, waiting, asked = encoder(job), list(pools), []
    for folder in reversed(snapshot_folders(job)):
        snapshot = FeatureSnapshot.load(folder)
        due = [p for p in waiting if rows.loc[p.decision_id, "made_at"] >= snapshot.as_of]
        waiting = [p for p in waiting if rows.loc[p.decision_id, "made_at"] < snapshot.as_of]
        if not due:
            continue
        leads = LeadAccounts(snapshot)
        for pool in due:
            brief, at = briefs[pool.decision_id], rows.loc[pool.decision_id, "made_at"].to_pydatetime()
            known = leads.rows(brief, at, pool.creator_ids)
            pairs = pair_features(view_brief(brief, model), snapshot, known, at)
            values = ranker.value(pairs.assign(creator_id=pool.creator_ids))
            own = gains[rows.loc[pool.decision_id, "campaign_id"]]
            mine = own.reindex(pool.creator_ids).fillna(0.0).to_numpy()
            asked.append(Asked(pool, mine, np.sort(own.to_numpy())[::-1], values))
    return asked
