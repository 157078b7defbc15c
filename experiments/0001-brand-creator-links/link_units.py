"""One fold of one seed, judged: every row's scores and metrics. Units share nothing, so they run side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from link_choice import choose
from link_data import read_links
from link_engine import plain_blocks, retrieval_scores
from link_model import Prepared
from link_protocol import PROTOCOLS, Task, cross_validation, held_out
from link_settings import Settings
from link_world import Floats, World
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from tastemaker.evaluation import link_metrics
from tastemaker.features import local_executor
from tastemaker.progress import Progress

BASELINES = ("random", "two_cosines", "category_oracle")
OURS, NESTED = "tastemaker", "chosen_inside"
SHOWN = ("two_cosines", OURS)
"""Rows whose scores are looked at after the judgement, the untrained one first."""


@dataclass(frozen=True)
class Source:
    """What is judged, as a worker can find it again: folders, protocol and settings."""

    train: Path
    test: Path | None
    protocol: str
    settings: Settings

    def tasks(self, seed: int) -> tuple[World, list[Task]]:
        return _tasks(self.train, self.test, self.protocol, self.settings.model_copy(update={"seed": seed}))


@dataclass(frozen=True)
class Unit:
    """A fold of a seed with the variants to judge beside the chosen one; ``nested``: choose inside, too."""

    source: Source
    seed: int
    number: int
    variants: tuple[str, ...] = ()
    nested: bool = False


@dataclass(frozen=True)
class Judged:
    """Row -> metric -> values of the unit's brands (n_queries,); ``brands``: their rows in the world.

    ``scores``: row of ``SHOWN`` -> (n_queries, n_candidates); ``choice`` is what was chosen inside.
    """

    seed: int
    number: int
    brands: NDArray[np.int64]
    metrics: dict[str, dict[str, Floats]]
    scores: dict[str, Floats]
    choice: str | None


def judge_all(units: Sequence[Unit], workers: int, tell: Progress) -> list[Judged]:
    """In the order of ``units``; the same with one worker and with several."""
    with local_executor(workers) as run:
        return run(judge_unit, units, "folds judged", tell)


def judge_unit(unit: Unit) -> Judged:
    """On one thread: workers stand beside each other, and sums are added in one order, however many there are."""
    settings = unit.source.settings.model_copy(update={"seed": unit.seed})
    world, tasks = unit.source.tasks(unit.seed)
    task = tasks[unit.number]
    with threadpool_limits(1):
        scores, choice = row_scores(world, task, settings, unit)
    metrics = {row: link_metrics(s, task.linked, task.own_category) for row, s in scores.items()}
    shown = {row: scores[row] for row in SHOWN}
    return Judged(unit.seed, unit.number, task.queries, metrics, shown, choice)


def row_scores(
    world: World, task: Task, settings: Settings, unit: Unit
) -> tuple[dict[str, Floats], str | None]:
    """Row -> scores (n_queries, n_candidates) in the order of the task's rows, and the variant chosen inside."""
    chance = np.random.default_rng([settings.seed, unit.number]).random(task.linked.shape)
    even = settings.model_copy(update={"hashtag_weight": 1.0})
    prepared = Prepared(world.without(task.padding), task.known, task.queries, task.candidates, settings)
    rows = {
        "random": chance,
        "two_cosines": retrieval_scores(world, task.queries, task.candidates, *plain_blocks(world), even),
        # Equal scores count against a scorer: chance orders those of the category, and the others behind them.
        "category_oracle": task.own_category + 0.5 * chance,
        OURS: prepared.values(settings.chosen),
        **{name: prepared.values(name) for name in unit.variants if name != settings.chosen},
    }
    choice = choose(prepared.lessons, settings) if unit.nested else None
    if choice is not None:
        known = {settings.chosen: rows[OURS], **rows}
        rows[NESTED] = known[choice] if choice in known else prepared.values(choice)
    return rows, choice


@lru_cache(maxsize=1)
def _tasks(train: Path, test: Path | None, protocol: str, settings: Settings) -> tuple[World, list[Task]]:
    known = read_links(train)
    if test is not None:
        return held_out(known, read_links(test))
    return cross_validation(known, settings, PROTOCOLS[protocol])
