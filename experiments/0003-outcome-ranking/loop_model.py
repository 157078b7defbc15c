"""The value ranker's heads, fitted each month on everything that has come in: no more of it than ranking needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from loop_world import Life

from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS
from tastemaker.forecasting.frames import by_objective, feature_matrix, in_order, numbers
from tastemaker.forecasting.linear import Kind, Linear
from tastemaker.ranking.exploration import Belief, CreatorEffects
from tastemaker.simulation.clock import Floats, instant

PENALTY = 0.1


@dataclass(frozen=True)
class Model:
    """p(accept) x E[KPI] / E[cost] as ``ranking.ValueRanker`` has it, of the linear part of its heads alone.

    Some hundred outcomes a month of one small market are what the linear part is for (decision 0004), and a year of one
    policy is then a few seconds.
    """

    heads: dict[str, Linear]
    effects: CreatorEffects

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
        unaided = cls(heads, CreatorEffects())
        expected = {name: np.exp(unaided.log_mean(name, x)) for name in heads}
        return cls(heads, CreatorEffects().fit(examples, expected))

    def value(self, pairs: pd.DataFrame) -> Floats:
        x = feature_matrix(pairs, PAIR_FEATURES, "pairs")
        log = self.log_mean("agreed", x) - self.log_mean("cost", x)
        for code, rows in by_objective(pairs, "pairs"):
            log[rows] += self.log_mean(KPI_COLUMNS[code], x[rows])
        return np.asarray(np.exp(log))

    def believed(self, pairs: pd.DataFrame, ids: list[str]) -> tuple[Floats, Belief]:
        """(values, belief): values with what past results say of each creator beyond them, and what they leave open.

        Both policies rank by these values, so that what they differ by is exploration alone.
        """
        belief = self.effects.belief(pairs, np.array(ids))
        return self.value(pairs) * np.exp(belief.shift), replace(belief, shift=np.zeros(len(ids)))

    def log_mean(self, name: str, x: Floats) -> Floats:
        raw = self.heads[name].at(x)
        return -np.log1p(np.exp(-raw)) if _KINDS[name] == "odds" else raw


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
