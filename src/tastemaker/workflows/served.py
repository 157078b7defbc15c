"""Shortlists as rows: those that a bundle would have given to past briefs, and those that it gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from tastemaker.config import Config
from tastemaker.encoders import Encoder
from tastemaker.errors import BriefError
from tastemaker.features import FeatureSnapshot, pair_features, view_brief
from tastemaker.ranking import Ranker, order
from tastemaker.retrieval import Retriever
from tastemaker.schema import Brief, Recommendation
from tastemaker.sources import Catalogue
from tastemaker.training import first_market

MOST = 200
"""Past briefs that are answered for the reference, the latest."""


@dataclass(frozen=True)
class Server:
    """What answers a brief, as the engine does it."""

    snapshot: FeatureSnapshot
    retriever: Retriever
    ranker: Ranker
    encoder: Encoder
    config: Config

    def shortlist(self, decision_id: str, made_at: datetime, brief: Brief) -> pd.DataFrame:
        """The first ``engine.limit`` creators for the brief, with their pair features."""
        view, at = view_brief(brief, self.encoder), self.snapshot.as_of
        limit = self.config.engine.limit
        found = self.retriever.retrieve(view, at, max(limit, self.config.retrieval.candidates))
        rows = np.asarray(found.rows)
        pairs = pair_features(view, self.snapshot, rows, at)
        ids = self.snapshot.column("creator_id")[rows]
        values = self.ranker.value(pairs.assign(creator_id=ids))
        best = order(values, ids)[:limit] if len(rows) else np.empty(0, np.int64)
        return _told(pairs.iloc[best], self.snapshot, rows[best], decision_id, made_at, brief)

    def logged(self, decision: Recommendation) -> pd.DataFrame:
        """The same of a decision that was made: its first ``engine.limit`` lines."""
        accounts = [line.account_id for line in decision.shortlist[: self.config.engine.limit]]
        rows = pd.Index(self.snapshot.column("account_id").astype(str)).get_indexer(
            pd.Index(accounts, dtype=str)
        )
        rows = rows[rows >= 0]
        view = view_brief(decision.brief, self.encoder)
        pairs = pair_features(view, self.snapshot, rows, self.snapshot.as_of)
        return _told(pairs, self.snapshot, rows, decision.decision_id, decision.made_at, decision.brief)


def past_shortlists(server: Server, catalogue: Catalogue, since: datetime) -> pd.DataFrame | None:
    """What the bundle would give to the past briefs from ``since`` on (at most the latest :data:`MOST`)."""
    table = catalogue.table("decisions").select(["made_at", "decision_id", "brief"]).to_pylist()
    rows = sorted((r for r in table if r["made_at"] >= since), key=lambda r: (r["made_at"], r["decision_id"]))
    parts = []
    for row in rows[-MOST:]:
        try:
            brief = Brief.from_json(row["brief"])
        except BriefError:
            continue
        parts.append(server.shortlist(row["decision_id"], row["made_at"], brief))
    return together(parts)


def together(parts: Iterable[pd.DataFrame]) -> pd.DataFrame | None:
    """All rows; None without any."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else None


def _told(
    pairs: pd.DataFrame,
    snapshot: FeatureSnapshot,
    rows: np.ndarray,
    decision_id: str,
    made_at: datetime,
    brief: Brief,
) -> pd.DataFrame:
    return pairs.reset_index(drop=True).assign(
        decision_id=decision_id,
        creator_id=snapshot.column("creator_id")[rows],
        made_at=pd.Timestamp(made_at),
        market=first_market(brief),
        category=brief.brand.category,
        creator_country=snapshot.column("country")[rows],
    )
