"""What can be bought for a brief: creators with a package each, and what the brief's wish makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from tastemaker.portfolio.constraints import Constraints, Limit, Required
from tastemaker.schema import SetWish

UNKNOWN = "unknown"
TRAITS = ("platform", "country", "niche", "size")


@dataclass(frozen=True)
class Options:
    """One row per creator and package, all arrays (n,). ``account``: the row in the audiences; ``package``: which one.

    Given acceptance: ``kpi`` expected, ``low``, ``median``, ``high`` (NaN unknown), ``reach`` in people (NaN unknown),
    ``cost`` in US dollars; ``p_accept`` 0..1. ``platform``, ``country``, ``niche``, ``size``: text, ``UNKNOWN`` where
    it is; ``owner``: text, empty where nobody is known.
    """

    creator: np.ndarray
    account: np.ndarray
    package: np.ndarray
    kpi: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray
    reach: np.ndarray
    p_accept: np.ndarray
    cost: np.ndarray
    platform: np.ndarray
    country: np.ndarray
    niche: np.ndarray
    size: np.ndarray
    owner: np.ndarray

    def __len__(self) -> int:
        return len(self.creator)

    def only(self, rows: np.ndarray) -> Options:
        return Options(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def constraints_of(options: Options, wish: SetWish, budget: float) -> Constraints:
    """The wish as constraints over ``options``; ``budget`` in US dollars, infinite where there is none."""
    return Constraints(
        cost=options.cost,
        budget=budget,
        least=wish.size.min,
        most=wish.size.max,
        limits=tuple(_limits(options, wish)),
        required=tuple(
            Required(f"must have {name}", np.flatnonzero(options.creator == name))
            for name in dict.fromkeys(wish.must_have)
        ),
        one_each=np.unique(options.creator, return_inverse=True)[1],
    )


def _limits(options: Options, wish: SetWish) -> Iterator[Limit]:
    """Limits that could ever be reached. An unknown trait is no group of its own: nobody knows that they share it."""
    for cap in wish.caps:
        column = getattr(options, cap.by)
        keys = [cap.key] if cap.key is not None else sorted(set(column) - {UNKNOWN})
        for key in keys:
            rows = np.flatnonzero(column == key)
            if len(rows) > cap.most:
                yield Limit(f"at most {cap.most} of {cap.by} {key}", rows, cap.most)
    for name in dict.fromkeys(wish.must_not):
        rows = np.flatnonzero(options.creator == name)
        if len(rows):
            yield Limit(f"must not have {name}", rows, 0)
    if wish.one_per_owner:
        for owner in sorted(set(options.owner) - {""}):
            rows = np.flatnonzero(options.owner == owner)
            if len(np.unique(options.creator[rows])) > 1:
                yield Limit(f"one of owner {owner}", rows, 1)
