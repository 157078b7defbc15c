"""Confidence intervals for a mean of values of which few are large: means of weighted rewards are skewed.

Which one is the default was measured where the truth is known; see docs/off-policy.md.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Literal, TypeAlias, get_args

import numpy as np

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.bootstrap import Estimate
from tastemaker.evaluation.metrics import Floats

Interval: TypeAlias = Literal["guarded", "both", "hall", "student", "bootstrap-t", "percentile", "bernstein"]
"""``student``: Student's t. ``hall``: the same after a cubic transformation that takes the skewness out (Hall 1992).
``both``: from the lower of their low bounds to the higher of their high ones. ``guarded``: ``both`` with as many
degrees of freedom as the variance of heavy-tailed values is really known by, 2 n / (kurtosis - 1) (Satterthwaite 1946
on the variance of a sample variance). ``bootstrap-t``: the studentised mean's own distribution, by resampling (Efron
1981). ``percentile``: quantiles of resampled means. ``bernstein``: the empirical Bernstein bound with the observed
range (Maurer, Pontil 2009)."""

FEWEST_FREEDOM = 5.0
REPETITIONS = 1_000


def mean_bounds(values: Floats, level: float = 0.95, kind: Interval = "guarded", seed: int = 0) -> Estimate:
    """The mean of independent ``values`` (n,), n >= 2, with bounds that hold it with probability ``level``.

    Bounds move with the values: adding or multiplying (by a positive number) all of them does the same to the bounds.
    """
    n, mean = len(values), float(values.mean())
    if n < 2:
        raise EvaluationError(f"{n} values bound no mean; expected at least 2")
    if kind not in get_args(Interval):
        raise EvaluationError(f"interval {kind!r} is unknown; there are {', '.join(get_args(Interval))}")
    error = float(values.std(ddof=1)) / np.sqrt(n)
    # All values equal, but for rounding: nothing was left to chance.
    if error <= 1e-14 * abs(mean):
        return Estimate(mean, mean, mean)
    tail = (1.0 - level) / 2.0
    if kind == "bernstein":
        half = _bernstein(values, tail)
        return Estimate(mean, mean - half, mean + half)
    if kind == "percentile":
        low, high = np.quantile(_resampled(values, seed)[0] + mean, [tail, 1.0 - tail])
        return Estimate(mean, float(low), float(high))
    if kind == "bootstrap-t":
        below, above = np.quantile(_resampled(values, seed)[1], [tail, 1.0 - tail])
        return Estimate(mean, mean - float(above) * error, mean - float(below) * error)
    freedom = n - 1.0
    if kind == "guarded":
        freedom = min(freedom, max(FEWEST_FREEDOM, 2.0 * n / max(_moment(values, 4) - 1.0, 1e-12)))
    t, a = student(1.0 - tail, freedom), _moment(values, 3) / np.sqrt(n)
    shapes = {"student": (0.0,), "hall": (a,)}.get(kind, (0.0, a))
    low = min(mean - _straighten(t, shape) * error for shape in shapes)
    high = max(mean - _straighten(-t, shape) * error for shape in shapes)
    return Estimate(mean, low, high)


def student(p: float, freedom: float) -> float:
    """Quantile of Student's t by its expansion in the normal quantile (Abramowitz, Stegun 26.7.5); 5 or more degrees:
    within 0.3 %."""
    z, f = NormalDist().inv_cdf(p), freedom
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + g1 / f + g2 / f**2 + g3 / f**3


def _straighten(g: float, a: float) -> float:
    """The studentised mean at which Hall's g(T) = T + a T^2 / 3 + a^2 T^3 / 27 + a / 6 is ``g``; ``a`` is skewness /
    sqrt(n)."""
    if abs(a) < 1e-9:
        return g
    return float((3.0 / a) * (np.cbrt(1.0 + a * (g - a / 6.0)) - 1.0))


def _moment(values: Floats, order: int) -> float:
    """The standardised central moment: 3 the skewness, 4 the kurtosis (3 for a normal distribution)."""
    away = values - values.mean()
    return float((away**order).mean() / (away**2).mean() ** (order / 2))


def _bernstein(values: Floats, tail: float) -> float:
    n, log = len(values), np.log(2.0 / tail)
    spread = float(values.max() - values.min())
    return float(np.sqrt(2.0 * values.var(ddof=1) * log / n) + 7.0 * spread * log / (3.0 * (n - 1)))


def _resampled(values: Floats, seed: int) -> tuple[Floats, Floats]:
    """Resampled means less the mean (``REPETITIONS``,), and the same over their own standard errors."""
    rng, n = np.random.default_rng(seed), len(values)
    away = values - values.mean()
    means, errors = np.empty(REPETITIONS), np.empty(REPETITIONS)
    block = max(1, 2_000_000 // n)
    for start in range(0, REPETITIONS, block):
        drawn = away[rng.integers(0, n, (min(block, REPETITIONS - start), n))]
        means[start : start + block] = drawn.mean(axis=1)
        errors[start : start + block] = drawn.std(axis=1, ddof=1) / np.sqrt(n)
    studentised = np.divide(means, errors, out=np.zeros(REPETITIONS), where=errors > 0)
    return means, studentised
