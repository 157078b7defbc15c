"""The engine's retrieval and ranking, taught by the known links and asked about new brands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from link_data import folds
from link_engine import examples, make_ranker, retrieval_scores
from link_features import columns_without, pair_arrays
from link_learned import learned_scores
from link_settings import Settings, Variant
from link_world import Floats, Ids, World
from numpy.typing import NDArray

RETRIEVAL = "retrieval"


@dataclass(frozen=True)
class Asked:
    """Pairs of ``shape`` (n_queries, n_candidates) as a ranker takes them, one after the other, and the learned
    retrieval's scores of that shape; -inf for who was not retrieved."""

    frame: pd.DataFrame
    columns: tuple[str, ...]
    found: Floats


class Prepared:
    """All that a ranker needs of one task: features are made when they are first asked for, and once for all variants
    that are made alike."""

    def __init__(self, world: World, known: Ids, queries: Ids, candidates: Ids, settings: Settings) -> None:
        self._task = world, known, queries, candidates
        self._settings = settings
        self._lessons: dict[Settings, tuple[Asked, ...]] = {}
        self._asked: dict[Settings, Asked] = {}

    def lessons(self, name: str) -> tuple[Asked, ...]:
        made = self._settings.making(name)
        if made not in self._lessons:
            self._lessons[made] = tuple(lessons(*self._task[:2], made))
        return self._lessons[made]

    def values(self, name: str) -> Floats:
        """(n_queries, n_candidates) values of the pairs by that variant."""
        made = self._settings.making(name)
        if made not in self._asked:
            self._asked[made] = _asked(*self._task, made)
        return values(self.lessons(name), self._asked[made], self._settings.variant(name), self._settings)


def rank(world: World, known: Ids, queries: Ids, candidates: Ids, settings: Settings) -> Floats:
    """(n_queries, n_candidates) values of the pairs by the chosen variant; -inf for who was not retrieved, the last
    places. ``known``: brands whose links are learned from."""
    return Prepared(world, known, queries, candidates, settings).values(settings.chosen)


def lessons(world: World, known: Ids, settings: Settings) -> list[Asked]:
    """Examples that look like the question: the known brands in inner folds, each fold asked about the creators
    linked to it, with features from the links of the other folds alone. With its own links among them a brand's
    partners would stand out, and the ranker would learn that instead of taste."""
    fold = folds(world.brands.iloc[known], settings.inner_folds, settings.seed + 1)
    made = []
    for inner in range(settings.inner_folds):
        graph, queries = known[fold != inner], known[fold == inner]
        candidates = np.flatnonzero(world.linked[queries].any(axis=0))
        linked = world.linked[np.ix_(queries, candidates)]
        made.append(_asked(world, graph, queries, candidates, settings, linked))
    return made


def values(taught: Sequence[Asked], asked: Asked, variant: Variant, settings: Settings) -> Floats:
    """What a variant, taught by some lessons, makes of the pairs asked about."""
    if variant.ranker == RETRIEVAL:
        return asked.found
    columns = columns_without(asked.columns, variant.without)
    frame = pd.concat([lesson.frame for lesson in taught], ignore_index=True)
    ranker = make_ranker(columns, variant, settings, len(frame)).fit(frame)
    found = ranker.value(asked.frame).reshape(asked.found.shape)
    return np.where(np.isfinite(asked.found), found, -np.inf)


def _asked(
    world: World,
    graph: Ids,
    queries: Ids,
    candidates: Ids,
    settings: Settings,
    linked: NDArray[np.bool_] | None = None,
) -> Asked:
    topics, hashtags, how = world.blocks["topics"], world.blocks["hashtags"], settings.features
    arrays = {
        RETRIEVAL: learned_scores(world, graph, queries, candidates, settings),
        "content": retrieval_scores(world, queries, candidates, topics, hashtags, settings),
        **pair_arrays(world.lettered(how.letters), graph, queries, candidates, how.graph),
    }
    frame = examples(world, queries, candidates, arrays, linked)
    return Asked(frame, tuple(arrays), arrays[RETRIEVAL])
