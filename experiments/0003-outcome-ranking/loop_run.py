"""A market's months under one policy: greedy or exploring by the shares of its months, or the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pandas as pd
from loop_memory import features, remember
from loop_model import Model, examples
from loop_world import FIRST_DAY, LOOP_DAY, MONTH, Ask, Life, Market, Pool

from tastemaker.config import Exploration
from tastemaker.features import PAIR_FEATURES
from tastemaker.progress import Progress, silent
from tastemaker.ranking.base import order
from tastemaker.ranking.exploration import Belief, explore
from tastemaker.simulation.clock import Floats, Ints


@dataclass
class Past:
    """The world of one policy as it stands, with the features that were logged with its decisions."""

    life: Life
    logged: dict[tuple[int, int], Floats]

    def copy(self) -> Past:
        life = Life(self.life.shared)
        life.world.works.__dict__.update(deepcopy(self.life.world.works.__dict__))
        life.deliveries, life.asked = list(self.life.deliveries), dict(self.life.asked)
        return Past(life, dict(self.logged))

    def log(self, pool: Pool, frame: pd.DataFrame, picks: Ints) -> None:
        matrix = frame[list(PAIR_FEATURES)].to_numpy()
        people = frame["creator"].to_numpy()
        for pick in picks.tolist():
            self.logged[pool.ask.number, int(people[pick])] = matrix[pick]


@dataclass(frozen=True)
class Run:
    """By month (months,), the mean over briefs of the true value of what was shown and of the ranker's own best k, as
    shares of the best k that the market held before the loop; ``tests``: shown creators outside the ranker's best k;
    ``knowledge``: see :func:`knowledge`."""

    shown: Floats
    best: Floats
    tests: Floats
    knowledge: float


def before(shared: Market) -> Past:
    """The marketer's year."""
    past = Past(Life(shared), {})
    for start in np.arange(FIRST_DAY, LOOP_DAY, MONTH):
        asks = [a for a in shared.history if start <= a.campaign.decided < start + MONTH]
        memory = remember(past.life, start, {a.snapshot for a in asks})
        for ask in asks:
            pool = past.life.pool(ask)
            frame = features(pool, memory, past.life)
            picks = past.life.marketer(pool)
            past.log(pool, frame, picks)
            past.life.deliver(pool, picks)
    return past


def ideals(past: Past, k: int) -> dict[int, float]:
    """Brief -> total true value of the best ``k`` in the market before the loop: one yardstick for all policies."""
    shared = past.life.shared
    pools = (past.life.pool(ask) for month in (*shared.months, *shared.asked) for ask in month)
    return {pool.ask.number: float(np.sort(pool.value)[-k:].sum()) for pool in pools}


def oracle(past: Past, k: int, ideal: dict[int, float]) -> Run:
    """The best ``k`` by the truth of the day, brief by brief."""
    own, shared, shown = past.copy(), past.life.shared, []
    for run, asked in zip(shared.months, shared.asked, strict=True):
        values = []
        for ask in (*run, *asked):
            pool = own.life.pool(ask)
            picks = order(pool.value, _ids(own.life, pool))[:k]
            values.append(pool.value[picks].sum() / ideal[ask.number])
            if len(values) <= len(run):
                own.life.deliver(pool, picks)
        shown.append(np.mean(values))
    made = np.array(shown)
    return Run(made, made, np.zeros_like(made), float("nan"))


def loop(
    past: Past,
    k: int,
    ideal: dict[int, float],
    settings: Exploration,
    shares: Sequence[float],
    progress: Progress = silent,
) -> Run:
    """Each month: learn from everything known, then answer the month's briefs with ``k`` creators each.

    ``shares``: of the places that are contested, month by month; 0 all year is the greedy policy.
    """
    own, shared = past.copy(), past.life.shared
    told = []
    for number, (run, asked) in enumerate(zip(shared.months, shared.asked, strict=True)):
        progress("months", number, len(shared.months))
        day = LOOP_DAY + MONTH * number
        model = Model.fit(examples(own.life, own.logged, day))
        memory = remember(own.life, day, {a.snapshot for a in (*run, *asked)})
        now = settings.model_copy(update={"share": shares[number]})
        answers = []
        for ask in (*run, *asked):
            pool = own.life.pool(ask)
            frame = features(pool, memory, own.life)
            ids = _ids(own.life, pool)
            values, belief = model.believed(frame, ids)
            picks, top = _picks(values, belief, ids, k, now, [shared.seed, ask.number])
            worth = pool.value / ideal[ask.number]
            answers.append((worth[picks].sum(), worth[top].sum(), len(set(picks) - set(top))))
            if len(answers) <= len(run):
                own.log(pool, frame, picks)
                own.life.deliver(pool, picks)
        told.append(np.mean(answers, axis=0))
    shown, best, tests = np.array(told).T
    return Run(shown, best, tests, knowledge(past, own, k, ideal))


def _picks(
    values: Floats, belief: Belief, ids: list[str], k: int, settings: Exploration, seed: list[int]
) -> tuple[Ints, Ints]:
    """(who is shown, the best ``k`` by value). Without a share nothing is drawn, as in the engine."""
    top = order(values, ids)[:k]
    if settings.share == 0.0:
        return top, top
    drawn = int(np.random.SeedSequence([settings.seed, *seed]).generate_state(1)[0])
    return explore(values, ids, belief, k, settings, drawn).rows, top


def knowledge(past: Past, own: Past, k: int, ideal: dict[int, float], months: int = 3) -> float:
    """True value of the best k by what was learned until the end, on the briefs of the last ``months`` months, in the
    market as it was before the loop: nobody is tired of anybody's work, so only knowing counts."""
    shared = past.life.shared
    day = LOOP_DAY + MONTH * len(shared.months)
    model = Model.fit(examples(own.life, own.logged, day))
    asks: list[Ask] = [ask for month in (*shared.months[-months:], *shared.asked[-months:]) for ask in month]
    memory = remember(own.life, day, {a.snapshot for a in asks})
    found = []
    for ask in asks:
        pool = past.life.pool(ask)
        ids = _ids(past.life, pool)
        top = order(model.believed(features(pool, memory, own.life), ids)[0], ids)[:k]
        found.append(pool.value[top].sum() / ideal[ask.number])
    return float(np.mean(found))


def _ids(life: Life, pool: Pool) -> list[str]:
    return [life.world.people.ids[c] for c in life.world.accounts.creator[pool.leads]]
