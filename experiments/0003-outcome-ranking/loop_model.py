"""The value ranker's heads, fitted each month on everything that has come in: no more of it than ranking needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from loop_world import Life

from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS
from tastemaker.forecasting.frames import by_objective, feature_matrix, in_order, numbers
from tastemaker.forecasting.linear import Kind, Linear
from tastemaker.forecasting.own import OwnFactor
from tastemaker.forecasting.people import People
from tastemaker.ranking.exploration import Belief
from tastemaker.simulation.clock import Floats, instant

PENALTY = 0.1
AMOUNTS = ("cost", *KPI_COLUMNS)
HALF = 0.5


@dataclass(frozen=True)
class Model:
    """p(accept) x E[KPI] / E[cost] as ``ranking.ValueRanker`` has it, of the linear part of its heads alone.

    Some hundred outcomes a month of one small market are what the linear part is for (decision 0004), and a year of one
    policy is then a few seconds.
    """

    heads: dict[str, Linear]
    people: People
    own: dict[str, OwnFactor]

    @classmethod
    def fit(cls, examples: pd.DataFrame) -> Model:
        examples = examples.iloc[in_order(examples)].reset_index(drop=True)
        x = feature_matrix(examples, PAIR_FEATURES, "examples")
        heads = {}
        for name, kind in _KINDS.items():
            y = numbers(examples, name, "examples")
            known = np.isfinite(y)
            amount = np.maximum(y[known], 1.0) if kind == "amount" else y[known]
            heads[name] = Linear.fit(x[known], amount, np.ones(len(amount)), PAIR_FEATURES, kind, PENALTY)
        people = People.of(examples)
        who, own = people.codes(examples), {}
        for name in AMOUNTS:
            y = numbers(examples, name, "examples")
            known = np.isfinite(y)
            expected = np.exp(heads[name].at(x[known]))
            readings = np.log(y[known] + HALF) - np.log(expected + HALF)
            own[name] = OwnFactor.fit(readings, who[known], len(people))
        return cls(heads, people, own)

    def believed(self, pairs: pd.DataFrame, ids: list[str]) -> tuple[Floats, Belief]:
        """(values, belief): values with what past results say of each creator, and what these leave open.

        Both policies rank by these values, so that what they differ by is exploration alone.
        """
        x = feature_matrix(pairs, PAIR_FEATURES, "pairs")
        who = self.people.codes(pd.DataFrame({"creator_id": ids}))
        pending = np.append(self.people.pending, 0.0)[who]
        cost = self.own["cost"]
        log = -np.log1p(np.exp(-self.heads["agreed"].at(x))) - self.heads["cost"].at(x) - cost.mean(who)
        variance, known = cost.variance(who, pending), np.zeros(len(who))
        for code, rows in by_objective(pairs, "pairs"):
            name = KPI_COLUMNS[code]
            log[rows] += self.heads[name].at(x[rows]) + self.own[name].mean(who[rows])
            variance[rows] += self.own[name].variance(who[rows], pending[rows])
            known[rows] = self.own[name].readings(who[rows])
        return np.exp(log), Belief(np.sqrt(variance), known + pending)


_KINDS: dict[str, Kind] = {
    "agreed": "odds", "cost": "amount", **dict.fromkeys(KPI_COLUMNS, "amount"), "conversions": "count",
}  # fmt: skip


def examples(life: Life, logged: dict[tuple[int, int], np.ndarray], day: float) -> pd.DataFrame:
    """A row per offer answered by ``day``: the features logged with the decision, and the results known by then."""
    told = [d for d in life.deliveries if d.answered <= day]
    frame = pd.DataFrame(np.array([logged[d.number, d.creator] for d in told]), columns=list(PAIR_FEATURES))
    ids, decided = life.world.people.ids, {n: a.campaign.decided for n, a in life.asked.items()}
    labels = {
        "decision_id": [f"de{d.number:05d}" for d in told],
        "campaign_id": [f"ca{d.number:05d}" for d in told],
        "creator_id": [ids[d.creator] for d in told],
        "made_at": pd.to_datetime([instant(decided[d.number]) for d in told]),
        "chosen": True,
        "agreed": [float(d.agreed) for d in told],
        "quoted": [d.quoted for d in told],
    }
    for name in ("cost", *KPI_COLUMNS):
        labels[name] = [getattr(d, name) if d.known <= day else float("nan") for d in told]
    return pd.concat([frame, pd.DataFrame(labels)], axis=1)
