"""How sure a coverage is: the posterior of a share, given how many people stand behind the report.

Shares of a sample of n people under a Dirichlet prior have a Dirichlet posterior, and the sum of some of its shares a
beta one: Beta(n c + w m, n (1 - c) + w (1 - m)) for a coverage c, with the platform's average m as a prior worth w
people.
"""

from __future__ import annotations

from math import lgamma

import numpy as np

PRIOR_PEOPLE = 2.0
"""What the prior weighs, in people."""

MOST_PEOPLE = 10_000.0
"""A larger sample is counted as this: beyond it, how people were sampled matters more than how many."""

_TURNS = 400
_STEPS = 48
_TINY = 1e-300


def coverage_interval(
    coverage: np.ndarray, people: np.ndarray, prior: np.ndarray, level: float = 0.8
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) in 0..1, the central ``level`` of the posterior of each coverage; NaN where a coverage is.

    ``people``: the sample behind it, above 0; ``prior``: the average coverage, one half where NaN.
    """
    n = np.minimum(people, MOST_PEOPLE)
    # A prior of exactly 0 or 1 would rule out what was merely not seen yet.
    m = np.clip(np.where(np.isnan(prior), 0.5, prior), 0.01, 0.99)
    share = np.clip(coverage, 0.0, 1.0)
    a, b = n * share + PRIOR_PEOPLE * m, n * (1.0 - share) + PRIOR_PEOPLE * (1.0 - m)
    known = ~np.isnan(a)
    low, high = np.full(len(a), np.nan), np.full(len(a), np.nan)
    for out, q in ((low, (1.0 - level) / 2.0), (high, (1.0 + level) / 2.0)):
        out[known] = beta_quantiles(a[known], b[known], q)
    return low, high


def beta_quantiles(a: np.ndarray, b: np.ndarray, q: float) -> np.ndarray:
    """float64 (n,): where the distribution function of Beta(a, b) is ``q``, by bisection to 1e-14."""
    low, high = np.zeros(len(a)), np.ones(len(a))
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        below = _beta_cdf(middle, a, b) < q
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    quantiles: np.ndarray = (low + high) / 2.0
    return quantiles


def _beta_cdf(x: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    # I_x(a, b) = 1 - I_{1-x}(b, a); the fraction converges fast on the side where x is below the mean.
    swap = x > (a + 1.0) / (a + b + 2.0)
    x, a, b = np.where(swap, 1.0 - x, x), np.where(swap, b, a), np.where(swap, a, b)
    head = _log_gamma(a + b) - _log_gamma(a) - _log_gamma(b)
    front = np.exp(head + a * np.log(x) + b * np.log1p(-x)) / a
    part = np.clip(front * _fraction(x, a, b), 0.0, 1.0)
    below: np.ndarray = np.where(swap, 1.0 - part, part)
    return below


def _fraction(x: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The continued fraction of the incomplete beta function, by the method of Lentz (Press et al. 2007, 6.4)."""
    c, d = np.ones(len(x)), 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / np.where(np.abs(d) < _TINY, _TINY, d)
    value = d.copy()
    for m in range(1, _TURNS + 1):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 + term * d
            c = 1.0 + term / c
            d = 1.0 / np.where(np.abs(d) < _TINY, _TINY, d)
            c = np.where(np.abs(c) < _TINY, _TINY, c)
            change = c * d
            value *= change
        if (np.abs(change - 1.0) < 1e-15).all():
            break
    return value


_gamma = np.frompyfunc(lgamma, 1, 1)


def _log_gamma(values: np.ndarray) -> np.ndarray:
    logs: np.ndarray = _gamma(values).astype(np.float64)
    return logs
