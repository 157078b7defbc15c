"""What each constraint costs: the result if it were relaxed by one step, and the result at other budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tastemaker.portfolio.constraints import Constraints
from tastemaker.portfolio.coverage import Coverage
from tastemaker.portfolio.greedy import choose

BUDGET_STEP = 0.1
CURVE = (0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)


@dataclass(frozen=True)
class Price:
    """``gain``: expected KPI that the step would add (at least 0); ``rows``: the set that would be chosen then."""

    name: str
    step: str
    gain: float
    rows: tuple[int, ...]


def constraint_prices(coverage: Coverage, constraints: Constraints, rows: list[int]) -> list[Price]:
    """Every binding constraint, the dearest first. A constraint binds where it keeps something out that fits otherwise:
    its bound is reached, or what is left of the budget would not pay for some option. Gains are of the mean, against
    the best mean within the constraints, also where ``rows`` were chosen with an eye on risk."""
    value = coverage.value(choose(coverage, constraints, starts=0, first=rows) or rows)
    prices = []
    for name, step, relaxed in _relaxations(constraints, rows):
        other = choose(coverage, relaxed, starts=0, first=rows) or rows
        prices.append(Price(name, step, max(coverage.value(other) - value, 0.0), tuple(other)))
    return sorted(prices, key=lambda price: (-price.gain, price.name))


def budget_curve(
    coverage: Coverage, constraints: Constraints, rows: list[int]
) -> list[tuple[float, list[int] | None]]:
    """(budget, rows of the set chosen with it) at the shares ``CURVE`` of the budget, rising; None where nothing was
    found that keeps to the constraints. Results are means. A larger budget never brings less: each step begins with the
    last one's set, and keeps it where the search finds nothing better."""
    curve: list[tuple[float, list[int] | None]] = []
    last: list[int] | None = None
    for share in CURVE:
        asked = constraints.with_budget(constraints.budget * share)
        begun = [one for one in (rows if share >= 1.0 else None, last) if one is not None]
        found = choose(coverage, asked, starts=0, first=max(begun, key=coverage.value) if begun else None)
        tried = [*begun, *([] if found is None else [found])]
        last = max(tried, key=coverage.value) if tried else None
        curve.append((asked.budget, last))
    return curve


def _relaxations(constraints: Constraints, rows: list[int]) -> Iterator[tuple[str, str, Constraints]]:
    cost = constraints.cost
    left = constraints.budget - float(cost[rows].sum())
    others = np.setdiff1d(np.arange(len(cost)), rows)
    if np.isfinite(constraints.budget) and len(others) and float(cost[others].max()) > left:
        budget = constraints.budget * (1 + BUDGET_STEP)
        yield "budget", f"{BUDGET_STEP:.0%} more budget", constraints.with_budget(budget)
    if len(rows) == constraints.most:
        yield "size, at most", "one more creator", replace(constraints, most=constraints.most + 1)
    if len(rows) == constraints.least and constraints.least > 1:
        yield "size, at least", "one creator fewer", replace(constraints, least=constraints.least - 1)
    for k, limit in enumerate(constraints.limits):
        if limit.relaxable and np.isin(limit.rows, rows).sum() >= limit.most:
            more = (
                *constraints.limits[:k],
                replace(limit, most=limit.most + 1),
                *constraints.limits[k + 1 :],
            )
            yield limit.name, "one more", replace(constraints, limits=more)
    for k, need in enumerate(constraints.required):
        fewer = (*constraints.required[:k], *constraints.required[k + 1 :])
        yield need.name, "without it", replace(constraints, required=fewer)
