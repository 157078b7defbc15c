"""Briefs that nobody can keep: which constraints clash, and the nearest brief that some set keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack

from tastemaker.errors import PortfolioError
from tastemaker.portfolio.constraints import Constraints
from tastemaker.portfolio.exact import linear

BUDGET, AT_LEAST, AT_MOST = "budget", "size, at least", "size, at most"
_BUDGET_STEP = 0.1
_MUST_HAVE_STEPS = 2.0
_SOLVED, _IMPOSSIBLE = 0, 2
"""Statuses of HiGHS; any other is no answer."""


@dataclass(frozen=True)
class Change:
    """A bound of the brief that has to move: ``before`` to ``after``; a must-have from 1 to 0."""

    name: str
    before: float
    after: float


def cheapest(constraints: Constraints) -> list[int] | None:
    """The cheapest set that breaks no constraint; None is a proof that there is none."""
    if not len(constraints):
        return [] if constraints.least <= 0 and not constraints.required else None
    table, low, high = linear(constraints)
    answer = milp(
        constraints.cost + 1e-9,
        constraints=[LinearConstraint(table, low, high)],
        bounds=Bounds(0.0, 1.0),
        integrality=np.ones(len(constraints)),
    )
    if answer.status not in (_SOLVED, _IMPOSSIBLE):
        raise PortfolioError(
            f"whether a set keeps to the constraints was not found out: {answer.message}; ask for fewer"
        )
    return np.flatnonzero(answer.x > 0.5).tolist() if answer.status == _SOLVED else None


def clash(constraints: Constraints) -> list[str]:
    """Names of a minimal set of constraints that no set keeps together: without any one of them the others can be kept.

    The deletion filter (Chinneck and Dravnieks 1991): each constraint in turn is left out for good where what remains
    still can not be kept. Empty where a set keeps them all.
    """
    if cheapest(constraints) is not None:
        return []
    kept = constraints
    for _, weaker in _parts(constraints):
        fewer = weaker(kept)
        if cheapest(fewer) is None:
            kept = fewer
    return [name for name, weaker in _parts(constraints) if weaker(kept) is not kept]


def nearest(constraints: Constraints) -> list[Change]:
    """The fewest steps to a brief that can be kept: a step is 10 % of the budget, one creator more or less in a bound,
    half a must-have. Empty where nothing is to be changed, or where no change would do (no options at all)."""
    n = len(constraints)
    if not n:
        return []
    table, low, high = linear(constraints)
    named = [*_rows(constraints)]
    weights = np.array([weight for _, weight, _, _ in named])
    slack = csr_matrix(
        (
            [sign for _, _, _, sign in named],
            ([row for _, _, row, _ in named], np.arange(len(named))),
        ),
        (table.shape[0], len(named)),
    )
    whole = np.array([name != BUDGET for name, *_ in named], dtype=float)
    # A set has a creator at least, and a must-have is there or not.
    needs = {need.name for need in constraints.required}
    far = [
        constraints.least - 1 if name == AT_LEAST else 1 if name in needs else np.inf for name, *_ in named
    ]
    tie = 1e-6 * constraints.cost / max(float(constraints.cost.max()), 1e-12)
    answer = milp(
        np.concatenate([tie, weights]),
        constraints=[LinearConstraint(hstack([table, slack]), low, high)],
        bounds=Bounds(np.zeros(n + len(named)), np.concatenate([np.ones(n), far])),
        integrality=np.concatenate([np.ones(n), whole]),
    )
    if answer.status != 0:
        return []
    bounds = dict(_bounds(constraints))
    moved = zip(named, answer.x[n:], strict=True)
    return [
        Change(name, bounds[name], bounds[name] - sign * float(by))
        for (name, _, _, sign), by in moved
        if by > 1e-6
    ]


def _parts(constraints: Constraints) -> Iterator[tuple[str, _Weaker]]:
    """Each constraint's name and what leaves it out."""
    for need in constraints.required:
        yield need.name, _Weaker(required=need.name)
    for limit in constraints.limits:
        if limit.relaxable:
            yield limit.name, _Weaker(limit=limit.name)
    yield AT_MOST, _Weaker(most=len(constraints))
    yield AT_LEAST, _Weaker(least=0)
    if np.isfinite(constraints.budget):
        yield BUDGET, _Weaker(budget=np.inf)


@dataclass(frozen=True)
class _Weaker:
    required: str | None = None
    limit: str | None = None
    most: int | None = None
    least: int | None = None
    budget: float | None = None

    def __call__(self, constraints: Constraints) -> Constraints:
        if self.required is not None:
            kept = tuple(need for need in constraints.required if need.name != self.required)
            return (
                constraints if len(kept) == len(constraints.required) else replace(constraints, required=kept)
            )
        if self.limit is not None:
            limits = tuple(limit for limit in constraints.limits if limit.name != self.limit)
            return (
                constraints if len(limits) == len(constraints.limits) else replace(constraints, limits=limits)
            )
        for name in ("most", "least", "budget"):
            value = getattr(self, name)
            if value is not None and value != getattr(constraints, name):
                return replace(constraints, **{name: value})
        return constraints


def _rows(constraints: Constraints) -> Iterator[tuple[str, float, int, float]]:
    """(name, weight of one unit of slack, row of :func:`linear`, sign of the slack in it)."""
    yield AT_LEAST, 1.0, 0, 1.0
    yield AT_MOST, 1.0, 0, -1.0
    row = 1
    if np.isfinite(constraints.budget):
        yield BUDGET, 1.0 / (_BUDGET_STEP * max(constraints.budget, 1e-9)), row, -1.0
        row += 1
    for limit in constraints.limits:
        if limit.relaxable:
            yield limit.name, 1.0, row, -1.0
        row += 1
    _, counts = np.unique(constraints.one_each, return_counts=True)
    row += int((counts > 1).sum())
    for need in constraints.required:
        yield need.name, _MUST_HAVE_STEPS, row, 1.0
        row += 1


def _bounds(constraints: Constraints) -> Iterator[tuple[str, float]]:
    yield AT_LEAST, constraints.least
    yield AT_MOST, constraints.most
    yield BUDGET, constraints.budget
    yield from ((limit.name, limit.most) for limit in constraints.limits)
    yield from ((need.name, 1.0) for need in constraints.required)
