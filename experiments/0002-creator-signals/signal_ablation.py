"""Section ``ablation``: what each group of signals is worth to the ranker, by the truth of simulated marketplaces.

Each group is left out of what the ranker reads, and what it does not read of the group is added, one group at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from signal_inputs import Inputs
from signal_settings import AblationSettings

from tastemaker.config import Config, load_config
from tastemaker.evaluation import mean_interval, paired_difference
from tastemaker.features import PAIR_FEATURES, FeatureSnapshot
from tastemaker.features.columns import FIELD_GROUPS, SNAPSHOT_SCHEMA
from tastemaker.ranking import make_ranker
from tastemaker.training import split_by_time
from tastemaker.workflows import (
    Job,
    Workspace,
    build_features,
    collect_examples,
    encode_texts,
    ingest_tables,
    judge_by_truth,
    simulate_marketplace,
)

SERVED, EVERYTHING = "served", "everything"
AGE = "_age_days"
DERIVED = {
    "size": ("log_followers", "following_ratio"),
    "engagement": ("log_views", "days_since_post"),
    "audience": tuple(n for n in PAIR_FEATURES if n.startswith("audience_")),
    "content": ("content_similarity",),
    "price": ("log_fee", "fee_to_budget"),
    "history": ("worked_with_brand", "days_since_competitor"),
}
"""Group -> pair features that are made of its columns and have names of their own."""
READ_OTHERWISE = ("followers", "following", "views_median", "last_post_at", "fee")
"""Columns that the ranker has in such a form."""


def ablation(inputs: Inputs) -> dict[str, Any]:
    """Per variant NDCG by the true value over all eligible, and the paired difference to what is served."""
    asked = inputs.settings.ablation
    tables = []
    with TemporaryDirectory() as scratch:
        for number, seed in enumerate(asked.seeds):
            inputs.tell("ablation: marketplaces", number, len(asked.seeds))
            tables.append(judged(*marketplace(Path(scratch) / str(seed), asked, seed), variants()))
    table = pd.concat(tables, ignore_index=True)
    rows = {
        str(name): {
            "ndcg": mean_interval(table[name]).to_json(),
            "over_served": paired_difference(table[name], table[SERVED]).to_json(),
        }
        for name in table
    }
    return {"campaigns": len(table), "seeds": list(asked.seeds), "rows": rows}


def marketplace(workspace: Path, asked: AblationSettings, seed: int) -> tuple[Job, Path]:
    """A simulated marketplace with its features, and where its truth is."""
    job = Job(Workspace(workspace), _config(asked, seed))
    source = simulate_marketplace(job)
    ingest_tables(job, source)
    encode_texts(job)
    build_features(job)
    return job, source


def judged(job: Job, source: Path, asked: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """NDCG by the true value: a row per later campaign, a column per variant of ``asked`` (name -> its columns)."""
    folders = sorted(path for path in build_features(job).iterdir() if path.is_dir())
    snapshots = [FeatureSnapshot.load(folder) for folder in folders]
    examples = with_signals(pd.read_parquet(collect_examples(job) / "examples.parquet"), snapshots)
    known = split_by_time(examples, job.config.training.holdout_share).train
    rankers = {name: make_ranker("value", job.config, columns=c).fit(known) for name, c in asked.items()}
    return judge_by_truth(job, source, rankers, signals)["value"].per_campaign[list(rankers)]


def variants() -> dict[str, tuple[str, ...]]:
    """Name -> the columns that its ranker reads."""
    found = {SERVED: PAIR_FEATURES, EVERYTHING: (*PAIR_FEATURES, *SIGNALS)}
    for group, columns in FIELD_GROUPS.items():
        own = {*columns, *DERIVED.get(group, ())}
        left = tuple(name for name in PAIR_FEATURES if name not in own)
        more = tuple(name for name in SIGNALS if _column(name) in columns)
        if len(left) < len(PAIR_FEATURES):
            found[f"without {group}"] = left
        if more:
            found[f"with more of {group}"] = (*PAIR_FEATURES, *more)
    return found


def signals(snapshot: FeatureSnapshot, rows: np.ndarray, at: datetime) -> pd.DataFrame:
    """Every number of the snapshot that is no pair feature, ``SIGNALS``; times as days before ``at``."""
    now = np.datetime64(int(at.timestamp() * 1_000_000), "us")
    made = {}
    for name in SIGNALS:
        values = snapshot.column(_column(name))[rows]
        made[name] = (now - values) / np.timedelta64(1, "D") if name.endswith(AGE) else values
    return pd.DataFrame(made, dtype=np.float64)


def with_signals(examples: pd.DataFrame, snapshots: list[FeatureSnapshot]) -> pd.DataFrame:
    """The examples with the signals of the latest snapshot that is not after each one's moment."""
    moments = np.array([np.datetime64(s.as_of.replace(tzinfo=None), "us") for s in snapshots])
    made_at = examples["made_at"].dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    latest = np.searchsorted(moments, made_at, side="right") - 1
    parts = []
    for number, snapshot in enumerate(snapshots):
        account = pd.Index(snapshot.column("account_id"))
        for moment, due in examples[latest == number].groupby("made_at"):
            rows = account.get_indexer(due["account_id"])
            parts.append(signals(snapshot, rows, moment.to_pydatetime()).set_axis(due.index))
    return pd.concat([examples, pd.concat(parts)], axis=1)


def _config(asked: AblationSettings, seed: int) -> Config:
    usual = load_config(Path(__file__).parents[2] / "configs" / "test.yaml")
    sized = {"creators": asked.creators, "brands": asked.brands, "campaigns": asked.campaigns, "seed": seed}
    return usual.model_copy(update={"simulation": usual.simulation.model_copy(update=sized)})


def _numbers() -> Iterator[str]:
    for columns in FIELD_GROUPS.values():
        for name in columns:
            kind = SNAPSHOT_SCHEMA.field(name).type
            if name in PAIR_FEATURES or name in READ_OTHERWISE:
                continue
            if pa.types.is_timestamp(kind):
                yield name + AGE
            elif not (pa.types.is_string(kind) or pa.types.is_list(kind)):
                yield name


def _column(signal: str) -> str:
    return signal.removesuffix(AGE)


SIGNALS = tuple(_numbers())
