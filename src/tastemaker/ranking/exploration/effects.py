"""What stays with a creator and no table tells: learned from results against forecasts, and what is uncertain yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.forecasting import KPI_COLUMNS, Forecaster
from tastemaker.forecasting.frames import by_objective, numbers
from tastemaker.forecasting.saved import read_saved, write_saved

FORMAT = 1
FILE = "effects.json"
ACCEPT, COST = "agreed", "cost"
SIGNS = {ACCEPT: 1.0, COST: -1.0, **dict.fromkeys(KPI_COLUMNS, 1.0)}
"""Column of the examples -> how its logarithm enters that of the value."""

MIN_REPEATS = 20
"""Readings of returning creators below which no effect is told from luck."""

MOST = 3.0
"""A log ratio counts at most so much: one campaign that failed altogether says little about the next."""


@dataclass(frozen=True)
class Effect:
    """Creators' own factors of one head, normal on the log scale (the one-way random effects model).

    ``between``: variance between creators alike in all that a forecast reads; ``within``: of one creator's readings
    from campaign to campaign; ``total``, ``count``: creator -> sum and number of the readings.
    """

    between: float = 0.0
    within: float = 1.0
    total: dict[str, float] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)

    @classmethod
    def fit(cls, readings: np.ndarray, creators: np.ndarray) -> Self:
        """``readings`` (n,): log(result / forecast) of ``creators`` (n,).

        Variances by the analysis of variance for unequal groups (Searle, Casella and McCulloch 1992, section 3.6).
        """
        if len(readings) == 0:
            return cls()
        centred = readings - readings.mean()
        names, code = np.unique(creators, return_inverse=True)
        count, total = np.bincount(code), np.bincount(code, centred)
        told = dict(zip(names.tolist(), total.tolist(), strict=True))
        numbers_of = dict(zip(names.tolist(), count.tolist(), strict=True))
        n, groups = len(centred), len(count)
        if n - groups < MIN_REPEATS or groups < 2:
            return cls(0.0, max(float(np.var(centred)), 1e-6), told, numbers_of)
        mean = total / count
        within = max(float(((centred - mean[code]) ** 2).sum() / (n - groups)), 1e-6)
        apart = float((count * mean**2).sum() / (groups - 1))
        usual = (n - (count**2).sum() / n) / (groups - 1)
        return cls(max((apart - within) / usual, 0.0), within, told, numbers_of)

    def posterior(self, creators: np.ndarray, pending: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance (n,) each of the effect, given the readings: shrunk towards 0 as the variances say.

        ``pending`` (n,): readings that are under way. They tell nothing yet, but what they will tell need not be asked
        again: the variance is already without it (hallucinated updates: Desautels, Krause and Burdick 2014).
        """
        total = np.array([self.total.get(c, 0.0) for c in creators.tolist()])
        count = np.array([self.count.get(c, 0) for c in creators.tolist()], dtype=np.float64)
        mean = total * self._left(count) / self.within
        return mean, self._left(count + pending)

    def _left(self, count: np.ndarray) -> np.ndarray:
        return np.asarray(self.between * self.within / (self.within + count * self.between))


@dataclass(frozen=True)
class Belief:
    """Of each pair's log value (n,): ``shift``, what results say beyond the forecasts; ``spread``, the standard
    deviation of what they leave open; ``campaigns``, how many results of the creator are known or under way."""

    shift: np.ndarray
    spread: np.ndarray
    campaigns: np.ndarray


class CreatorEffects:
    """A posterior of each creator's own factor on the value, p(accept) x E[KPI] / cost, a head at a time.

    Readings are results against the forecasts of the very model that ranks, so only what it misses is learned. The
    heads' effects are taken to be independent; an answer's reading is (answer - chance) / mean chance.
    """

    def __init__(
        self, effects: dict[str, Effect] | None = None, pending: dict[str, int] | None = None
    ) -> None:
        self.effects = effects or {}
        self.pending = pending or {}

    def fit(self, examples: pd.DataFrame, predicted: Mapping[str, np.ndarray]) -> Self:
        """``predicted``: column of ``examples`` -> what was to be expected, row by row (see :func:`expectations`)."""
        creators = examples["creator_id"].to_numpy(dtype=str)
        waiting = examples["chosen"].to_numpy(bool) & (numbers(examples, ACCEPT, "examples") != 0.0)
        waiting &= ~np.isfinite(numbers(examples, COST, "examples"))
        names, number = np.unique(creators[waiting], return_counts=True)
        self.pending = dict(zip(names.tolist(), number.tolist(), strict=True))
        self.effects = {}
        for name, expected in predicted.items():
            y = numbers(examples, name, "examples")
            known = np.isfinite(y) & np.isfinite(expected) & (expected > 0.0)
            self.effects[name] = Effect.fit(_readings(name, y[known], expected[known]), creators[known])
        return self

    @property
    def knows(self) -> bool:
        """Whether results told creators apart at all: without that nothing can be said of what is uncertain."""
        return any(effect.between > 0.0 for effect in self.effects.values())

    def belief(self, pairs: pd.DataFrame, creator_ids: np.ndarray) -> Belief:
        """Of the creators (n,) in the rows of ``pairs``, each by its own objective."""
        ids = np.asarray(creator_ids).astype(str)
        shift, variance = np.zeros(len(ids)), np.zeros(len(ids))
        pending = np.array([self.pending.get(c, 0) for c in ids.tolist()], dtype=np.float64)
        everyone = np.arange(len(ids))
        heads = [(ACCEPT, everyone), (COST, everyone)]
        heads += [(KPI_COLUMNS[code], rows) for code, rows in by_objective(pairs, "pairs")]
        for name, rows in heads:
            effect = self.effects.get(name, Effect())
            mean, left = effect.posterior(ids[rows], pending[rows])
            shift[rows] += SIGNS[name] * mean
            variance[rows] += left
        known = self.effects.get(COST, Effect()).count
        count = np.array([known.get(c, 0) for c in ids.tolist()], dtype=np.float64)
        return Belief(shift, np.sqrt(variance), count + pending)

    def save(self, folder: Path) -> None:
        """Writes ``effects.json`` into ``folder`` (made if absent)."""
        effects = {name: asdict(effect) for name, effect in self.effects.items()}
        write_saved(folder / FILE, {"effects": effects, "pending": self.pending}, FORMAT)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises RankingError naming the file that is missing or damaged."""
        path = folder / FILE
        values: dict[str, Any] = read_saved(path, FORMAT)
        try:
            effects = {name: Effect(**parts) for name, parts in values["effects"].items()}
            return cls(effects, dict(values["pending"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RankingError(f"{path}: {error!r} where saved effects were expected; train again") from None


def expectations(forecaster: Forecaster, examples: pd.DataFrame) -> dict[str, np.ndarray]:
    """What ``forecaster`` expects of each row, for :meth:`CreatorEffects.fit`; a KPI counts in campaigns that were
    after it."""
    kpi = forecaster.kpi(examples).mean
    made = {ACCEPT: forecaster.p_accept(examples), COST: forecaster.cost(examples)}
    for code, rows in by_objective(examples, "examples"):
        own = np.full(len(examples), np.nan)
        own[rows] = kpi[rows]
        made[KPI_COLUMNS[code]] = own
    return made


def _readings(name: str, y: np.ndarray, expected: np.ndarray) -> np.ndarray:
    if name == ACCEPT:
        return np.asarray((y - expected) / expected.mean()) if len(y) else y
    # A half on both sides, so that nothing at all is little and not infinitely little.
    return np.asarray(np.clip(np.log(y + 0.5) - np.log(expected + 0.5), -MOST, MOST))
