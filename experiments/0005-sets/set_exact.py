"""Greedy beside the exact solution of the same sampled coverage, and how long 500 creators take."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from set_settings import SetSettings
from set_worlds import World

from tastemaker.portfolio import (
    Audiences,
    Constraints,
    Coverage,
    Limit,
    OverlapModel,
    best_set,
    choose,
    sample_coverage,
)

CROWDED = 20.0
"""How much fewer people there are in every second instance: there overlap rules."""


def greedy_vs_exact(world: World, settings: SetSettings) -> dict[str, Any]:
    """Share of the optimum over random instances: budgets, sizes, caps per platform, niche and owner.
    ``crowded``: those with ``CROWDED`` times the overlap, apart as well."""
    rng, shares, milliseconds, infeasible = np.random.default_rng(0), [], [], 0
    while len(shares) < settings.instances:
        coverage, constraints = instance(world, settings.options, len(shares) % 2 == 1, rng)
        exact = best_set(coverage, constraints, seconds=120.0)
        start = time.perf_counter()
        chosen = choose(coverage, constraints)
        milliseconds.append(1e3 * (time.perf_counter() - start))
        if exact is None or exact[1] <= 0.0:
            assert chosen is None
            infeasible += 1
            continue
        shares.append(0.0 if chosen is None else coverage.value(chosen) / exact[1])
    found = np.array(shares)
    return {
        **_spread(found),
        "instances": len(found),
        "infeasible": infeasible,
        "optimal": float((found > 1 - 1e-6).mean()),
        "usual": _spread(found[::2]),
        "crowded": _spread(found[1::2]),
        "ms_25": float(np.median(milliseconds)),
    }


def ms_500(world: World, settings: SetSettings) -> dict[str, Any]:
    """Milliseconds (medians) of choosing from ``many`` creators with a budget, a size, caps and owners, and of sampling
    their coverage before; ``cpu`` is the processor time of the choosing, which a busy machine does not stretch."""
    rng = np.random.default_rng(1)
    chosen, sampled, points, cpu = [], [], [], []
    for _ in range(settings.repeats):
        audiences, kpi, cost = _creators(world, settings.many, rng)
        start = time.perf_counter()
        coverage = sample_coverage(audiences, OverlapModel(), kpi, kpi, rng.uniform(0.3, 0.9, len(kpi)))
        middle, before = time.perf_counter(), time.process_time()
        rows = choose(coverage, _constraints(cost, 5, 10, float(np.median(cost)) * rng.uniform(5, 25), rng))
        chosen.append(1e3 * (time.perf_counter() - middle))
        cpu.append(1e3 * (time.process_time() - before))
        sampled.append(1e3 * (middle - start))
        points.append(len(coverage.point))
        assert rows is not None
    return {
        "median": float(np.median(chosen)),
        "largest": float(np.max(chosen)),
        "cpu": float(np.median(cpu)),
        "sampling": float(np.median(sampled)),
        "creators": settings.many,
        "entries": float(np.median(points)),
    }


def instance(
    world: World, options: int, crowded: bool, rng: np.random.Generator
) -> tuple[Coverage, Constraints]:
    audiences, kpi, cost = _creators(world, options, rng)
    model = OverlapModel()
    if crowded:
        model = replace(model, people=model.people / CROWDED)
    coverage = sample_coverage(
        audiences, model, kpi, kpi, rng.uniform(0.3, 0.9, options), seed=int(rng.integers(2**31))
    )
    least = int(rng.integers(1, 6))
    most = least + int(rng.integers(1, 6))
    return coverage, _constraints(cost, least, most, float(cost.sum()) * rng.uniform(0.05, 0.5), rng)


def _creators(world: World, count: int, rng: np.random.Generator) -> tuple[Audiences, np.ndarray, np.ndarray]:
    """Accounts of the catalogue with a reach and a fee about as their size has it."""
    rows = rng.choice(len(world.everyone.ids), count, replace=False)
    size = np.maximum(world.everyone.size[rows], 500.0)
    kpi = 0.24 * size * (size / 1e4) ** -0.4 * np.exp(rng.normal(0.0, 0.3, count))
    cost = 200.0 * (size / 1e4) ** 0.72 * np.exp(rng.normal(0.0, 0.5, count))
    return world.everyone.only(rows), np.minimum(kpi, size), cost


def _constraints(
    cost: np.ndarray, least: int, most: int, budget: float, rng: np.random.Generator
) -> Constraints:
    n = len(cost)
    limits = []
    for name, groups, cap in (("platform", 3, 5), ("niche", 12, 2), ("owner", n - n // 10, 1)):
        code = rng.integers(0, groups, n)
        limits += [
            Limit(f"{name} {g}", np.flatnonzero(code == g), cap)
            for g in range(groups)
            if (code == g).sum() > cap
        ]
    return Constraints(cost, budget, least, most, tuple(limits))


def _spread(shares: np.ndarray) -> dict[str, float]:
    return {"mean": float(shares.mean()), "min": float(shares.min())}
