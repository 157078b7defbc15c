"""One answer from one bundle: eligible, retrieve, rank, shortlist; with what it was made from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from tastemaker import config
from tastemaker.bundle import Bundle
from tastemaker.engine.exploring import Answered, by_value, decision_seed, explored, why_not
from tastemaker.engine.shortlist import shortlist
from tastemaker.features import BriefView, pair_features, view_brief
from tastemaker.retrieval import Candidates
from tastemaker.schema import Brief, Funnel, Recommendation, ShownFeatures, Trace

STALE_DAYS = 45
NAMED = 10


@dataclass(frozen=True)
class Wish:
    """What a request asks for besides its brief; see :class:`~tastemaker.schema.Trace`."""

    at: datetime
    limit: int
    explore: bool
    seed: int | None
    exact: bool


@dataclass(frozen=True)
class Made:
    """A decision, the features behind its shortlist, and what it was made from."""

    decision: Recommendation
    shown: ShownFeatures
    trace: Trace


def make(bundle: Bundle, brief: Brief, wish: Wish, decision_id: str, now: datetime) -> Made:
    """The answer of ``bundle`` to ``brief``. The same arguments give the same answer, bit for bit.

    ``decision_id``: hexadecimal; ``now``: when the decision is made, with a time zone.
    """
    view = view_brief(brief, bundle.encoder)
    pool = max(wish.limit, bundle.manifest.config.retrieval.candidates)
    found = bundle.retriever.retrieve(view, wish.at, pool, exact=wish.exact)
    creator_ids = bundle.snapshot.column("creator_id")[found.rows]
    pairs = pair_features(view, bundle.snapshot, found.rows, wish.at).assign(creator_id=creator_ids)
    values = np.asarray(bundle.ranker.value(pairs))
    answered = _answered(bundle, pairs, values, wish, decision_id)
    picked = pairs.iloc[answered.rows].reset_index(drop=True)
    decision = _decision(bundle, view, found, values, picked, answered, decision_id, now)
    return Made(
        decision, _shown(decision, picked, bundle, wish.at), _trace(bundle, found, pairs, values, wish)
    )


def _answered(
    bundle: Bundle, pairs: pd.DataFrame, values: np.ndarray, wish: Wish, decision_id: str
) -> Answered:
    ids = pairs["creator_id"].to_numpy()
    if not wish.explore:
        return by_value(values, ids, wish.limit)
    unable = why_not(bundle)
    if unable is not None:
        return replace(by_value(values, ids, wish.limit), notes=(unable,))
    settings = bundle.manifest.config.exploration
    drawn = decision_seed(settings, decision_id) if wish.seed is None else wish.seed
    return explored(bundle, pairs, values, ids, wish.limit, drawn)


def _decision(
    bundle: Bundle,
    view: BriefView,
    found: Candidates,
    values: np.ndarray,
    picked: pd.DataFrame,
    answered: Answered,
    decision_id: str,
    now: datetime,
) -> Recommendation:
    best = answered.rows
    rows = np.asarray(found.rows)[best]
    funnel = Funnel(
        creators=found.creators,
        eligible=found.eligible,
        retrieved=len(found.rows),
        ranked=len(best),
        filters=found.filters,
        plan=found.plan,
        missed=found.missed,
    )
    return Recommendation(
        decision_id=decision_id,
        made_at=now,
        bundle=bundle.id,
        ranker=bundle.ranker.name,
        kpi=view.brief.kpi,
        brief=view.brief,
        funnel=funnel,
        shortlist=shortlist(
            bundle,
            picked,
            rows,
            values[best],
            [found.source[i] for i in best],
            bundle.manifest.config.engine.shown_features,
            answered.placements,
        ),
        notes=(*_notes(bundle, view, found, rows, now), *answered.notes),
        exploration=answered.exploration,
    )


def _trace(bundle: Bundle, found: Candidates, pairs: pd.DataFrame, values: np.ndarray, wish: Wish) -> Trace:
    return Trace(
        at=wish.at,
        limit=wish.limit,
        explore=wish.explore,
        exact=wish.exact,
        seed=wish.seed,
        config=config.digest(bundle.manifest.config),
        account_ids=tuple(bundle.snapshot.column("account_id")[found.rows]),
        sources=tuple(found.source),
        scores=tuple(values.tolist()),
        features={str(name): _digest(pairs[name]) for name in pairs.columns if name != "creator_id"},
    )


def _digest(column: pd.Series) -> str:
    """16 hex digits of the values as 64-bit numbers, every unknown alike."""
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.where(np.isnan(values), np.nan, values)
    return hashlib.blake2b(np.ascontiguousarray(known).tobytes(), digest_size=8).hexdigest()


def _shown(decision: Recommendation, picked: pd.DataFrame, bundle: Bundle, at: datetime) -> ShownFeatures:
    picked = picked.drop(columns="creator_id")
    return ShownFeatures(
        as_of=bundle.snapshot.as_of,
        at=at,
        columns=tuple(str(name) for name in picked),
        account_ids=tuple(line.account_id for line in decision.shortlist),
        values=picked.to_numpy(dtype=np.float32),
    )


def _notes(
    bundle: Bundle, view: BriefView, found: Candidates, shown: np.ndarray, now: datetime
) -> tuple[str, ...]:
    notes = list(bundle.manifest.notes)
    age = (now - bundle.snapshot.as_of).days
    if age > STALE_DAYS:
        notes.append(f"the bundle's data is {age} days old (as of {bundle.snapshot.as_of:%Y-%m-%d})")
    if not view.content.any():
        notes.append(
            "the brief has no text to match content with; candidates come from audiences and filters alone"
        )
    budget = view.brief.budget
    if budget is not None and budget.currency not in bundle.snapshot.fx:
        known = ", ".join(sorted(bundle.snapshot.fx))
        notes.append(
            f"the budget is left out: the rate of {budget.currency} is not known here (known: {known})"
        )
    emptied = next((f.name for f in found.filters if f.left == 0), None)
    if emptied:
        notes.append(f"nobody passes the filters: {emptied} leaves none")
    unjudged = bundle.retriever.eligibility.unjudged(view.brief, shown)
    if unjudged.any():
        ids = ", ".join(bundle.snapshot.column("creator_id")[shown[unjudged]][:NAMED])
        more = ", ..." if np.count_nonzero(unjudged) > NAMED else ""
        notes.append(
            f"safety_floor: {np.count_nonzero(unjudged)} of the {len(shown)} shown have no caption that could be"
            f" judged in one of its categories, and pass unjudged: {ids}{more}"
        )
    return tuple(notes)
