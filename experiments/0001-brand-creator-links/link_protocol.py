"""Who is judged on what (folds of the training brands, or all of them against a test part), and the four rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from link_data import Links, folds
from link_engine import plain_blocks, retrieval_scores
from link_model import rank
from link_settings import Settings
from link_world import Floats, Ids, World
from numpy.typing import NDArray

from tastemaker.errors import SourceError
from tastemaker.evaluation import LINK_METRICS, link_metrics
from tastemaker.progress import Progress

ROWS = ("random", "two_cosines", "category_oracle", "tastemaker")
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


def judge(
    world: World, tasks: list[Task], settings: Settings, tell: Progress
) -> dict[str, dict[str, Floats]]:
    """Row -> metric -> values per brand (n_brands,), the tasks' brands one after the other."""
    parts = []
    for number, task in enumerate(tasks):
        tell("folds judged", number, len(tasks))
        scores = row_scores(world, task, settings, number)
        parts.append({row: link_metrics(s, task.linked, task.own_category) for row, s in scores.items()})
    tell("folds judged", len(tasks), len(tasks))
    return {row: {m: np.concatenate([p[row][m] for p in parts]) for m in LINK_METRICS} for row in ROWS}


def row_scores(world: World, task: Task, settings: Settings, number: int = 0) -> dict[str, Floats]:
    """Row -> scores (n_queries, n_candidates), in the order of the task's rows."""
    chance = np.random.default_rng([settings.seed, number]).random(task.linked.shape)
    even = settings.model_copy(update={"hashtag_weight": 1.0})
    return {
        "random": chance,
        "two_cosines": retrieval_scores(world, task.queries, task.candidates, *plain_blocks(world), even),
        # Equal scores count against a scorer: chance orders those of the category, and the others behind them.
        "category_oracle": task.own_category + 0.5 * chance,
        "tastemaker": rank(world.without(task.padding), task.known, task.queries, task.candidates, settings),
    }
