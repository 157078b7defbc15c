"""Mixed-integer programs over the same options: the exact best set, and whether there is any (HiGHS in scipy)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, vstack

from tastemaker.errors import PortfolioError
from tastemaker.portfolio.constraints import Constraints, Limit
from tastemaker.portfolio.coverage import Coverage

INFEASIBLE = 2
"""Status of scipy.optimize.milp for a program without a solution."""


def best_set(
    coverage: Coverage, constraints: Constraints, *, seconds: float = 60.0
) -> tuple[list[int], float] | None:
    """(rows, value) of the best set there is; None where no set keeps to the constraints.

    Variables: x of each option, 0 or 1, and for each point that several reach y of each of its options, 0..1, with
    y <= x and a sum of at most 1 per point (the formulation of facility location whose relaxation is tight). Raises
    PortfolioError where the optimum is not proven in ``seconds``.
    """
    shared = np.bincount(coverage.point, minlength=coverage.points)[coverage.point] > 1
    option = np.repeat(np.arange(len(coverage)), np.diff(coverage.start))
    alone = np.bincount(option[~shared], coverage.gain[~shared], minlength=len(coverage))
    option, point, gain = _merged(option[shared], coverage.point[shared], coverage.gain[shared])
    n, m = len(coverage), len(gain)
    places = np.arange(m)
    cuts = (
        csr_matrix((np.ones(m), (places, places)), (m, m)),
        csr_matrix((-np.ones(m), (places, option)), (m, n)),
    )
    once = csr_matrix((np.ones(m), (point, places)), (int(point.max(initial=-1)) + 1, m))
    rows = [LinearConstraint(hstack([cuts[1], cuts[0]]), -np.inf, 0.0)] if m else []
    rows += [LinearConstraint(hstack([csr_matrix((once.shape[0], n)), once]), -np.inf, 1.0)] if m else []
    told, low, high = linear(constraints)
    rows.append(LinearConstraint(hstack([told, csr_matrix((told.shape[0], m))]), low, high))
    answer = milp(
        -np.concatenate([alone, gain]),
        constraints=rows,
        bounds=Bounds(0.0, 1.0),
        integrality=np.concatenate([np.ones(n), np.zeros(m)]),
        options={"time_limit": seconds, "mip_rel_gap": 1e-6},
    )
    if answer.status == INFEASIBLE:
        return None
    if answer.status != 0:
        raise PortfolioError(f"the exact set of {n} options was not found in {seconds:g} s: {answer.message}")
    chosen = np.flatnonzero(answer.x[:n] > 0.5).tolist()
    return chosen, coverage.value(chosen)


def linear(constraints: Constraints) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
    """(A, low, high): ``low <= A x <= high``. Rows: budget, size, one package each, limits, must-haves."""
    n = len(constraints)
    parts: list[tuple[np.ndarray, float, float]] = [(np.ones(n), constraints.least, constraints.most)]
    if np.isfinite(constraints.budget):
        parts.append((constraints.cost, -np.inf, constraints.budget * (1 + 1e-9)))
    codes, counts = np.unique(constraints.one_each, return_counts=True)
    several = [np.flatnonzero(constraints.one_each == code) for code in codes[counts > 1]]
    for limit in (*constraints.limits, *(Limit("", rows, 1) for rows in several)):
        parts.append((_indicator(limit.rows, n), -np.inf, limit.most))
    parts += [(_indicator(need.rows, n), 1.0, np.inf) for need in constraints.required]
    table = vstack([csr_matrix(row) for row, _, _ in parts])
    return csr_matrix(table), np.array([low for _, low, _ in parts]), np.array([high for *_, high in parts])


def _indicator(rows: Sequence[int] | np.ndarray, n: int) -> np.ndarray:
    told = np.zeros(n)
    told[np.asarray(rows, dtype=np.int64)] = 1.0
    return told


def _merged(
    option: np.ndarray, point: np.ndarray, gain: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points reached by the same options in the same proportions are one point of their summed gains."""
    order = np.lexsort((option, point))
    option, point, gain = option[order], point[order], gain[order]
    first = np.flatnonzero(np.diff(point, prepend=-1))
    if not len(point):
        return option, point, gain
    told: dict[tuple[bytes, bytes], int] = {}
    sums: list[np.ndarray] = []
    options: list[np.ndarray] = []
    for start, stop in zip(first, [*first[1:], len(point)], strict=True):
        who, what = option[start:stop], gain[start:stop]
        key = who.tobytes(), np.round(what / what.max(), 9).tobytes()
        if key in told:
            sums[told[key]] = sums[told[key]] + what
        else:
            told[key] = len(sums)
            sums.append(what)
            options.append(who)
    places = np.repeat(np.arange(len(sums)), [len(s) for s in sums])
    return np.concatenate(options), places, np.concatenate(sums)
