"""Where two orders differ: the paired difference of a metric in every part of the queries or their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.bootstrap import Estimate, paired_difference
from tastemaker.evaluation.metrics import Flags

PerQuery: TypeAlias = Callable[[Flags], tuple[pd.Series, pd.Series]]
"""Rows (n,) bool -> the metric per query of the first and of the second order over these rows alone, matched by index;
NaN where a query can not be judged."""


@dataclass(frozen=True)
class Slice:
    """``queries``: how many both orders could be judged in. ``first``, ``second``: mean metric over them.

    ``difference``: second less first; its bounds are NaN for a slice that has too few queries to be judged.
    """

    facet: str
    name: str
    queries: int
    first: float
    second: float
    difference: Estimate

    @property
    def judged(self) -> bool:
        """Whether the slice has the queries for an interval."""
        return bool(np.isfinite(self.difference.low))

    def to_json(self) -> dict[str, object]:
        """Ready for ``json.dumps``."""
        means = {"first": self.first, "second": self.second}
        return {"facet": self.facet, "name": self.name, "queries": self.queries, **means} | {
            "difference": self.difference.to_json()
        }


class _Part(NamedTuple):
    facet: str
    name: str
    pairs: pd.DataFrame


def compare_slices(
    measure: PerQuery,
    facets: Mapping[str, Sequence[str | None] | np.ndarray],
    *,
    least: int = 20,
    repetitions: int = 2_000,
    seed: int = 0,
    level: float = 0.95,
) -> list[Slice]:
    """Every part of the rows by every facet, in the facets' order, then by name.

    ``facets``: name -> a label per row (n,), None where it has none. A label that a whole query shares cuts queries
    apart; one that differs within a query cuts its rows, and the metric is over those alone. Slices in which no query
    can be judged are left out. With m slices of at least ``least`` queries each interval has the level
    1 - (1 - level) / m (Bonferroni): that all of them hold is ``level`` sure.
    """
    parts = [part for facet, labels in facets.items() for part in _parts(measure, facet, labels)]
    judged = sum(len(part.pairs) >= least for part in parts)
    each = 1.0 - (1.0 - level) / max(judged, 1)
    slices = []
    for facet, name, pairs in parts:
        gap = paired_difference(
            pairs["second"], pairs["first"], repetitions=repetitions, seed=seed, level=each
        )
        if len(pairs) < least:
            gap = Estimate(gap.value, float("nan"), float("nan"))
        means = float(pairs["first"].mean()), float(pairs["second"].mean())
        slices.append(Slice(facet, name, len(pairs), *means, gap))
    return slices


def _parts(measure: PerQuery, facet: str, labels: Sequence[str | None] | np.ndarray) -> list[_Part]:
    known = pd.Series(np.asarray(labels, dtype=object))
    if known.ndim != 1:
        raise EvaluationError(f"facet {facet!r}: labels of shape {known.shape}; expected one per row")
    parts = []
    for name in sorted({str(label) for label in known.dropna()}):
        first, second = measure(known.eq(name).to_numpy(dtype=bool))
        pairs = pd.concat([first, second], axis=1, join="inner", keys=["first", "second"]).dropna()
        if len(pairs):
            parts.append(_Part(facet, name, pairs))
    return parts
