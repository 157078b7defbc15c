"""Two models' choices replayed on the log of the later decisions: what each one's best would have brought."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tastemaker.evaluation.metrics import Floats
from tastemaker.evaluation.off_policy import (
    ChoiceLog,
    Limits,
    Ridge,
    cross_fit,
    log_of_decisions,
    policy_difference,
    policy_value,
    top_k,
)
from tastemaker.evaluation.off_policy.decisions import KEYS
from tastemaker.ranking import realised_value
from tastemaker.training.comparison.result import Replayed

CONTEXT = ("content_similarity", "audience_fit", "log_followers", "engagement_rate", "log_fee")
"""What, beside the two models' own values, the reward model sees."""


def replay(
    later: pd.DataFrame, first: Floats, second: Floats, items: pd.DataFrame, *, k: int, seed: int = 0
) -> Replayed | None:
    """The off-policy values of the two models' best ``k`` of those considered, and their paired difference.

    ``later``: rows of decisions that neither model was trained on; ``first``, ``second`` (n,): their values;
    ``items``: the table ``decision_items``. The pool of a decision is who was shown, so the propensity is P(chosen |
    shown). A reward is the realised value over the mean one of its objective, and over ``k``. Decisions with a chosen
    creator whose result is not known are left out: their campaigns are still running. None where nothing is left.
    """
    reward = _rewards(later)
    chosen = later["chosen"].to_numpy(dtype=bool)
    open_ = pd.Series(chosen & np.isnan(reward)).groupby(later["decision_id"].to_numpy()).any()
    settled = later["decision_id"].map(~open_).to_numpy(dtype=bool)
    rows, decisions = np.flatnonzero(settled), later["decision_id"].nunique()
    if not chosen[rows].any():
        return None
    pairs = later.iloc[rows].reset_index(drop=True)
    values = [_spread(v[rows], pairs["objective"]) for v in (first, second)]
    log = _log(pairs, reward[rows] / k, items, values)
    kept = log.decisions
    policies = [top_k(name, log, v, k) for name, v in zip(("first", "second"), values, strict=True)]
    enough = kept >= Limits().clusters  # fewer are refused, whatever a model would say
    predicted = cross_fit(log, Ridge(), seed=seed) if enough else np.zeros(len(reward[rows]))
    return Replayed(
        k,
        kept,
        decisions - kept,
        policy_value(log, policies[0], predicted=predicted),
        policy_value(log, policies[1], predicted=predicted),
        policy_difference(log, policies[1], policies[0], predicted=predicted),
    )


def _rewards(later: pd.DataFrame) -> Floats:
    """The realised value in multiples of its objective's mean; NaN where it is not known, or that mean is 0."""
    value = pd.Series(realised_value(later))
    mean = value.groupby(later["objective"].to_numpy()).transform("mean")
    return value.div(mean.where(mean > 0)).to_numpy(dtype=np.float64)


def _spread(values: Floats, objective: pd.Series) -> Floats:
    """Values on one scale whatever the objective's unit: the order within a decision, whose objective is one, stays."""
    scale = np.log(values) if (values > 0).all() else values
    groups = pd.Series(scale).groupby(objective.to_numpy())
    spread = groups.transform("std").fillna(0.0).to_numpy()
    centred = scale - groups.transform("mean").to_numpy()
    return np.asarray(np.divide(centred, spread, out=centred.copy(), where=spread > 0))


def _log(pairs: pd.DataFrame, reward: Floats, items: pd.DataFrame, values: list[Floats]) -> ChoiceLog:
    known = items[items["decision_id"].isin(set(pairs["decision_id"]))].assign(p_shown=1.0)
    context = {name: pairs[name].to_numpy(dtype=np.float64) for name in CONTEXT if name in pairs}
    context |= {"value_first": values[0], "value_second": values[1]}
    frame = pd.DataFrame({key: pairs[key] for key in KEYS} | context)
    brought = pairs[KEYS].assign(reward=reward)[pairs["chosen"].to_numpy(dtype=bool)]
    return log_of_decisions(frame, known, brought, context=list(context))
