"""``Engine.recommend``: eligible, retrieve, rank, shortlist, log; ``Engine.creator``: what is known of one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa

from tastemaker.bundle import Bundle, load_bundle
from tastemaker.engine.card import creator_card
from tastemaker.engine.exploring import by_value, decision_seed, explored, why_not
from tastemaker.engine.log import DecisionLog
from tastemaker.engine.portfolio import choose_portfolio
from tastemaker.engine.shortlist import shortlist
from tastemaker.errors import BriefError
from tastemaker.features import BriefView, pair_features, view_brief
from tastemaker.retrieval import Candidates
from tastemaker.schema import Brief, CreatorCard, Funnel, Portfolio, Recommendation, ShownFeatures

MAX_LIMIT = 500
MAX_CONSIDERED = 1_000
STALE_DAYS = 45
NAMED = 10


@dataclass(frozen=True)
class Wish:
    """What a request asks for besides its brief."""

    limit: int
    explore: bool
    seed: int | None


class Engine:
    """Answers briefs from one bundle. Safe to share between threads; :meth:`swap` changes the bundle in one step."""

    def __init__(self, bundle: Bundle, log: DecisionLog | None = None) -> None:
        self._bundle = bundle
        self._log = log

    @classmethod
    def load(cls, folder: str | Path, log: DecisionLog | None = None) -> Self:
        """An engine over the bundle in ``folder``. Raises BundleError when the bundle does not verify."""
        return cls(load_bundle(Path(folder)), log)

    @property
    def bundle(self) -> Bundle:
        return self._bundle

    @property
    def bundle_id(self) -> str:
        return self._bundle.id

    def swap(self, folder: str | Path) -> str:
        """Loads another bundle beside the present one, then serves from it; requests under way finish on the old one.

        Returns the new bundle's id. If it does not verify, BundleError is raised and the old one stays.
        """
        self._bundle = load_bundle(Path(folder))
        return self._bundle.id

    def recommend(
        self,
        brief: Brief,
        limit: int | None = None,
        at: datetime | None = None,
        *,
        explore: bool | None = None,
        seed: int | None = None,
    ) -> Recommendation:
        """The ranked shortlist for ``brief``: at most ``limit`` creators (1..500; default from the configuration).

        Time windows of the filters (days since a post, work for competitors) count back from ``at``: by default the
        moment the bundle's data was known, for nothing is known of the days since. The decision is in the log before
        this returns.

        ``explore`` asks for test slots or refuses them (default: as ``exploration.enabled`` says); ``seed`` (0 to
        2^32 - 1) draws them as an earlier decision's did, by default it hangs on the decision's id.

        Raises BriefError for a limit or currency that can not be served, StoreError if it can not be
        logged.
        """
        bundle = self._bundle
        limit = bundle.manifest.config.engine.limit if limit is None else limit
        if not 1 <= limit <= MAX_LIMIT:
            raise BriefError(f"limit: {limit} is outside 1..{MAX_LIMIT}")
        if seed is not None and not 0 <= seed < 2**32:
            raise BriefError(f"seed: {seed} is outside 0..{2**32 - 1}; take that of an earlier decision")
        if explore is None:
            explore = bundle.manifest.config.exploration.enabled
        now = datetime.now(UTC)
        at = at or bundle.snapshot.as_of
        view = view_brief(brief, bundle.encoder)
        pool = max(limit, bundle.manifest.config.retrieval.candidates)
        found = bundle.retriever.retrieve(view, at, pool)
        wish = Wish(limit, explore, seed)
        decision, picked = self._answer(bundle, view, found, wish, at, now)
        if self._log is not None:
            kept = bundle.manifest.config.engine.log_features
            self._log.record(decision, _shown(decision, picked, bundle, at) if kept else None)
        return decision

    def portfolio(
        self,
        brief: Brief,
        at: datetime | None = None,
        *,
        overlaps: pa.Table | None = None,
        considered: int | None = None,
    ) -> Portfolio:
        """The set of creators with their packages that is expected to bring most under the brief's budget and
        ``brief.portfolio``, people who are reached by several counted once.

        ``overlaps``: reports of shared followers (canonical table ``overlaps``); without any, overlap is modelled.
        ``considered``: how many of the most similar eligible creators to choose from (5..1,000; default: as many as are
        handed to the ranker). ``at`` as in :meth:`recommend`. It is not written to the decision log.

        A brief that no set keeps to is answered, with ``infeasible``. Raises BriefError for a currency or a size
        that the bundle does not know or a must-have who is not eligible, UnknownCreatorError for one whom it does not
        have, PortfolioError where it has no forecasts.
        """
        bundle = self._bundle
        considered = bundle.manifest.config.retrieval.candidates if considered is None else considered
        if not 5 <= considered <= MAX_CONSIDERED:
            raise BriefError(f"considered: {considered} is outside 5..{MAX_CONSIDERED}")
        return choose_portfolio(bundle, brief, at or bundle.snapshot.as_of, overlaps, considered)

    def creator(self, identity: str) -> CreatorCard:
        """Everything that is known of a creator: by creator id, account id or ``platform:handle``.

        Raises UnknownCreatorError for one that the bundle does not have.
        """
        bundle = self._bundle
        return creator_card(bundle.snapshot, bundle.id, identity)

    def _answer(
        self, bundle: Bundle, view: BriefView, found: Candidates, wish: Wish, at: datetime, now: datetime
    ) -> tuple[Recommendation, pd.DataFrame]:
        """The decision, and the pair features of its lines, with their ``creator_id``."""
        decision_id = uuid.uuid4().hex
        creator_ids = bundle.snapshot.column("creator_id")[found.rows]
        pairs = pair_features(view, bundle.snapshot, found.rows, at).assign(creator_id=creator_ids)
        values = bundle.ranker.value(pairs)
        unable = why_not(bundle) if wish.explore else None
        if wish.explore and unable is None:
            settings = bundle.manifest.config.exploration
            drawn = decision_seed(settings, decision_id) if wish.seed is None else wish.seed
            answered = explored(bundle, pairs, values, creator_ids, wish.limit, drawn)
        else:
            answered = by_value(values, creator_ids, wish.limit)
        best = answered.rows
        picked = pairs.iloc[best].reset_index(drop=True)
        sources = [found.source[i] for i in best]
        shown = bundle.manifest.config.engine.shown_features
        funnel = Funnel(
            creators=found.creators,
            eligible=found.eligible,
            retrieved=len(found.rows),
            ranked=len(best),
            filters=found.filters,
        )
        decision = Recommendation(
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
                np.asarray(found.rows)[best],
                np.asarray(values)[best],
                sources,
                shown,
                answered.placements,
            ),
            notes=(
                *_notes(bundle, view, found, np.asarray(found.rows)[best], now),
                *(() if unable is None else (unable,)),
                *answered.notes,
            ),
            exploration=answered.exploration,
        )
        return decision, picked


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
