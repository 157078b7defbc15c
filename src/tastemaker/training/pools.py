"""From past decisions to the pools that retrieval learns from, as things stood when they were made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, pairwise

import numpy as np
import pandas as pd

from tastemaker import config as configuration
from tastemaker.encoders import Encoder
from tastemaker.features import BriefView, FeatureSnapshot, view_brief
from tastemaker.features.lookups import spans
from tastemaker.ranking import realised_value
from tastemaker.retrieval import ContentProjection, Eligibility, JointSpace, Pool, sample_rest
from tastemaker.retrieval.joint import facet_averages
from tastemaker.retrieval.projection import unit_rows
from tastemaker.schema import Brief
from tastemaker.sources import Catalogue


def outcome_weights(examples: pd.DataFrame) -> pd.Series:
    """What each considered creator was worth to the decision, 0..1, indexed like ``examples``.

    Among those who delivered, the share of the decision's realised values (KPI per US dollar) that are no
    better: the best has 1. 0 for who was passed over or declined. NaN for who was chosen and whose value is
    not known: neither a model nor a warning.
    """
    value = pd.Series(realised_value(examples), index=examples.index)
    delivered = value.where(value > 0)
    weight = delivered.groupby(examples["decision_id"]).rank(pct=True, method="max")
    return weight.where(delivered.notna(), value.where(examples["chosen"].astype(bool), 0.0))


def gather_pools(
    examples: pd.DataFrame,
    catalogue: Catalogue,
    snapshots: Iterable[FeatureSnapshot],
    encoder: Encoder,
    base: ContentProjection,
    config: configuration.Retrieval,
    seed: int = 0,
) -> list[Pool]:
    """A pool for every decision of ``examples``, and for no other: everyone considered, and up to
    ``projection_negatives`` others who were eligible then, half of them among those who delivered for an earlier
    decision. (Those are the negatives that the batch of a two-tower model would hold, drawn with known chances.)

    ``snapshots`` come oldest first; a decision takes the latest that is not after it, as its examples do.
    """
    due = _decisions(examples, catalogue)
    considered = dict(tuple(examples.groupby("decision_id")))
    rng = np.random.default_rng(seed)
    delivered = (
        examples[outcome_weights(examples) > 0].groupby("decision_id")["creator_id"].agg(set).to_dict()
    )
    partners: set[str] = set()
    pools: list[Pool] = []
    for snapshot, following in pairwise(chain(snapshots, [None])):
        if snapshot is None:
            break
        until = pd.Timestamp.max.tz_localize("UTC") if following is None else following.as_of
        now = due[(due["made_at"] >= snapshot.as_of) & (due["made_at"] < until)]
        if now.empty:
            continue
        gatherer = _Gatherer(snapshot, base, config)
        for decision in now.itertuples():
            brief = Brief.from_json(str(decision.brief), f"decision {decision.decision_id}")
            part = considered[str(decision.decision_id)]
            pools.append(gatherer.pool(view_brief(brief, encoder), part, partners, rng))
            partners |= delivered.get(str(decision.decision_id), set())
    return pools


def weigh(pools: Sequence[Pool], examples: pd.DataFrame) -> list[Pool]:
    """The pools of the decisions in ``examples``, with the weights that its labels give."""
    weights = outcome_weights(examples).to_numpy()
    parts = pd.Series(weights, index=pd.MultiIndex.from_frame(examples[["decision_id", "creator_id"]]))
    known = set(examples["decision_id"])
    weighed = []
    for pool in pools:
        if pool.decision_id in known:
            own = parts[pool.decision_id]
            row = np.zeros(len(pool.creator_ids), dtype=np.float32)
            place = pd.Index(pool.creator_ids).get_indexer(own.index)
            row[place[place >= 0]] = own.to_numpy()[place >= 0]
            weighed.append(replace(pool, weight=row))
    return weighed


class _Gatherer:
    """What the pools of one snapshot share."""

    def __init__(
        self, snapshot: FeatureSnapshot, base: ContentProjection, config: configuration.Retrieval
    ) -> None:
        self.snapshot = snapshot
        self.space = JointSpace(base, facet_averages(snapshot))
        self.negatives = config.projection_negatives
        self._eligibility = Eligibility(snapshot)
        self._themes = base.transform(snapshot.themes).astype(np.float16)
        self._audiences = self.space.audiences(snapshot)
        self._row_of = pd.Index(snapshot.column("account_id"))

    def pool(
        self, view: BriefView, considered: pd.DataFrame, partners: set[str], rng: np.random.Generator
    ) -> Pool:
        creators = self.snapshot.column("creator_id")
        certain = np.zeros(len(self.snapshot), dtype=bool)
        place = self._row_of.get_indexer(considered["account_id"])
        certain[place[place >= 0]] = True
        at = considered["made_at"].iloc[0].to_pydatetime()
        eligible = np.array(self._eligibility.check(view.brief, at).mask)
        eligible &= ~np.isin(self.snapshot.creator_code, self.snapshot.creator_code[certain])
        rows = np.flatnonzero(eligible | certain)
        known = pd.Index(creators[rows]).isin(partners)
        taken, log_stands_for = sample_rest(certain[rows], self.negatives, rng, known)
        rows = rows[taken]
        first = self.snapshot.theme_start[rows]
        count = self.snapshot.theme_start[rows + 1] - first
        query = self.space.query(view, 0.0, 1.0)
        return Pool(
            decision_id=str(considered["decision_id"].iloc[0]),
            creator_ids=creators[rows],
            brief=unit_rows(self.space.projection.transform(view.content[None, :]))[0],
            themes=self._themes[spans(first, count)],
            start=np.cumsum(count) - count,
            audience=self._audiences[rows] @ query[self.space.projection.width :],
            weight=np.zeros(len(rows), dtype=np.float32),
            log_stands_for=log_stands_for,
        )


def _decisions(examples: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """decision_id, made_at and brief of the decisions in ``examples``, oldest first."""
    table: pd.DataFrame = catalogue.table("decisions").select(["decision_id", "made_at", "brief"]).to_pandas()
    table = table[table["decision_id"].isin(set(examples["decision_id"]))]
    return table.sort_values(["made_at", "decision_id"], ignore_index=True)
