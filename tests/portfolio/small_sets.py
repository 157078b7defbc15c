"""Small coverages and constraints whose best set can be found by looking at all of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from tastemaker.portfolio import Constraints, Coverage, Limit, Required


def small_problem(seed: int, options: int = 9, points: int = 60) -> tuple[Coverage, Constraints]:
    """A budget, a size of 2 to 4, a cap on each of three topics and, in half of them, a must-have."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(0.0, 0.8, options))
    topic, taste = rng.integers(0, 3, options), rng.integers(0, 3, points)
    chance = np.clip(0.12 * size, 0.0, 0.7)[:, None] * np.where(topic[:, None] == taste[None], 1.3, 0.5)
    gains = (rng.random((options, points)) < chance) * rng.gamma(2.0, 1.0, points)
    cost = size**0.8 * np.exp(rng.normal(0.0, 0.3, options))
    limits = tuple(Limit(f"topic {t}", np.flatnonzero(topic == t), 2) for t in range(3))
    need = (Required("must have 0", np.array([0])),) if seed % 2 else ()
    budget = float(cost.sum()) * 0.4
    return Coverage.dense(gains), Constraints(cost, budget, 2, 4, limits, need)


def all_sets(constraints: Constraints) -> list[list[int]]:
    """Every set that breaks nothing."""
    n = len(constraints)
    sizes = range(constraints.least, min(constraints.most, n) + 1)
    return [list(rows) for k in sizes for rows in combinations(range(n), k) if constraints.holds(rows)]
