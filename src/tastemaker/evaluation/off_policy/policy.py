"""The policy that is asked about: with what probability it would have taken each row of the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.metrics import Floats
from tastemaker.evaluation.off_policy.log import ChoiceLog, require_probabilities


@dataclass(frozen=True)
class Policy:
    """``probability`` (n,): P(the policy takes this row's candidate at this row's slot), row by row of the log.

    For a ranker that always shows its top k it is 1 for those k and 0 for the rest. ``sequential`` (n,): the same given
    the *logged* candidates at the earlier slots; only ``cascade`` and ``whole`` need it.
    """

    name: str
    probability: Floats
    sequential: Floats | None = None

    def __post_init__(self) -> None:
        if np.isnan(self.probability).any():
            raise EvaluationError(
                f"policy {self.name}: a probability is NaN; a policy knows its own, give 0 where it takes nothing"
            )
        for values in (self.probability, self.sequential):
            require_probabilities(f"policy {self.name}", values)


def top_k(name: str, log: ChoiceLog, values: ArrayLike, k: int) -> Policy:
    """The policy that takes the ``k`` best rows of each decision by ``values`` (n,), ties by item.

    Where the log has several slots, the candidate at rank l belongs to the slot at place l and ``k`` may not exceed the
    slots; every slot then has to list the same candidates with the same values.
    """
    scores = np.asarray(values, dtype=np.float64)
    if scores.shape != log.decision.shape or np.isnan(scores).any():
        raise EvaluationError(
            f"policy {name}: {scores.shape} values, {int(np.isnan(scores).sum())} of them NaN, for "
            f"{log.decision.shape} rows; give one finite value a row"
        )
    slots = np.unique(log.slot)
    if k < 1 or (len(slots) > 1 and k > len(slots)):
        raise EvaluationError(f"policy {name}: top {k} of a log with {len(slots)} slots; fill 1 to all slots")
    group = log.decision * len(slots) + np.searchsorted(slots, log.slot)
    order = np.lexsort((log.item, -scores, group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    taken = rank < k if len(slots) == 1 else (rank == group % len(slots)) & (rank < k)
    # Deterministic: what stood at the earlier slots changes nothing.
    return Policy(name, taken.astype(np.float64), taken.astype(np.float64))


def softmax(name: str, log: ChoiceLog, values: ArrayLike, temperature: float) -> Policy:
    """One draw per decision and slot with probability proportional to exp(value / temperature)."""
    if not temperature > 0:
        raise EvaluationError(f"policy {name}: temperature {temperature}; expected a number above 0")
    scores = np.asarray(values, dtype=np.float64) / temperature
    group = np.unique(np.column_stack([log.decision, log.slot]), axis=0, return_inverse=True)[1].ravel()
    best = np.full(group.max() + 1, -np.inf)
    np.maximum.at(best, group, scores)
    odds = np.exp(scores - best[group])
    return Policy(name, odds / np.bincount(group, odds)[group])
