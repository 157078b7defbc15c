"""Where it goes wrong: metrics by category, and single brands laid out to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from link_protocol import Task
from link_settings import Settings
from link_world import Floats, Ids, World
from numpy.typing import NDArray

from tastemaker.evaluation import Estimate, link_metrics, mean_interval

CATEGORY_METRICS = ("R@10", "MRR", "cAUC")
SHOWN = 5


def by_category(
    world: World, tasks: Sequence[Task], values: Mapping[str, Floats], settings: Settings
) -> dict[str, dict[str, Estimate]]:
    """Category -> metric -> mean over its brands with the interval. ``values``: metric -> (n_brands,), the tasks'
    brands one after the other."""
    category = world.category[np.concatenate([task.queries for task in tasks])]
    return {
        str(name): {
            m: mean_interval(values[m][category == name], repetitions=settings.bootstrap, seed=settings.seed)
            for m in CATEGORY_METRICS
        }
        for name in np.unique(category)
    }


@dataclass(frozen=True)
class Case:
    """One judged brand: ``task`` and ``row`` say where; ``why`` it was picked; ``value`` is its average precision."""

    task: int
    row: int
    why: str
    value: float


def pick_cases(
    tasks: Sequence[Task], scores: Sequence[Floats], worst: int = 10, chance: int = 10, seed: int = 0
) -> list[Case]:
    """The brands of the lowest average precision (of five partners or more: with fewer it is luck), then others by
    chance, seeded."""
    cases = [
        Case(number, row, "", float(value))
        for number, (task, score) in enumerate(zip(tasks, scores, strict=True))
        for row, value in enumerate(link_metrics(score, task.linked)["MAP"])
    ]
    enough = [c for c in cases if tasks[c.task].linked[c.row].sum() >= 5]
    low = sorted(enough, key=lambda c: (c.value, c.task, c.row))[:worst]
    rest = [c for c in cases if c not in low]
    drawn = np.random.default_rng(seed).choice(len(rest), min(chance, len(rest)), replace=False)
    picked = [("worst", c) for c in low] + [("chance", rest[i]) for i in drawn]
    return [Case(c.task, c.row, why, c.value) for why, c in picked]


def ranks(scores: NDArray[np.float64], linked: NDArray[np.bool_]) -> Ids:
    """(n_candidates,) places from 1 of one list, ties against the partners."""
    order = np.lexsort((linked, -scores))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(1, len(order) + 1)
    return place


def case_text(world: World, task: Task, scores: Floats, case: Case, named: bool = False) -> str:
    """A brand, its partners with their places, and the first non-partners: ids, categories, concepts and the similarity
    of every block. ``named`` adds names, handles and bios, to be looked at and never to be written down."""
    query, row = int(task.queries[case.row]), case.row
    brand, linked = world.brands.iloc[query], task.linked[case.row]
    place = ranks(scores[row], linked)
    lines = [
        f"## {brand['brand_id']} ({case.why}; average precision {case.value:.3f}) {brand['category']}"
        f" | {brand['ig_business_category']} | concepts: {brand['bio_concepts']}"
    ]
    if named:
        lines.append(f"   name {brand['name']} | bio: {brand['bio_nouns']}")
    partners = sorted(np.flatnonzero(linked), key=lambda c: place[c])
    others = sorted(np.flatnonzero(~linked), key=lambda c: place[c])[:SHOWN]
    for title, chosen in (("partners", partners), ("first others", others)):
        lines.append(f"   {title}")
        lines += [_creator_line(world, task, query, row, int(c), int(place[c]), named) for c in chosen]
    return "\n".join(lines)


def _creator_line(
    world: World, task: Task, query: int, row: int, candidate: int, place: int, named: bool
) -> str:
    creator = int(task.candidates[candidate])
    who: pd.Series = world.creators.iloc[creator]
    own = "own category" if task.own_category[row, candidate] else "elsewhere"
    padded = " padding" if creator in task.padding else ""
    others = int(world.linked[:, creator].sum()) - int(task.linked[row, candidate])
    alike = " ".join(f"{n} {k.across[query, creator]:+.2f}" for n, k in world.like.items())
    text = f"     {place:4d} {who['creator_id']} {own}{padded}, {others} other brands | {alike}"
    told = f" | {who['ig_business_category']} | {who['bio_concepts']}"
    return text + told + (f" | {who['handle']} | {who['bio_nouns']}" if named else "")
