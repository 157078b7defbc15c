"""The benchmark put to the engine: creators as a feature snapshot, brands as briefs, links as outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from link_data import matrix
from link_settings import Settings, Variant
from link_world import Floats, Ids, World, unit
from numpy.typing import NDArray

from tastemaker.config import Ranking
from tastemaker.features import SNAPSHOT_SCHEMA, BriefView, FeatureSnapshot
from tastemaker.ranking import LambdaMartRanker, LinearRanker, Ranker
from tastemaker.retrieval import LearnedProjection, Retriever
from tastemaker.schema import AUDIENCE_WIDTH, Brief, Objective

AT = datetime(2019, 1, 1, tzinfo=UTC)
"""One moment for everything: the benchmark has no times."""
OBJECTIVE = Objective.ENGAGEMENT
SPACE = "topics|hashtags"
LAST = -np.inf
CALIBRATION_PAIRS = 100


def retrieval_scores(
    world: World, queries: Ids, candidates: Ids, topics: Floats, hashtags: Floats, settings: Settings
) -> Floats:
    """(n_queries, n_candidates) scores of the engine's retriever; -inf for who was not retrieved.

    ``topics`` and ``hashtags`` are the content blocks of all brands, then of all creators of ``world``.
    """
    content = unit(np.hstack([topics, settings.hashtag_weight * hashtags]))
    return retrieved_scores(world, queries, candidates, content, settings)


def retrieved_scores(
    world: World,
    queries: Ids,
    candidates: Ids,
    content: Floats,
    settings: Settings,
    learned: LearnedProjection | None = None,
) -> Floats:
    """The same of one content vector for all brands, then for all creators (unit rows), under ``learned`` maps."""
    rows = content.astype(np.float32)
    snapshot = _snapshot(world.creators.iloc[candidates], rows[len(world.brands) + candidates])
    retriever = Retriever.build(snapshot, settings.retrieval, settings.seed, learned)
    scores = np.full((len(queries), len(candidates)), LAST)
    for place, query in enumerate(queries):
        view = _view(world.brands.iloc[int(query)], rows[query])
        found = retriever.retrieve(view, AT, settings.retrieval.candidates)
        scores[place, found.rows] = found.scores
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


def make_ranker(columns: tuple[str, ...], variant: Variant, settings: Settings, pairs: int) -> Ranker:
    """One of the engine's rankers on these features, to be taught by so many ``pairs``."""
    if variant.ranker == "linear":
        return LinearRanker(columns=columns)
    return make_lambdamart(columns, variant.changed(settings.ranking), settings.seed, pairs)


def make_lambdamart(columns: tuple[str, ...], ranking: Ranking, seed: int, pairs: int) -> LambdaMartRanker:
    """The engine's listwise ranker. Its calibration needs a few brands and changes no order, so it gets the least that
    it takes."""
    share = max(0.01, CALIBRATION_PAIRS / pairs)
    return LambdaMartRanker(ranking, columns=columns, calibration_share=share, seed=seed)


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
