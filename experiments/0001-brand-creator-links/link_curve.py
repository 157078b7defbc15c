"""The learning curve: the same judged brands, with a part of the known brands to learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from link_model import rank
from link_protocol import Task
from link_settings import Settings
from link_world import Floats, Ids, World

from tastemaker.evaluation import Estimate, link_metrics, summarise
from tastemaker.progress import Progress

SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
Scorer = Callable[[World, Task, Settings], Floats]
"""(world, task, settings) -> (n_queries, n_candidates)."""


def engine_scores(world: World, task: Task, settings: Settings) -> Floats:
    """The engine's own scores, the row ``tastemaker`` of a judgement."""
    return rank(world.without(task.padding), task.known, task.queries, task.candidates, settings)


def part_of(world: World, task: Task, share: float, seed: int) -> Task:
    """The same task with that share (0..1] of its known brands, of each category alike; a smaller share's brands are
    among a larger one's of the same seed."""
    rng = np.random.default_rng(seed)
    category, place = world.category[task.known], np.empty(len(task.known))
    for name in np.unique(category):
        own = np.flatnonzero(category == name)
        # A chance offset per category, or all categories would round the same way.
        place[own] = (rng.permutation(len(own)) + rng.random()) / len(own)
    keep = np.ones(len(place), dtype=bool) if share >= 1.0 else place < share
    return replace(task, known=task.known[keep])


@dataclass(frozen=True)
class Curve:
    """``brands`` (n_points,): known brands, mean over tasks and seeds. ``values``: metric -> (n_points, n_brands)
    of the judged brands, mean over seeds."""

    brands: Floats
    values: dict[str, Floats]

    def estimates(self, settings: Settings) -> list[dict[str, Estimate]]:
        """Per point: metric -> mean over brands (of MedR the median) with its interval."""
        return [
            summarise({m: v[i] for m, v in self.values.items()}, settings.bootstrap, settings.seed)
            for i in range(len(self.brands))
        ]


def learning_curve(
    world: World,
    tasks: Sequence[Task],
    settings: Settings,
    tell: Progress,
    score: Scorer = engine_scores,
    shares: Sequence[float] = SHARES,
    seeds: Sequence[int] = (0, 1),
) -> Curve:
    """The metrics at every share of the known brands; the whole is judged once, a part once per seed."""
    runs = [(share, seed) for share in shares for seed in (seeds if share < 1.0 else seeds[:1])]
    points: dict[float, list[tuple[float, dict[str, Floats]]]] = {share: [] for share in shares}
    for number, (share, seed) in enumerate(runs):
        tell("points of the learning curve", number, len(runs))
        parts = [part_of(world, task, share, seed) for task in tasks]
        found = [link_metrics(score(world, t, settings), t.linked, t.own_category) for t in parts]
        known = float(np.mean([len(t.known) for t in parts]))
        points[share].append((known, {m: np.concatenate([f[m] for f in found]) for m in found[0]}))
    tell("points of the learning curve", len(runs), len(runs))
    brands = np.array([np.mean([known for known, _ in points[s]]) for s in shares])
    names = points[shares[0]][0][1]
    return Curve(
        brands, {m: np.stack([np.mean([v[m] for _, v in points[s]], axis=0) for s in shares]) for m in names}
    )


def power_law(brands: Floats, means: Floats, asked: Floats) -> Floats:
    """Values (n_asked,) at ``asked`` numbers of brands of the best a - b n^-c through ``means`` (n_points,), with
    b >= 0 and c in 0.1..2 (least squares; the usual form of learning curves, Viering and Loog, TPAMI 2022)."""
    best, least = np.full(len(asked), means[-1]), np.inf
    for c in np.geomspace(0.1, 2.0, 40):
        x = np.stack([np.ones(len(brands)), -(brands**-c)], axis=1)
        (a, b), *_ = np.linalg.lstsq(x, means, rcond=None)
        if b < 0.0:
            a, b = means.mean(), 0.0
        error = float(((x @ np.array([a, b]) - means) ** 2).sum())
        if error < least:
            best, least = a - b * asked**-c, error
    return best


def log_line(brands: Floats, means: Floats, asked: Floats) -> Floats:
    """The same of a + b log n: no saturation at all, so the bolder of the two."""
    slope, start = np.polyfit(np.log(brands), means, 1)
    line: Floats = start + slope * np.log(asked)
    return line


def extrapolate(curve: Curve, asked: Ids, settings: Settings) -> dict[str, list[dict[str, Estimate]]]:
    """Metric -> for each number of brands in ``asked`` the ``power law`` and the ``log line``, with 95 % intervals of
    that line's value by bootstrap over the judged brands. The intervals do not hold the choice of the line: the two
    lines side by side tell that. MedR, a median, is left out."""
    lines = {"power law": power_law, "log line": log_line}
    rng, out = np.random.default_rng(settings.seed), {}
    number = min(settings.bootstrap, 500)
    for metric, values in curve.values.items():
        if metric == "MedR":
            continue
        kept = values[:, np.isfinite(values).all(axis=0)]
        draws = [kept[:, rng.integers(0, kept.shape[1], kept.shape[1])].mean(axis=1) for _ in range(number)]
        points: list[dict[str, Estimate]] = [{} for _ in asked]
        for name, line in lines.items():
            middle = line(curve.brands, kept.mean(axis=1), asked.astype(np.float64))
            spread = np.stack([line(curve.brands, d, asked.astype(np.float64)) for d in draws])
            low, high = np.quantile(spread, [0.025, 0.975], axis=0)
            for i, point in enumerate(points):
                point[name] = Estimate(float(middle[i]), float(low[i]), float(high[i]))
        out[metric] = points
    return out
