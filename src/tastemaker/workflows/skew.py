"""Were the features that were served those that the tables give? A sample of decisions is made again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from tastemaker.bundle import Bundle, load_bundle
from tastemaker.config import Skew
from tastemaker.errors import EvaluationError
from tastemaker.evaluation.skew import SkewReport, compare_features, in_sample
from tastemaker.features import FeatureSnapshot, pair_features, view_brief
from tastemaker.schema import Recommendation, ShownFeatures
from tastemaker.store import DecisionStore
from tastemaker.workflows.monitoring import build_moments
from tastemaker.workflows.stages import Job, ingest_tables, snapshot_folders
from tastemaker.workflows.workspace import Workspace

TABLES, BUNDLE = "the tables as known then", "the bundle's own snapshot"


def check_skew(
    folder: Path,
    log: DecisionStore,
    since: datetime,
    until: datetime,
    settings: Skew,
    *,
    tables: Path | None = None,
    workspace: Workspace,
) -> SkewReport:
    """The features logged with decisions of the bundle in ``folder``, made again from ``tables`` as they were known at
    the moment of the bundle's data, by its configuration; without tables from the bundle's own snapshot.

    Reads the decisions made from ``since`` to before ``until``, and ``settings.share`` of them. Raises EvaluationError
    for an empty period, BundleError for a bundle that can not be read.
    """
    if since >= until:
        raise EvaluationError(
            f"the period from {since:%Y-%m-%d} to {until:%Y-%m-%d} is empty; its end is not included"
        )
    bundle = load_bundle(folder)
    found = log.between(since, until)
    own = [decision for decision in found if decision.bundle == bundle.id]
    sample = [decision for decision in own if in_sample(decision.decision_id, settings.share)]
    kept = [(d, shown) for d in sample if (shown := log.shown_features(d.decision_id)) is not None]
    snapshot = bundle.snapshot
    if tables is not None and kept:
        snapshot = snapshot_of(Job(workspace, bundle.manifest.config), tables, bundle.snapshot.as_of)
    again = [_again(bundle, snapshot, decision, shown) for decision, shown in kept]
    missing = {account for _, accounts in again for account in accounts}
    columns, served, made = _joined([shown for _, shown in kept], [frame for frame, _ in again])
    return SkewReport(
        bundle=bundle.id,
        since=since,
        until=until,
        made_from=BUNDLE if tables is None else TABLES,
        decisions=len(own),
        sampled=len(sample),
        compared=len(kept),
        accounts=sum(len(shown.account_ids) for _, shown in kept),
        missing_accounts=tuple(sorted(missing)),
        features=compare_features(columns, served, made, settings.tolerance),
        most_mismatches=settings.most_mismatches,
        notes=_notes(len(found), len(own), len(sample), len(kept), settings.share),
    )


def snapshot_of(job: Job, tables: Path, as_of: datetime) -> FeatureSnapshot:
    """The features that ``tables`` give for ``as_of`` alone, in a workspace of their own."""
    with job.workspace.locked():
        job.workspace.clear_partials()
        ingest_tables(job, tables)
        build_moments(job, [as_of])
        return FeatureSnapshot.load(snapshot_folders(job)[-1])


def _again(
    bundle: Bundle, snapshot: FeatureSnapshot, decision: Recommendation, shown: ShownFeatures
) -> tuple[pd.DataFrame, list[str]]:
    """The features of a decision's lines made again, indexed by account, and the accounts that are not there."""
    places = pd.Index(snapshot.column("account_id").astype(str))
    rows = places.get_indexer(pd.Index(shown.account_ids, dtype=str))
    known = rows >= 0
    view = view_brief(decision.brief, bundle.encoder)
    pairs = pair_features(view, snapshot, rows[known], shown.at)
    pairs.index = pd.Index(np.asarray(shown.account_ids, dtype=object)[known])
    return pairs, [a for a, k in zip(shown.account_ids, known, strict=True) if not k]


def _joined(
    shown: Sequence[ShownFeatures], again: Sequence[pd.DataFrame]
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Columns, and the values served and made again, row by row of the accounts that both have.

    A feature that only one side has is unknown on the other.
    """
    if not shown:
        return [], np.empty((0, 0)), np.empty((0, 0))
    then = [pd.DataFrame(s.values, index=pd.Index(s.account_ids), columns=list(s.columns)) for s in shown]
    columns = sorted({str(c) for frame in (*then, *again) for c in frame})
    served = [t.loc[a.index] for t, a in zip(then, again, strict=True)]
    both = [
        np.vstack([f.reindex(columns=columns).to_numpy(np.float64) for f in side]) for side in (served, again)
    ]
    return columns, both[0], both[1]


def _notes(found: int, own: int, sampled: int, kept: int, share: float) -> tuple[str, ...]:
    notes = []
    if own < found:
        notes.append(f"{found - own} of {found} decisions are of other bundles, and left out")
    if not sampled:
        notes.append(
            f"none of {own} decisions is in the sample of {share:.2%}; raise skew.share, or wait for more"
        )
    if kept < sampled:
        notes.append(f"{sampled - kept} of {sampled} sampled decisions were logged without their features")
    return tuple(notes)
