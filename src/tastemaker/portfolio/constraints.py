"""What a set must keep to: a budget, a size, caps, must-haves; each with a name that a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

SLACK = 1e-9


@dataclass(frozen=True)
class Limit:
    """At most ``most`` of ``rows`` (int64, options). ``relaxable``: a brief may lift it; one package a creator is no
    wish but what a set is."""

    name: str
    rows: np.ndarray
    most: int
    relaxable: bool = True


@dataclass(frozen=True)
class Required:
    """At least one of ``rows``: the packages of a must-have creator."""

    name: str
    rows: np.ndarray


@dataclass(frozen=True)
class Constraints:
    """``cost`` (options,) in one currency, >= 0; ``budget`` in it, infinite where there is none; sizes in creators.

    ``one_each``: (options,) a code per creator: a set has one package of a creator at most.
    """

    cost: np.ndarray
    budget: float = np.inf
    least: int = 1
    most: int = 10
    limits: tuple[Limit, ...] = ()
    required: tuple[Required, ...] = ()
    one_each: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.cost)

    def __post_init__(self) -> None:
        if len(self.one_each) != len(self.cost):
            object.__setattr__(self, "one_each", np.arange(len(self.cost)))

    def holds(self, rows: Sequence[int] | np.ndarray) -> bool:
        """Whether the set breaks nothing at all."""
        chosen = np.asarray(rows, dtype=np.int64)
        return (
            self.least <= len(chosen)
            and self.allows(chosen)
            and all(np.isin(need.rows, chosen).any() for need in self.required)
        )

    def allows(self, rows: Sequence[int] | np.ndarray) -> bool:
        """Whether the set breaks no upper bound (budget, most, limits, one package each)."""
        chosen = np.asarray(rows, dtype=np.int64)
        return (
            len(chosen) <= self.most
            and float(self.cost[chosen].sum()) <= self.budget * (1 + SLACK)
            and len(np.unique(self.one_each[chosen])) == len(chosen)
            and bool((self.matrix[:, chosen].sum(axis=1) <= self.most_of_each).all())
        )

    @cached_property
    def matrix(self) -> np.ndarray:
        """bool (limits, options): whom each limit counts."""
        told = np.zeros((len(self.limits), len(self)), dtype=bool)
        for k, limit in enumerate(self.limits):
            told[k, limit.rows] = True
        return told

    @cached_property
    def most_of_each(self) -> np.ndarray:
        """(limits,) how many each limit allows."""
        return np.array([limit.most for limit in self.limits], dtype=np.int64)

    def with_budget(self, budget: float) -> Constraints:
        return replace(self, budget=budget)


class Room:
    """What may still be added to a growing set: a step costs one pass over the options."""

    def __init__(self, constraints: Constraints, rows: Sequence[int] = ()) -> None:
        self.constraints = constraints
        self._member = constraints.matrix
        self.rows: list[int] = []
        self.spent = 0.0
        self._counts = np.zeros(len(constraints.limits), dtype=np.int64)
        self._taken = np.zeros(len(constraints), dtype=bool)
        for row in rows:
            self.add(row)

    def add(self, row: int) -> None:
        self.rows.append(row)
        self.spent += float(self.constraints.cost[row])
        self._counts += self._member[:, row]
        self._taken |= self.constraints.one_each == self.constraints.one_each[row]

    def open(self) -> np.ndarray:
        """bool (options,): who fits beside the set, the budget apart."""
        if len(self.rows) >= self.constraints.most:
            return np.zeros(len(self.constraints), dtype=bool)
        full = self._counts >= self.constraints.most_of_each
        return np.asarray(~self._taken & ~self._member[full].any(axis=0))

    def affordable(self) -> np.ndarray:
        """bool (options,): who fits beside the set, and leaves enough for the cheapest creators still needed."""
        fits = self.open()
        left = self.constraints.budget * (1 + SLACK) - self.spent
        wanted = self.constraints.least - len(self.rows) - 1
        return np.asarray(fits & (self.constraints.cost <= left - self._cheapest(fits, wanted)))

    def _cheapest(self, fits: np.ndarray, count: int) -> float:
        """A lower bound of what ``count`` more creators cost."""
        if count <= 0 or not np.isfinite(self.constraints.budget):
            return 0.0
        costs = self.constraints.cost[fits]
        return np.inf if len(costs) < count else float(np.partition(costs, count - 1)[:count].sum())
