"""Measures of how two groups differ, from their sums alone: so that any regrouping of decisions costs one product.

Every function takes sums (..., k) of the reference and of the live rows, works along the last axis and gives NaN where
a side has nothing to measure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tastemaker.evaluation.drift.columns import Kind
from tastemaker.evaluation.metrics import Floats

Name = Literal["psi", "missing", "rate", "ratio", "level", "slope"]
SMOOTHING = 0.5
"""Added to every bin (Jeffreys), so that an empty one is no infinity."""


@dataclass(frozen=True)
class Measure:
    """``figure``: sums (..., k) -> what a person reads of one side; ``effect``: how far apart two sides are, >= 0."""

    name: Name
    effect: Callable[[Floats, Floats], Floats]
    figure: Callable[[Floats], Floats] | None = None
    root: bool = False
    """Whether the square root of the effect is what is nearly normal (as of a chi-square)."""


def psi(reference: Floats, live: Floats) -> Floats:
    """Population stability index of the known values: sum of (q - p) log(q / p) over the bins."""
    a, b = _shares(reference[..., :-1]), _shares(live[..., :-1])
    total: Floats = ((b - a) * np.log(b / a)).sum(axis=-1)
    known = (reference[..., :-1].sum(axis=-1) > 0) & (live[..., :-1].sum(axis=-1) > 0)
    return np.where(known, total, np.nan)


def missing_share(sums: Floats) -> Floats:
    """Share of the rows whose value is unknown."""
    return _ratio(sums[..., -1], sums.sum(axis=-1))


def yes_share(sums: Floats) -> Floats:
    """Share of yes among the known answers."""
    return _ratio(sums[..., 0], sums[..., 0] + sums[..., 1])


def ratio(sums: Floats) -> Floats:
    """What came true over what was promised, both summed."""
    return _ratio(sums[..., 1], sums[..., 2])


def level(sums: Floats) -> Floats:
    """The typical row's truth over its promise: exp of the mean of log(1 + truth) - log(1 + promise)."""
    return np.asarray(np.exp(_ratio(sums[..., 4] - sums[..., 3], sums[..., 0])))


def slope(sums: Floats) -> Floats:
    """Slope of the truth on the promise, of amounts between their logarithms; 1 is right, 0 knows nothing."""
    n, _, _, x, y, xx, xy = np.moveaxis(np.asarray(sums), -1, 0)
    spread = n * xx - x * x
    return _ratio(n * xy - x * y, np.where(spread > 1e-9 * np.maximum(n * xx, 1e-300), spread, 0.0))


def _apart(figure: Callable[[Floats], Floats]) -> Callable[[Floats, Floats], Floats]:
    return lambda reference, live: np.abs(figure(live) - figure(reference))


def _apart_by_factor(figure: Callable[[Floats], Floats]) -> Callable[[Floats, Floats], Floats]:
    def effect(reference: Floats, live: Floats) -> Floats:
        a, b = figure(reference), figure(live)
        apart: Floats = np.abs(np.log(np.where(b > 0, b, np.nan)) - np.log(np.where(a > 0, a, np.nan)))
        return apart

    return effect


PSI = Measure("psi", psi, root=True)
MISSING = Measure("missing", _apart(missing_share), missing_share)
RATE = Measure("rate", _apart(yes_share), yes_share)
RATIO = Measure("ratio", _apart_by_factor(ratio), ratio)
LEVEL = Measure("level", _apart_by_factor(level), level)
SLOPE = Measure("slope", _apart(slope), slope)

MEASURES: dict[Kind, tuple[Measure, ...]] = {
    "number": (PSI, MISSING),
    "category": (PSI, MISSING),
    "rate": (RATE,),
    "amount": (RATIO, LEVEL, SLOPE),
    "chance": (RATIO, SLOPE),
}
"""How a column of each kind is compared."""


def _shares(counts: Floats) -> Floats:
    smooth = counts + SMOOTHING
    shares: Floats = smooth / smooth.sum(axis=-1, keepdims=True)
    return shares


def _ratio(part: Floats, whole: Floats) -> Floats:
    out = np.full(np.broadcast(part, whole).shape, np.nan)
    np.divide(part, whole, out=out, where=np.asarray(whole) != 0)
    return out
