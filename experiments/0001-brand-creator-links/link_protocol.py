"""Who is judged on what: folds of the training brands, or all of them against a test part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from link_data import Links, folds
from link_settings import Settings
from link_world import Ids, World
from numpy.typing import NDArray

from tastemaker.errors import SourceError

PROTOCOLS: dict[str, int | None] = {"cv5": None, "cv5-797": 797}
"""Protocol -> to how many candidates each of the five folds is padded; the official test has 797."""


@dataclass(frozen=True)
class Task:
    """Rows of a world: brands whose links may be learned from, brands to be judged, and all their candidates.

    ``linked`` (n_queries, n_candidates) holds who worked with whom, and ``own_category`` (n_queries, n_candidates) who
    has a partner of the brand's category: both for the metrics alone. ``padding``: candidates who are no partner of
    any of these brands; no link of theirs may be learned from.
    """

    known: Ids
    queries: Ids
    candidates: Ids
    linked: NDArray[np.bool_]
    own_category: NDArray[np.bool_]
    padding: Ids


def cross_validation(train: Links, settings: Settings, size: int | None = None) -> tuple[World, list[Task]]:
    """A task per fold: its candidates are the creators linked to its brands, and none of its links is known.

    ``size`` pads the candidates of every fold to that many with other creators, chosen by chance. They have the
    categories of their partners, but none of their links is known: most creators of the test were never seen in
    one, and "seen with another brand" alone would tell padding from partners. Raises SourceError where a fold has
    more candidates than that already, or ``train`` fewer creators.
    """
    fold = folds(train.brands, settings.folds, settings.seed)
    world, tasks = World(train), []
    for number in range(settings.folds):
        queries = np.flatnonzero(fold == number)
        own = np.flatnonzero(world.linked[queries].any(axis=0))
        padding = _padding(world, own, size, np.random.default_rng([settings.seed, number]))
        # A brand all of whose partners are padding has nothing left to teach.
        known = np.flatnonzero((fold != number) & world.without(padding).linked.any(axis=1))
        tasks.append(_task(world, known, queries, np.sort(np.concatenate([own, padding])), padding))
    return world, tasks


def _padding(world: World, own: Ids, size: int | None, rng: np.random.Generator) -> Ids:
    if size is None:
        return np.empty(0, dtype=np.int64)
    others = np.setdiff1d(np.arange(len(world.creators)), own)
    if not len(own) <= size <= len(own) + len(others):
        raise SourceError(
            f"a fold of {len(own)} candidates, with {len(others)} other creators, can not be padded to {size}; "
            "judge it as it is, with --protocol cv5"
        )
    return np.sort(rng.choice(others, size - len(own), replace=False))


def _task(world: World, known: Ids, queries: Ids, candidates: Ids, padding: Ids) -> Task:
    counted = np.zeros_like(world.linked)
    counted[queries], counted[:, padding] = world.linked[queries], world.linked[:, padding]
    same = world.category[queries][:, None] == world.category[None, :]
    own_category = same.astype(np.float32) @ counted[:, candidates].astype(np.float32) > 0
    linked = world.linked[np.ix_(queries, candidates)]
    return Task(known, queries, candidates, linked, own_category, padding)


def held_out(train: Links, test: Links) -> tuple[World, list[Task]]:
    """One task: every test brand ranks all test creators, and every link of ``train`` is known.

    Raises SourceError where a brand is in both parts: its links would be known already.
    """
    both = set(train.brands["brand_id"]) & set(test.brands["brand_id"])
    if both:
        raise SourceError(f"brand {min(both)!r} is in both parts; judge on brands that are not learned from")
    world = World(train, test)
    known, queries = np.split(np.arange(len(world.brands)), [len(train.brands)])
    return world, [_task(world, known, queries, world.places(test.creators), np.empty(0, dtype=np.int64))]
