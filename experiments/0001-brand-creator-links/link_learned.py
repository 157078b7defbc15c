"""Learned retrieval: the engine's own projection of both sides, taught by the known links."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from link_engine import retrieved_scores
from link_settings import Settings
from link_world import Floats, Ids, World, unit

from tastemaker.retrieval import ContentProjection, LearnedProjection, fit_projection, pools_from_arrays


def learned_scores(world: World, graph: Ids, queries: Ids, candidates: Ids, settings: Settings) -> Floats:
    """(n_queries, n_candidates) scores of the engine's retriever under maps fitted on the links of ``graph``; -inf for
    who was not retrieved."""
    content = contents(world, settings.features.blocks)
    learned = learn(world, content, graph, settings)
    return retrieved_scores(world, queries, candidates, content, settings, learned)


def contents(world: World, blocks: Sequence[str]) -> Floats:
    """Unit rows (n_brands + n_creators, width) of what is projected."""
    return unit(np.hstack([world.blocks[name] for name in blocks]))


def learn(world: World, content: Floats, graph: Ids, settings: Settings) -> LearnedProjection:
    """Every brand of ``graph`` is a brief, its partners are those who delivered, and all other creators with a known
    link stand beside them in the softmax; among these are the partners of brands like it, the hard ones."""
    known = np.flatnonzero(world.linked[graph].any(axis=0))
    partners = [np.flatnonzero(row) for row in world.linked[np.ix_(graph, known)]]
    pools = pools_from_arrays(content[graph], content[len(world.brands) + known], partners)
    base = ContentProjection(np.eye(content.shape[1], dtype=np.float32))
    return fit_projection(
        pools, base, settings.retrieval, epochs=settings.features.projection_epochs, seed=settings.seed
    )
