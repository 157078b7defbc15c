"""The engine's retrieval and ranking, taught by the known links and asked about new brands."""

from __future__ import annotations

import numpy as np
import pandas as pd
from link_data import folds
from link_engine import examples, make_ranker, retrieval_scores
from link_features import pair_arrays
from link_settings import Settings
from link_world import Floats, Ids, World

RETRIEVAL = "retrieval"


def rank(world: World, known: Ids, queries: Ids, candidates: Ids, settings: Settings) -> Floats:
    """(n_queries, n_candidates) values of the pairs; -inf for who was not retrieved, the last places.

    ``known``: brands whose links are learned from.
    """
    arrays = _arrays(world, known, queries, candidates, settings)
    ranker = make_ranker(tuple(arrays), settings).fit(
        pd.concat(lessons(world, known, settings), ignore_index=True)
    )
    values = ranker.value(examples(world, queries, candidates, arrays)).reshape(len(queries), -1)
    retrieved = np.isfinite(arrays[RETRIEVAL])
    return np.where(retrieved, values, -np.inf)


def lessons(world: World, known: Ids, settings: Settings) -> list[pd.DataFrame]:
    """Examples that look like the question: the known brands in inner folds, each fold asked about the creators
    linked to it, with features from the links of the other folds alone. With its own links among them a brand's
    partners would stand out, and the ranker would learn that instead of taste."""
    fold = folds(world.brands.iloc[known], settings.inner_folds, settings.seed + 1)
    made = []
    for inner in range(settings.inner_folds):
        graph, queries = known[fold != inner], known[fold == inner]
        candidates = np.flatnonzero(world.linked[queries].any(axis=0))
        arrays = _arrays(world, graph, queries, candidates, settings)
        made.append(examples(world, queries, candidates, arrays, world.linked[np.ix_(queries, candidates)]))
    return made


def _arrays(world: World, graph: Ids, queries: Ids, candidates: Ids, settings: Settings) -> dict[str, Floats]:
    topics, hashtags = world.blocks["topics"], world.blocks["hashtags"]
    found = retrieval_scores(world, queries, candidates, topics, hashtags, settings)
    return {RETRIEVAL: found, **pair_arrays(world, graph, queries, candidates)}
