"""Judging fitted rankers by the known truth of a simulated marketplace: the only stage that reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from tastemaker.evaluation import Judgement, judge, read_expected
from tastemaker.features import FeatureSnapshot, pair_features, view_brief
from tastemaker.ranking import Ranker, load_ranker
from tastemaker.schema import Brief
from tastemaker.sources import Catalogue
from tastemaker.training import LeadAccounts
from tastemaker.workflows.learning import LEARNING_ROOMS, holdout_examples
from tastemaker.workflows.records import write_json
from tastemaker.workflows.stages import TRUTH, Job, encoder, snapshot_folders
from tastemaker.workflows.workspace import Stage

MoreFeatures: TypeAlias = Callable[[FeatureSnapshot, np.ndarray, datetime], pd.DataFrame]
"""(snapshot, rows (n,), moment) -> a row for each, float64 columns, NaN unknown."""


class Choice(NamedTuple):
    """A past brief, when it was answered, and who was eligible then: ``creators`` (n,) and their ``rows`` (n,) in the
    ``snapshot`` of that time, -1 for a creator who was not known yet."""

    campaign_id: str
    made_at: datetime
    brief: Brief
    creators: np.ndarray
    snapshot: FeatureSnapshot
    rows: np.ndarray


def evaluate_candidate(job: Job, source: Path) -> Path:
    """NDCG of every fitted ranker on the later campaigns, judged by the truth in ``source`` over all eligible pairs."""
    models, snapshots, tables = (job.workspace.done(name) for name in ("models", "snapshots", "tables"))
    config = job.config.evaluation

    def run(out: Path) -> None:
        rankers = {p.name: load_ranker(p) for p in sorted((models / "rankers").iterdir())}
        judged = judge_by_truth(job, source, rankers)
        value = judged["value"]
        value.per_campaign.to_parquet(out / "per_campaign.parquet")
        estimates = {str(name): value.estimate(str(name)) for name in value.per_campaign}
        ndcg = {name: {"value": e.value, "low": e.low, "high": e.high} for name, e in estimates.items()}
        gains = {gain: judgement.to_json() for gain, judgement in judged.items()}
        write_json(out / "report.json", {"campaigns": len(value.per_campaign), "ndcg": ndcg, "gains": gains})

    inputs = (models, snapshots, tables, source / TRUTH)
    return job.workspace.run(Stage("evaluation", inputs, (config,), LEARNING_ROOMS, run))


def judge_by_truth(
    job: Job, source: Path, rankers: Mapping[str, Ranker], more: MoreFeatures | None = None
) -> dict[str, Judgement]:
    """Gain -> judgement of the ``rankers`` over all eligible pairs of the later campaigns, by the truth in ``source``.

    ``more``: features beside the usual ones for rankers that read them, see :data:`MoreFeatures`.
    """
    expected, config = read_expected(source), job.config.evaluation
    parts, objectives = [], {}
    for choice, pairs in eligible_pairs(job, expected, more):
        parts.append(_score(choice, pairs, rankers))
        objectives[choice.campaign_id] = choice.brief.objective.value
    return judge(
        pd.concat(parts, ignore_index=True),
        expected,
        objectives,
        cutoff=config.cutoff,
        repetitions=config.bootstrap,
        seed=config.seed,
    )


def eligible_pairs(
    job: Job, expected: pd.DataFrame, more: MoreFeatures | None = None
) -> Iterator[tuple[Choice, pd.DataFrame]]:
    """Each later campaign that ``expected`` (see :func:`read_expected`) lists, oldest first, with the pair features of
    everyone who was eligible and known then: a row for each of ``choice.rows`` that is not -1."""
    held_out = set(holdout_examples(job)["campaign_id"]) & set(expected["campaign_id"])
    asked, encode = _asked(Catalogue(job.workspace.done("tables")), held_out), encoder(job)
    for done, choice in enumerate(_choices(job, asked, expected), start=1):
        rows = choice.rows[choice.rows >= 0]
        pairs = pair_features(view_brief(choice.brief, encode), choice.snapshot, rows, choice.made_at)
        if more is not None:
            pairs = pd.concat([pairs, more(choice.snapshot, rows, choice.made_at)], axis=1)
        yield choice, pairs
        job.workspace.progress("judged campaigns", done, len(asked))


class _Asked(NamedTuple):
    campaign_id: str
    made_at: datetime
    brief: Brief


def _asked(catalogue: Catalogue, campaigns: set[str]) -> list[_Asked]:
    """The briefs of the decisions for ``campaigns``, oldest first."""
    rows = catalogue.table("decisions").select(["campaign_id", "made_at", "brief"]).to_pylist()
    asked = [
        _Asked(row["campaign_id"], row["made_at"], Brief.from_json(row["brief"]))
        for row in rows
        if row["campaign_id"] in campaigns
    ]
    return sorted(asked, key=lambda a: (a.made_at, a.campaign_id))


def _choices(job: Job, asked: list[_Asked], expected: pd.DataFrame) -> Iterator[Choice]:
    """Each of ``asked`` with everyone whom ``expected`` lists as eligible."""
    eligible = {
        str(k): np.sort(v.to_numpy(dtype=object)) for k, v in expected.groupby("campaign_id")["creator_id"]
    }
    for snapshot, due in _by_snapshot(job, asked):
        leads = LeadAccounts(snapshot)
        for one in due:
            creators = eligible[one.campaign_id]
            yield Choice(*one, creators, snapshot, leads.rows(one.brief, one.made_at, creators))


def _score(choice: Choice, pairs: pd.DataFrame, rankers: Mapping[str, Ranker]) -> pd.DataFrame:
    """campaign_id, creator_id and a column of values per ranker for every eligible pair; NaN: creator unknown."""
    known = choice.rows >= 0
    scores = pd.DataFrame({"campaign_id": choice.campaign_id, "creator_id": choice.creators})
    asked = pairs.assign(creator_id=choice.creators[known])
    for name, ranker in rankers.items():
        values = np.full(len(known), np.nan)
        values[known] = ranker.value(asked)
        scores[name] = values
    return scores


def _by_snapshot(job: Job, asked: list[_Asked]) -> Iterator[tuple[FeatureSnapshot, list[_Asked]]]:
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
