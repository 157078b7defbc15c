"""Mean against lower quantile: what a set's result may come to, and the set that a cautious buyer would rather have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.portfolio.constraints import Constraints, Room
from tastemaker.portfolio.coverage import Coverage
from tastemaker.portfolio.exchange import replaces

LOWER = 0.1
ROUNDS = 20


@dataclass(frozen=True)
class Outlook:
    """Of a set's result: mean, and the quantiles 0.1, 0.5 and 0.9 (between the outer ones it lies 4 times in 5)."""

    mean: float
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, totals: np.ndarray) -> Outlook:
        low, median, high = np.quantile(totals, [LOWER, 0.5, 1.0 - LOWER])
        return cls(float(totals.mean()), float(low), float(median), float(high))


def ratios(
    results: np.ndarray, mean: np.ndarray, p_accept: np.ndarray | None = None, seed: int = 0
) -> np.ndarray:
    """(draws, n) drawn results over the expected ones (1 where nothing is known of their spread), with
    ``p_accept`` (n,) whether they accept included: an own coin each, and 1 / p where it falls well, so that the mean
    stays."""
    out = np.where(np.isfinite(results), results, mean) / np.where(mean > 0.0, mean, 1.0)
    if p_accept is not None:
        coins = np.random.default_rng(seed).random(out.shape) < p_accept
        out = out * coins / np.maximum(p_accept, 1e-9)
    return np.asarray(out)


def cautious(
    coverage: Coverage, constraints: Constraints, rows: list[int], ratio: np.ndarray, risk: float
) -> list[int]:
    """Exchanges as long as (1 - risk) x mean + risk x lower quantile of the set's result grows.

    ``ratio`` (draws, options) of :func:`ratios`; ``risk`` 0..1. The quantile is no submodular function: this is a local
    search from the set of the best mean, without a guarantee.
    """
    chosen = list(rows)
    if risk <= 0.0:
        return chosen
    for _ in range(ROUNDS):
        step = _step(coverage, constraints, chosen, ratio, risk)
        if step is None:
            break
        chosen = step
    return chosen


def totals(coverage: Coverage, rows: list[int], ratio: np.ndarray) -> np.ndarray:
    """(draws,) results of the set: each member's share of the unique result moves with its own draws."""
    credit, _ = coverage.credits(rows)
    return np.asarray(ratio[:, rows] @ credit)


def utility(drawn: np.ndarray, risk: float) -> np.ndarray:
    """(1 - risk) x mean + risk x lower quantile over the draws, the first axis."""
    low = np.quantile(drawn, LOWER, axis=0)
    return np.asarray((1.0 - risk) * drawn.mean(axis=0) + risk * low)


def _step(
    coverage: Coverage, constraints: Constraints, rows: list[int], ratio: np.ndarray, risk: float
) -> list[int] | None:
    value, best = float(utility(totals(coverage, rows, ratio), risk)), None
    for out in rows:
        kept = [row for row in rows if row != out]
        allowed = Room(constraints, kept).affordable() & replaces(constraints, kept, out)
        allowed[out] = False
        options = np.flatnonzero(allowed)
        if not len(options):
            continue
        base = totals(coverage, kept, ratio) if kept else np.zeros(len(ratio))
        more = coverage.all_more(coverage.best(kept))[options]
        told = utility(base[:, None] + ratio[:, options] * more, risk)
        # The sum above is a little off where audiences overlap: the best few are looked at as they are.
        for place in np.argsort(-told, kind="stable")[:3]:
            other = [*kept, int(options[place])]
            true = float(utility(totals(coverage, other, ratio), risk))
            if true > value * (1 + 1e-6):
                value, best = true, other
    return best
