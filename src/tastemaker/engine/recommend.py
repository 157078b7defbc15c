"""``Engine.recommend``: eligible, retrieve, rank, shortlist, log; ``Engine.creator``: what is known of one."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pyarrow as pa

from tastemaker.bundle import Bundle, load_bundle
from tastemaker.engine.answering import Wish, make
from tastemaker.engine.card import creator_card
from tastemaker.engine.log import DecisionLog
from tastemaker.engine.portfolio import choose_portfolio
from tastemaker.errors import BriefError
from tastemaker.schema import Brief, CreatorCard, Portfolio, Recommendation

MAX_LIMIT = 500
MAX_CONSIDERED = 1_000


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
        exact: bool = False,
    ) -> Recommendation:
        """The ranked shortlist for ``brief``: at most ``limit`` creators (1..500; default from the configuration).

        Time windows of the filters (days since a post, work for competitors) count back from ``at``: by default the
        moment the bundle's data was known, for nothing is known of the days since. The decision is in the log before
        this returns.

        ``explore`` asks for test slots or refuses them (default: as ``exploration.enabled`` says); ``seed`` (0 to
        2^32 - 1) draws them as an earlier decision's did, by default it hangs on the decision's id. ``exact`` looks at
        every eligible creator, whatever it costs; ``funnel.plan`` says how they were found.

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
        wish = Wish(at or bundle.snapshot.as_of, limit, explore, seed, exact)
        made = make(bundle, brief, wish, uuid.uuid4().hex, datetime.now(UTC))
        if self._log is not None:
            kept = bundle.manifest.config.engine.log_features
            self._log.record(made.decision, made.shown if kept else None, made.trace)
        return made.decision

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
