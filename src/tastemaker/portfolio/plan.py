"""From options to a plan: the set, what it may come to, what its constraints cost, who steps in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.portfolio.audience import Audiences, OverlapModel
from tastemaker.portfolio.constraints import Constraints, Room
from tastemaker.portfolio.coverage import Coverage
from tastemaker.portfolio.feasible import cheapest
from tastemaker.portfolio.greedy import choose
from tastemaker.portfolio.joint import SharedErrors, draw_joint
from tastemaker.portfolio.options import Options
from tastemaker.portfolio.risk import Outlook, cautious, ratios, totals
from tastemaker.portfolio.sampling import sample_coverage

FRESH_POINTS = 500
SEARCH_DRAWS = 2_000


@dataclass(frozen=True)
class Plan:
    """``rows`` of the options, in the order in which they were taken. ``coverage`` is what was searched over; what is
    told comes from a fresh sample of the set alone: ``credit``, ``own`` (k,) of each member, ``total`` and ``unique``
    of the expected result, people counted as often as they are reached and once."""

    rows: list[int]
    coverage: Coverage
    constraints: Constraints
    expected: Outlook
    accepted: Outlook
    credit: np.ndarray
    own: np.ndarray
    total: float
    unique: float


def make_plan(
    options: Options,
    audiences: Audiences,
    model: OverlapModel,
    constraints: Constraints,
    *,
    risk: float = 0.0,
    shared: SharedErrors | None = None,
    level: float = 0.8,
    seed: int = 0,
) -> Plan | None:
    """The set of the largest expected KPI over unique audience (with ``risk``, of the best mix with its lower decile);
    None is a proof that no set keeps to the constraints."""
    shared = shared or SharedErrors()
    coverage = sample_coverage(
        audiences, model, options.kpi, options.reach, options.p_accept, account=options.account, seed=seed
    )
    rows = choose(coverage, constraints)
    if rows is None:
        first = cheapest(constraints)
        if first is None:
            return None
        rows = choose(coverage, constraints, first=first) or first
    if risk > 0.0:
        ratio = _ratio(options, np.arange(len(options)), shared, level, SEARCH_DRAWS, seed, declines=True)
        rows = cautious(coverage, constraints, rows, ratio, risk)
    return _told(options, audiences, model, constraints, coverage, rows, shared, level, seed)


def reserve(plan: Plan, options: Options, out: int) -> tuple[int | None, float]:
    """(who steps in when row ``out`` declines, None where nobody fits; the set's expected result then)."""
    kept = [row for row in plan.rows if row != out]
    allowed = Room(plan.constraints, kept).affordable() & (options.creator != options.creator[out])
    best = plan.coverage.best(kept)
    if not allowed.any():
        return None, float(best.sum())
    gains = np.where(allowed, plan.coverage.all_more(best), -np.inf)
    row = int(np.argmax(gains))
    return row, float(best.sum() + gains[row])


def _told(
    options: Options,
    audiences: Audiences,
    model: OverlapModel,
    constraints: Constraints,
    coverage: Coverage,
    rows: list[int],
    shared: SharedErrors,
    level: float,
    seed: int,
) -> Plan:
    chosen = options.only(np.array(rows, dtype=np.int64))
    everyone = np.arange(len(rows))
    outlooks, coverages = [], []
    for declines in (True, False):
        p_accept = chosen.p_accept if declines else np.ones(len(rows))
        fresh = sample_coverage(
            audiences, model, chosen.kpi, chosen.reach, p_accept, account=chosen.account,
            points_each=FRESH_POINTS, seed=seed + 1,
        )  # fmt: skip
        ratio = _ratio(options, np.array(rows), shared, level, 4_000, seed + 2, declines=declines)
        outlooks.append(Outlook.of(totals(fresh, everyone.tolist(), ratio)))
        coverages.append(fresh)
    credit, own = coverages[0].credits(everyone)
    return Plan(
        rows,
        coverage,
        constraints,
        outlooks[0],
        outlooks[1],
        credit,
        own,
        float((chosen.kpi * chosen.p_accept).sum()),
        coverages[0].value(everyone),
    )


def _ratio(
    options: Options,
    rows: np.ndarray,
    shared: SharedErrors,
    level: float,
    draws: int,
    seed: int,
    *,
    declines: bool,
) -> np.ndarray:
    o = options.only(rows)
    drawn = draw_joint(o.low, o.median, o.high, o.platform, shared, level=level, draws=draws, seed=seed)
    mean = drawn.mean(axis=0)
    return ratios(drawn, np.where(np.isfinite(mean), mean, o.kpi), o.p_accept if declines else None, seed)
