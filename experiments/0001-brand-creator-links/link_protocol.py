"""Who is judged on what (folds of the training brands, or all of them against a test part), and the four rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from link_data import Links, folds
from link_engine import plain_blocks, retrieval_scores
from link_model import rank
from link_settings import Settings
from link_world import Floats, Ids, World

from tastemaker.errors import SourceError
from tastemaker.evaluation import LINK_METRICS, link_metrics
from tastemaker.progress import Progress

ROWS = ("random", "two_cosines", "category_oracle", "tastemaker")


@dataclass(frozen=True)
class Task:
    """Rows of a world: brands whose links may be learned from, brands to be judged, and all their candidates.

    ``judged`` holds the links of those brands to those candidates, for the metrics alone.
    """

    known: Ids
    queries: Ids
    candidates: Ids
    judged: Links


def cross_validation(train: Links, settings: Settings) -> tuple[World, list[Task]]:
    """A task per fold: its candidates are the creators linked to its brands, and none of its links is known."""
    fold = folds(train.brands, settings.folds, settings.seed)
    world, tasks = World(train), []
    for number in range(settings.folds):
        queries = np.flatnonzero(fold == number)
        part = train.of(queries)
        tasks.append(Task(np.flatnonzero(fold != number), queries, world.places(part.creators), part))
    return world, tasks


def held_out(train: Links, test: Links) -> tuple[World, list[Task]]:
    """One task: every test brand ranks all test creators, and every link of ``train`` is known.

    Raises SourceError where a brand is in both parts: its links would be known already.
    """
    both = set(train.brands["brand_id"]) & set(test.brands["brand_id"])
    if both:
        raise SourceError(f"brand {min(both)!r} is in both parts; judge on brands that are not learned from")
    world = World(train, test)
    known, queries = np.split(np.arange(len(world.brands)), [len(train.brands)])
    return world, [Task(known, queries, world.places(test.creators), test)]


def judge(
    world: World, tasks: list[Task], settings: Settings, tell: Progress
) -> dict[str, dict[str, Floats]]:
    """Row -> metric -> values per brand (n_brands,), the tasks' brands one after the other."""
    parts = []
    for number, task in enumerate(tasks):
        tell("folds judged", number, len(tasks))
        scores = row_scores(world, task, settings, number)
        parts.append(
            {row: link_metrics(s, task.judged.linked, task.judged.own_category) for row, s in scores.items()}
        )
    tell("folds judged", len(tasks), len(tasks))
    return {row: {m: np.concatenate([p[row][m] for p in parts]) for m in LINK_METRICS} for row in ROWS}


def row_scores(world: World, task: Task, settings: Settings, number: int = 0) -> dict[str, Floats]:
    """Row -> scores (n_queries, n_candidates), in the order of ``task.judged``."""
    chance = np.random.default_rng([settings.seed, number]).random(task.judged.linked.shape)
    even = settings.model_copy(update={"hashtag_weight": 1.0})
    return {
        "random": chance,
        "two_cosines": retrieval_scores(world, task.queries, task.candidates, *plain_blocks(world), even),
        # Equal scores count against a scorer: chance orders those of the category, and the others behind them.
        "category_oracle": task.judged.own_category + 0.5 * chance,
        "tastemaker": rank(world, task.known, task.queries, task.candidates, settings),
    }
