"""How alike two ranked lists are: overlap, rank-biased overlap, Kendall's tau on what both have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PERSISTENCE = 0.9
"""Of the reader of rank-biased overlap: 86 % of its weight is then on the first ten places (Webber et al. 2010)."""


def overlap_at_k(a: Sequence[str], b: Sequence[str], k: int) -> float:
    """Share (0..1) of the first ``k`` of the shorter list that stands among the first ``k`` of the other; NaN without
    any."""
    depth = min(k, len(a), len(b))
    return len(set(a[:k]) & set(b[:k])) / depth if depth else float("nan")


def rank_biased_overlap(a: Sequence[str], b: Sequence[str], p: float = PERSISTENCE) -> float:
    """RBO extrapolated from the depth d of the shorter list, 0..1 (Webber, Moffat, Zobel 2010, equation 30):
    X_d / d p^d + (1 - p) / p sum over i <= d of X_i / i p^i, X_i the overlap at depth i. NaN for an empty list."""
    depth = min(len(a), len(b))
    if not depth:
        return float("nan")
    seen_a: set[str] = set()
    seen_b: set[str] = set()
    total, agreement = 0.0, 0.0
    for i in range(depth):
        seen_a.add(a[i])
        seen_b.add(b[i])
        agreement = len(seen_a & seen_b) / (i + 1)
        total += agreement * p ** (i + 1)
    return agreement * p**depth + (1.0 - p) / p * total


def kendall_tau(a: Sequence[str], b: Sequence[str]) -> float:
    """Kendall's tau (-1..1) of the orders of what stands in both lists; NaN where that is under two."""
    place = {name: i for i, name in enumerate(b)}
    common = np.array([place[name] for name in a if name in place], dtype=np.int64)
    n = len(common)
    if n < 2:
        return float("nan")
    later = np.triu_indices(n, 1)
    agree = np.sign(common[later[1]] - common[later[0]])
    return float(agree.mean())
