"""Judging fitted rankers by the known truth of a simulated marketplace: the only stage that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from tastemaker.encoders import Encoder
from tastemaker.evaluation import judge, read_expected
from tastemaker.features import FeatureSnapshot, pair_features, view_brief
from tastemaker.ranking import Ranker, load_ranker
from tastemaker.schema import Brief
from tastemaker.sources import Catalogue
from tastemaker.training import LeadAccounts
from tastemaker.workflows.learning import LEARNING_ROOMS, holdout_examples
from tastemaker.workflows.records import write_json
from tastemaker.workflows.stages import TRUTH, Job, encoder, snapshot_folders
from tastemaker.workflows.workspace import Stage


class Asked(NamedTuple):
    """A past brief, and when it was answered."""

    campaign_id: str
    made_at: datetime
    brief: Brief


def evaluate_candidate(job: Job, source: Path) -> Path:
    """NDCG of every fitted ranker on the later campaigns, judged by the truth in ``source`` over all eligible pairs."""
    models, snapshots, tables = (job.workspace.done(name) for name in ("models", "snapshots", "tables"))
    config = job.config.evaluation

    def run(out: Path) -> None:
        expected = read_expected(source)
        eligible = {
            str(k): np.sort(v.to_numpy(dtype=object))
            for k, v in expected.groupby("campaign_id")["creator_id"]
        }
        held_out = set(holdout_examples(job)["campaign_id"]) & eligible.keys()
        asked = _asked(Catalogue(tables), held_out)
        judged = judge(
            _scores(job, asked, eligible, models),
            expected,
            {a.campaign_id: a.brief.objective.value for a in asked},
            cutoff=config.cutoff,
            repetitions=config.bootstrap,
            seed=config.seed,
        )
        value = judged["value"]
        value.per_campaign.to_parquet(out / "per_campaign.parquet")
        estimates = {str(name): value.estimate(str(name)) for name in value.per_campaign}
        ndcg = {name: {"value": e.value, "low": e.low, "high": e.high} for name, e in estimates.items()}
        gains = {gain: judgement.to_json() for gain, judgement in judged.items()}
        write_json(out / "report.json", {"campaigns": len(value.per_campaign), "ndcg": ndcg, "gains": gains})

    inputs = (models, snapshots, tables, source / TRUTH)
    return job.workspace.run(Stage("evaluation", inputs, (config,), LEARNING_ROOMS, run))


def _asked(catalogue: Catalogue, campaigns: set[str]) -> list[Asked]:
    """The briefs of the decisions for ``campaigns``, oldest first."""
    rows = catalogue.table("decisions").select(["campaign_id", "made_at", "brief"]).to_pylist()
    asked = [
        Asked(row["campaign_id"], row["made_at"], Brief.from_json(row["brief"]))
        for row in rows
        if row["campaign_id"] in campaigns
    ]
    return sorted(asked, key=lambda a: (a.made_at, a.campaign_id))


def _scores(job: Job, asked: list[Asked], eligible: dict[str, np.ndarray], models: Path) -> pd.DataFrame:
    """campaign_id, creator_id and a column of values per ranker for every eligible pair; NaN: creator unknown."""
    rankers = {p.name: load_ranker(p) for p in sorted((models / "rankers").iterdir())}
    model, parts = encoder(job), []
    for snapshot, due in _by_snapshot(job, asked):
        leads = LeadAccounts(snapshot)
        for one in due:
            parts.append(_score(one, eligible[one.campaign_id], leads, model, rankers))
            job.workspace.progress("judged campaigns", len(parts), len(asked))
    return pd.concat(parts, ignore_index=True)


def _score(
    asked: Asked, creators: np.ndarray, leads: LeadAccounts, model: Encoder, rankers: dict[str, Ranker]
) -> pd.DataFrame:
    rows = leads.rows(asked.brief, asked.made_at, creators)
    known = rows >= 0
    pairs = pair_features(view_brief(asked.brief, model), leads.snapshot, rows[known], asked.made_at)
    scores = pd.DataFrame({"campaign_id": asked.campaign_id, "creator_id": creators})
    for name, ranker in rankers.items():
        values = np.full(len(creators), np.nan)
        values[known] = ranker.value(pairs)
        scores[name] = values
    return scores


def _by_snapshot(job: Job, asked: list[Asked]) -> Iterator[tuple[FeatureSnapshot, list[Asked]]]:
    """Each snapshot with the decisions that were made while it was the latest."""
    waiting = list(asked)
    for folder in reversed(snapshot_folders(job)):
        if not waiting:
            return
        snapshot = FeatureSnapshot.load(folder)
        due = [a for a in waiting if a.made_at >= snapshot.as_of]
        waiting = waiting[: len(waiting) - len(due)]
        if due:
            yield snapshot, due
