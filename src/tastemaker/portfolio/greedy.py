"""Choosing by lazy greedy, and what is known of how good that is.

With ``f`` monotone and submodular (:class:`Coverage`), the guarantees against the best set are those of the constraints
in force:

- *a size alone* (a uniform matroid): greedy by gain reaches 1 - 1/e of the optimum (Nemhauser, Wolsey, Fisher 1978).
- *a budget alone* (a knapsack): the better of greedy by gain and greedy by gain per cost reaches (1 - 1/e) / 2
  (Leskovec et al. 2007, who also brought the lazy evaluation, CELF); the better of greedy by gain per cost and the
  best single option 0.405 (Tang et al. 2021, after Khuller, Moss, Naor 1999); seeding every triple 1 - 1/e
  (Sviridenko 2004).
- *caps of one kind*, or one per owner, or one package per creator (a partition matroid): greedy by gain reaches 1/2,
  with p kinds at once (the intersection of p matroids) 1 / (p + 1) (Fisher, Nemhauser, Wolsey 1978).
- *a budget and caps together*: for p matroids and d knapsacks a density-threshold greedy reaches
  1 / (p + 2 d + 1) - epsilon (Badanidiyuru and Vondrak 2014). Ours is not that algorithm: with a budget and a size or
  caps no constant is claimed for it.
- *a least size or must-haves*: the guarantees above hold for what is added to the must-haves, not for the whole; with a
  least size under a budget none is known.

So what is claimed under the constraints of a real brief is what was measured against the exact solution
(experiments/0005-sets). Beyond the two greedies several starts are tried, each begun with another strong single (a part
of the partial enumeration), and the best is improved by exchanges: neither can make the result worse.
"""

from __future__ import annotations

import heapq

import numpy as np

from tastemaker.portfolio.constraints import Constraints, Room
from tastemaker.portfolio.coverage import Coverage
from tastemaker.portfolio.exchange import improved

STARTS = 4
"""Singles at least that a greedy is begun with, besides beginning with none; with few options every one."""

EFFORT = 1_000
"""Options times starts, where these are not at their least."""


def choose(
    coverage: Coverage, constraints: Constraints, *, starts: int | None = None, first: list[int] | None = None
) -> list[int] | None:
    """Rows of a good set that breaks no constraint, in the order in which they were taken; None where none was found.

    ``first``: a set known to keep to the constraints, which is improved beside the greedy ones. None does not prove
    that there is none: :func:`tastemaker.portfolio.feasible.cheapest` does.
    """
    starts = max(STARTS, EFFORT // max(len(constraints), 1)) if starts is None else starts
    begun = _must_haves(coverage, constraints)
    found = [] if first is None else [first]
    if begun is not None:
        heads = [begun, *([*begun, row] for row in _strongest(coverage, constraints, begun, starts))]
        for head in heads:
            found += [greedy(coverage, constraints, head, by_cost) for by_cost in (True, False)]
    kept = {tuple(sorted(rows)): rows for rows in found if constraints.holds(rows)}
    if not kept:
        return None
    best = sorted(kept.values(), key=lambda rows: (-coverage.value(rows), sorted(rows)))[: 2 + starts // 4]
    improvements = [improved(coverage, constraints, rows) for rows in best]
    return max(improvements, key=coverage.value)


def greedy(coverage: Coverage, constraints: Constraints, begun: list[int], by_cost: bool) -> list[int]:
    """Adds the option of the largest gain (per cost) until nothing fits or helps; lazily: a gain computed earlier is an
    upper bound of the present one, so most are never computed again."""
    room, best = Room(constraints, begun), coverage.best(begun)
    cost = np.maximum(constraints.cost, 1e-12) if by_cost else np.ones(len(constraints))
    bounds = coverage.all_more(best) / cost
    allowed = room.affordable()
    heap = [(-bound, row) for row, bound in enumerate(bounds.tolist()) if allowed[row]]
    heapq.heapify(heap)
    while heap:
        _, row = heapq.heappop(heap)
        if not allowed[row]:
            continue
        now = -coverage.more(best, row) / float(cost[row])
        if heap and now > heap[0][0]:
            heapq.heappush(heap, (now, row))
            continue
        if now >= 0.0 and len(room.rows) >= constraints.least:
            break
        room.add(row)
        point, gain = coverage.row(row)
        best[point] = np.maximum(best[point], gain)
        allowed = room.affordable()
    return room.rows


def _must_haves(coverage: Coverage, constraints: Constraints) -> list[int] | None:
    """One package of every must-have, the best of those that leave the budget whole; None where they do not fit."""
    if not all(len(need.rows) for need in constraints.required):
        return None
    room = Room(constraints)
    for position, need in enumerate(constraints.required):
        later = sum(float(constraints.cost[n.rows].min()) for n in constraints.required[position + 1 :])
        fits = room.open() & (room.spent + later + constraints.cost <= constraints.budget * (1 + 1e-9))
        rows = need.rows[fits[need.rows]]
        if not len(rows):
            return None
        gains = coverage.all_more(coverage.best(room.rows))[rows]
        room.add(int(rows[np.argmax(gains / np.maximum(constraints.cost[rows], 1e-12))]))
    return room.rows


def _strongest(coverage: Coverage, constraints: Constraints, begun: list[int], count: int) -> list[int]:
    allowed = np.flatnonzero(Room(constraints, begun).affordable())
    best = np.argsort(-coverage.alone[allowed], kind="stable")[:count]
    return [int(row) for row in allowed[best]]
