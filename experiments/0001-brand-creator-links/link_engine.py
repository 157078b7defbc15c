"""The benchmark put to the engine: creators as a feature snapshot, brands as briefs, links as outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from link_data import matrix
from link_settings import Settings
from link_world import Floats, Ids, World, unit
from numpy.typing import NDArray

from tastemaker.features import SNAPSHOT_SCHEMA, BriefView, FeatureSnapshot
from tastemaker.ranking import LambdaMartRanker
from tastemaker.retrieval import Retriever
from tastemaker.schema import AUDIENCE_WIDTH, Brief, Objective

AT = datetime(2019, 1, 1, tzinfo=UTC)
"""One moment for everything: the benchmark has no times."""
OBJECTIVE = Objective.ENGAGEMENT
SPACE = "topics|hashtags"
LAST = -np.inf


def retrieval_scores(
    world: World, queries: Ids, candidates: Ids, topics: Floats, hashtags: Floats, settings: Settings
) -> Floats:
    """(n_queries, n_candidates) scores of the engine's retriever; -inf for who was not retrieved.

    ``topics`` and ``hashtags`` are the content blocks of all brands, then of all creators of ``world``.
    """
    content = unit(np.hstack([topics, settings.hashtag_weight * hashtags])).astype(np.float32)
    creators = content[len(world.brands) + candidates]
    snapshot = _snapshot(world.creators.iloc[candidates], creators)
    retriever = Retriever.build(snapshot, settings.retrieval, settings.seed)
    scores = np.full((len(queries), len(candidates)), LAST)
    for row, query in enumerate(queries):
        view = _view(world.brands.iloc[int(query)], content[query])
        found = retriever.retrieve(view, AT, settings.retrieval.candidates)
        scores[row, found.rows] = found.scores
    return scores


def plain_blocks(world: World) -> tuple[Floats, Floats]:
    """Topics and hashtag vectors as they come, unit rows: their inner product is the sum of the two cosines / 2."""
    both = pd.concat([world.brands, world.creators])
    return unit(matrix(both, "caption_topics")), unit(matrix(both, "hashtag_vector"))


def examples(
    world: World,
    queries: Ids,
    candidates: Ids,
    arrays: Mapping[str, Floats],
    linked: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """A row per pair as a ranker takes it: a link is an outcome of one at the price of one, no link an outcome of
    none. Every brand is a campaign of its own. Without ``linked``, pairs that are only asked about."""
    campaign = np.repeat(world.brands["brand_id"].to_numpy(dtype=str)[queries], len(candidates))
    frame = pd.DataFrame({name: np.where(np.isfinite(a), a, np.nan).ravel() for name, a in arrays.items()})
    frame["decision_id"] = frame["campaign_id"] = campaign
    frame["creator_id"] = np.tile(world.creators["creator_id"].to_numpy(dtype=str)[candidates], len(queries))
    frame["made_at"] = pd.Timestamp(AT)
    frame["objective"] = float(list(Objective).index(OBJECTIVE))
    frame["agreed"] = frame["cost"] = 1.0
    for kpi in ("reach", "conversions", "content_rating"):
        frame[kpi] = np.nan
    frame["engagements"] = np.nan if linked is None else linked.ravel().astype(np.float64)
    return frame


def make_ranker(columns: tuple[str, ...], settings: Settings) -> LambdaMartRanker:
    """The engine's listwise ranker on these features. Its calibration needs a few brands and changes no order, so it
    gets the least that it takes."""
    return LambdaMartRanker(settings.ranking, columns=columns, calibration_share=0.01, seed=settings.seed)


def _snapshot(creators: pd.DataFrame, content: NDArray[np.float32]) -> FeatureSnapshot:
    unknown = {name: [None] * len(creators) for name in SNAPSHOT_SCHEMA.names}
    ids = creators["creator_id"].tolist()
    facts = {"account_id": ids, "creator_id": ids, "handle": creators["handle"].tolist()}
    table = pa.table(unknown | facts | {"platform": ["instagram"] * len(ids)}, schema=SNAPSHOT_SCHEMA)
    audience = np.full((len(ids), AUDIENCE_WIDTH), np.nan, dtype=np.float32)
    return FeatureSnapshot(AT, SPACE, table, content, np.arange(len(ids)), audience)


def _view(brand: pd.Series, content: NDArray[np.float32]) -> BriefView:
    says = {"name": brand["name"], "brand_id": brand["brand_id"], "category": brand["category"]}
    brief = Brief.parse({"brand": says, "objective": OBJECTIVE.value})
    return BriefView(brief, content, np.full(AUDIENCE_WIDTH, np.nan, dtype=np.float32), SPACE)
