"""The engine's retrieval and ranking, taught by the known links and asked about new brands."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from link_data import folds
from link_engine import examples, make_ranker, retrieval_scores
from link_features import columns_without, pair_arrays
from link_learned import learned_scores
from link_settings import Features, Settings, Variant
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


class Question:
    """Some brands asked about some creators while the links of the brands ``graph`` are known; each part of the
    features is made once for all settings that make it alike. ``linked``: the answer, in lessons."""

    def __init__(
        self, world: World, graph: Ids, queries: Ids, candidates: Ids, linked: NDArray[np.bool_] | None = None
    ) -> None:
        self._where = world, graph, queries, candidates
        self._linked = linked
        self._found: dict[Hashable, tuple[Floats, Floats]] = {}
        self._pairs: dict[Hashable, dict[str, Floats]] = {}

    def asked(self, settings: Settings) -> Asked:
        """The pairs with features as ``settings`` make them."""
        world, _, queries, candidates = self._where
        learned, plain = self._retrieved(settings)
        arrays = {RETRIEVAL: learned, "content": plain, **self._paired(settings.features)}
        frame = examples(world, queries, candidates, arrays, self._linked)
        return Asked(frame, tuple(arrays), learned)

    def _retrieved(self, settings: Settings) -> tuple[Floats, Floats]:
        world, _, queries, candidates = self._where
        how = settings.features
        key = settings.retrieval, how.blocks, how.projection_epochs, settings.hashtag_weight, settings.seed
        if key not in self._found:
            topics, hashtags = world.blocks["topics"], world.blocks["hashtags"]
            plain = retrieval_scores(world, queries, candidates, topics, hashtags, settings)
            self._found[key] = learned_scores(*self._where, settings), plain
        return self._found[key]

    def _paired(self, how: Features) -> dict[str, Floats]:
        world, graph, queries, candidates = self._where
        key = how.letters, how.graph
        if key not in self._pairs:
            lettered = world.lettered(how.letters)
            self._pairs[key] = pair_arrays(lettered, graph, queries, candidates, how.graph)
        return self._pairs[key]


class Prepared:
    """All that a ranker needs of one task: lessons are made when they are first asked for, and once for all variants
    that are made alike."""

    def __init__(self, world: World, known: Ids, queries: Ids, candidates: Ids, settings: Settings) -> None:
        self._settings = settings
        self._asked = Question(world, known, queries, candidates)
        self._questions = lesson_questions(world, known, settings)
        self._lessons: dict[Settings, tuple[Asked, ...]] = {}

    def lessons(self, name: str) -> tuple[Asked, ...]:
        made = self._settings.making(name)
        if made not in self._lessons:
            self._lessons[made] = tuple(question.asked(made) for question in self._questions)
        return self._lessons[made]

    def values(self, name: str) -> Floats:
        """(n_queries, n_candidates) values of the pairs by that variant."""
        asked = self._asked.asked(self._settings.making(name))
        return values(self.lessons(name), asked, self._settings.variant(name), self._settings)


def rank(world: World, known: Ids, queries: Ids, candidates: Ids, settings: Settings) -> Floats:
    """(n_queries, n_candidates) values of the pairs by the chosen variant; -inf for who was not retrieved, the last
    places. ``known``: brands whose links are learned from."""
    return Prepared(world, known, queries, candidates, settings).values(settings.chosen)


def lesson_questions(world: World, known: Ids, settings: Settings) -> list[Question]:
    """Questions that look like the real one: the known brands in inner folds, each fold asked about the creators
    linked to it, with the links of the other folds alone known. With its own links among them a brand's partners would
    stand out, and the ranker would learn that instead of taste."""
    fold = folds(world.brands.iloc[known], settings.inner_folds, settings.seed + 1)
    made = []
    for inner in range(settings.inner_folds):
        graph, queries = known[fold != inner], known[fold == inner]
        candidates = np.flatnonzero(world.linked[queries].any(axis=0))
        linked = world.linked[np.ix_(queries, candidates)]
        made.append(Question(world, graph, queries, candidates, linked))
    return made


def lessons(world: World, known: Ids, settings: Settings) -> list[Asked]:
    """The examples of those questions, with features as ``settings`` make them."""
    return [question.asked(settings) for question in lesson_questions(world, known, settings)]


def values(taught: Sequence[Asked], asked: Asked, variant: Variant, settings: Settings) -> Floats:
    """What a variant, taught by some lessons, makes of the pairs asked about."""
    if variant.ranker == RETRIEVAL:
        return asked.found
    columns = columns_without(asked.columns, variant.without)
    frame = pd.concat([lesson.frame for lesson in taught], ignore_index=True)
    ranker = make_ranker(columns, variant, settings, len(frame)).fit(frame)
    found = ranker.value(asked.frame).reshape(asked.found.shape)
    return np.where(np.isfinite(asked.found), found, -np.inf)
