"""Local search: one member out, one option in, as long as the set gains by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tastemaker.portfolio.constraints import Constraints, Room
from tastemaker.portfolio.coverage import Coverage

ROUNDS = 30
LEAST_GAIN = 1e-6
"""Share of the value that an exchange must add."""


def improved(coverage: Coverage, constraints: Constraints, rows: list[int]) -> list[int]:
    """The set after the best exchange of each round (an addition, or one member for one option) until none adds.

    ``rows`` keeps to the constraints, and so does what is returned; its value is never smaller.
    """
    for _ in range(ROUNDS):
        step = _best_exchange(coverage, constraints, rows)
        if step is None:
            return rows
        rows = step
    return rows


def _best_exchange(coverage: Coverage, constraints: Constraints, rows: list[int]) -> list[int] | None:
    # A set that is under way needs no least size: what is taken out is put back.
    free = replace(constraints, least=0)
    value = coverage.value(rows)
    most, step = LEAST_GAIN * max(value, 1e-12), None
    for out in (None, *rows):
        kept = [row for row in rows if row != out]
        allowed = Room(free, kept).affordable()
        if out is not None:
            allowed[out] = False
            allowed &= replaces(constraints, kept, out)
        if not allowed.any():
            continue
        best = coverage.best(kept)
        gains = np.where(allowed, coverage.all_more(best), -np.inf)
        row = int(np.argmax(gains))
        gain = float(best.sum() + gains[row] - value)
        if gain > most:
            most, step = gain, [*kept, row]
    return step


def replaces(constraints: Constraints, kept: list[int], out: int) -> np.ndarray:
    """bool (options,): who may stand for ``out`` in its must-haves."""
    allowed = np.ones(len(constraints), dtype=bool)
    for need in constraints.required:
        if out in need.rows and not np.isin(need.rows, kept).any():
            allowed &= np.isin(np.arange(len(constraints)), need.rows)
    return allowed
