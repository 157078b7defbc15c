"""From past decisions to training examples: what was known then, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker import config
from tastemaker.encoders import Encoder
from tastemaker.errors import BriefError, TrainingError
from tastemaker.features import FeatureSnapshot, pair_features, view_brief
from tastemaker.progress import Progress, silent
from tastemaker.retrieval import Eligibility
from tastemaker.schema import Brief
from tastemaker.sources import Catalogue
from tastemaker.training.labels import offer_labels, outcome_labels


@dataclass(frozen=True)
class ExampleSet:
    """``frame``: one row per (decision, creator) that was considered, in order of time; columns as in the
    docs.

    The counts say what could not be used: decisions before the first snapshot, decisions whose brief can not
    be read, and considered creators of whom nothing was known yet.
    """

    frame: pd.DataFrame
    decisions: int
    before_first_snapshot: int
    unusable_briefs: int
    unknown_creators: int


class Decision(NamedTuple):
    decision_id: str
    campaign_id: str | None
    brief: str
    made_at: datetime


def build_examples(
    catalogue: Catalogue,
    snapshots: Iterable[FeatureSnapshot],
    encoder: Encoder,
    *,
    known_at: datetime | None = None,
    training: config.Training | None = None,
    progress: Progress = silent,
) -> ExampleSet:
    """Pair features at the time of each decision, with the labels known by ``known_at`` (default: all), grown to their
    final values by ``training`` (:func:`~tastemaker.training.labels.outcome_labels`).

    ``snapshots`` come oldest first and may be a generator: two are held at a time. A decision takes the
    latest snapshot that is not after it; so nothing observed later reaches its features. Raises
    :class:`TrainingError` where no decision is left.
    """
    decisions = _decisions(catalogue)
    items = catalogue.table("decision_items").to_pandas()
    considered = dict(
        tuple(items[["decision_id", "creator_id", "chosen", "p_shown", "p_chosen"]].groupby("decision_id"))
    )
    parts: list[pd.DataFrame] = []
    counts = {"early": 0, "unusable": 0, "unknown": 0}
    start = 0
    for number, (snapshot, following) in enumerate(pairwise(chain(snapshots, [None]))):
        if snapshot is None or (following is not None and following.as_of <= snapshot.as_of):
            raise TrainingError(
                "snapshots are not in order of time; give them oldest first, each moment once"
            )
        if number == 0:
            start = counts["early"] = sum(d.made_at < snapshot.as_of for d in decisions)
        leads = LeadAccounts(snapshot)
        while start < len(decisions) and (following is None or decisions[start].made_at < following.as_of):
            decision, start = decisions[start], start + 1
            progress("examples", start, len(decisions))
            if decision.decision_id in considered:
                part = _of_decision(decision, considered[decision.decision_id], leads, encoder, counts)
                parts += [] if part is None or part.empty else [part]
    if not parts:
        raise TrainingError(
            f"{catalogue.root}: none of {len(decisions)} decisions can be learned from ({counts['early']} lie before"
            " the first feature snapshot); training needs decisions with decision_items and snapshots from before them"
        )
    frame = _with_labels(pd.concat(parts, ignore_index=True), catalogue, known_at, training)
    return ExampleSet(frame, len(decisions), counts["early"], counts["unusable"], counts["unknown"])


class LeadAccounts:
    """Which account stands for a creator: the one that passes the brief's filters, else the most followed
    one.
    """

    def __init__(self, snapshot: FeatureSnapshot) -> None:
        self.snapshot = snapshot
        self._eligibility = Eligibility(snapshot)
        creators = snapshot.column("creator_id").astype(object)
        followers = np.nan_to_num(snapshot.column("followers").astype(np.float64), nan=-1.0)
        order = np.lexsort(
            (snapshot.column("account_id").astype(object).astype(str), -followers, creators.astype(str))
        )
        self._creators = pd.Index(creators[order])
        first = ~self._creators.duplicated()
        self._most_followed = pd.Series(order[first], index=self._creators[first])
        self._of_row = creators

    def rows(self, brief: Brief, at: datetime, creator_ids: NDArray[np.object_]) -> NDArray[np.int64]:
        """The snapshot's row for each creator (n,), -1 for a creator who was not known yet."""
        eligible = np.flatnonzero(self._eligibility.check(brief, at).mask)
        passing = pd.Series(eligible, index=pd.Index(self._of_row[eligible]))
        rows = passing.reindex(creator_ids).fillna(self._most_followed.reindex(creator_ids)).fillna(-1)
        return rows.to_numpy(dtype=np.int64)


def _decisions(catalogue: Catalogue) -> list[Decision]:
    table = catalogue.table("decisions").select(list(Decision._fields)).to_pylist()
    return sorted((Decision(**row) for row in table), key=lambda d: (d.made_at, d.decision_id))


def _of_decision(
    decision: Decision, items: pd.DataFrame, leads: LeadAccounts, encoder: Encoder, counts: dict[str, int]
) -> pd.DataFrame | None:
    items = items.sort_values("creator_id", ignore_index=True)
    try:
        brief = Brief.from_json(decision.brief, f"decision {decision.decision_id}")
        rows = leads.rows(brief, decision.made_at, items["creator_id"].to_numpy(dtype=object))
    except BriefError:
        counts["unusable"] += 1
        return None
    known = rows >= 0
    counts["unknown"] += int((~known).sum())
    rows, items = rows[known], items[known].reset_index(drop=True)
    features = pair_features(view_brief(brief, encoder), leads.snapshot, rows, decision.made_at)
    ids = items.assign(
        campaign_id=decision.campaign_id,
        account_id=leads.snapshot.column("account_id")[rows],
        made_at=pd.Timestamp(decision.made_at),
        chosen=items["chosen"].astype(bool),
        p_shown=items["p_shown"].astype("float64"),
        p_chosen=items["p_chosen"].astype("float64"),
    )
    return pd.concat([ids, features.reset_index(drop=True)], axis=1)


def _with_labels(
    frame: pd.DataFrame, catalogue: Catalogue, known_at: datetime | None, training: config.Training | None
) -> pd.DataFrame:
    outcomes = outcome_labels(catalogue, known_at, training=training)
    frame = frame.merge(offer_labels(catalogue, known_at), on=["decision_id", "creator_id"], how="left")
    frame = frame.merge(outcomes, on=["campaign_id", "creator_id"], how="left")
    frame["mature"] = frame["mature"].eq(True)
    worked = (
        frame["agreed"].isna() & frame["outcome_at"].notna()
    )  # who delivered has agreed, whatever was written down
    frame.loc[worked, "agreed"] = 1.0
    frame["offered_at"] = frame["offered_at"].fillna(frame["outcome_at"])
    return frame
