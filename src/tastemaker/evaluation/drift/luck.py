"""Is it more than luck? All measures of a cohort at once, by redrawing which decisions are the live ones.

Under no shift the decisions of both sides are exchangeable, so every relabelling gives one draw of all measures
together. Each measure is put on its own scale, and a measure's adjusted p is the share of draws in which *any* of them
is as far out: the single-step max-T procedure of Westfall and Young (1993), which controls the family-wise error under
any dependence between the measures. Whole decisions are drawn, because the rows of one decision are not independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tastemaker.evaluation.drift.columns import Cohort
from tastemaker.evaluation.drift.measures import MEASURES, Measure
from tastemaker.evaluation.metrics import Floats

TINY = 1e-12


@dataclass(frozen=True)
class Tested:
    """One measure of one column. ``effect`` of a stability index is net of ``noise``, its mean under no shift, for it
    is positive even then; of others ``noise`` is 0. ``p``: adjusted over the whole family."""

    column: str
    measure: Measure
    effect: float
    noise: float
    p: float


def judge_family(
    reference: Cohort, live: Cohort, columns: Sequence[str], permutations: int, seed: int
) -> list[Tested]:
    """Every measure of ``columns``; both cohorts have at least one decision."""
    drawn = _drawn(len(reference), len(live), permutations, seed)
    checks, observed, noises, scores = [], [], [], []
    for column in columns:
        a, b = reference.sums[column], live.sums[column]
        both = np.concatenate([a, b])
        total = both.sum(axis=0)
        as_live = drawn @ both
        for measure in MEASURES[reference.kinds[column]]:
            now = float(measure.effect(a.sum(axis=0), b.sum(axis=0)))
            luck = measure.effect(total - as_live, as_live)
            checks.append((column, measure))
            observed.append(now)
            noises.append(_mean(luck) if measure.root else 0.0)
            scores.append(_standardised(np.append(luck, now), measure.root))
    table = np.array(scores).reshape(len(checks), permutations + 1)
    most = table[:, :-1].max(axis=0) if checks else np.empty(0)
    tested = []
    for (column, measure), now, noise, score in zip(checks, observed, noises, table[:, -1], strict=True):
        p = (1 + np.count_nonzero(most >= score)) / (permutations + 1)
        tested.append(Tested(column, measure, now - noise, noise, 1.0 if np.isnan(now) else float(p)))
    return tested


def live_interval(live: Cohort, tested: Tested, repetitions: int, seed: int) -> tuple[float, float]:
    """The 95 % percentile bootstrap over decisions of a measure's live figure; NaN for one without a figure."""
    if tested.measure.figure is None or not len(live):
        return float("nan"), float("nan")
    size = len(live)
    weights = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=repetitions)
    figures = tested.measure.figure(weights @ live.sums[tested.column])
    known = figures[np.isfinite(figures)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _drawn(reference: int, live: int, permutations: int, seed: int) -> Floats:
    """(permutations, reference + live): 1 where a decision is counted as live."""
    rng = np.random.default_rng(seed)
    order = rng.random((permutations, reference + live)).argsort(axis=1)
    return (order < live).astype(np.float64)


def _standardised(values: Floats, root: bool) -> Floats:
    """Distances from luck's mean in luck's spreads; the last value is the observed one. Nothing measured is no news."""
    values = np.sqrt(np.maximum(values, 0.0)) if root else values
    luck = values[:-1][np.isfinite(values[:-1])]
    if len(luck) < 2:
        return np.zeros(len(values))
    spread = max(float(luck.std()), TINY)
    scores: Floats = np.nan_to_num((values - luck.mean()) / spread, nan=0.0, posinf=0.0, neginf=0.0)
    return scores


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0
