"""How much each logged reward says of the new policy, under each assumption on what a reward depends on."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.metrics import Floats
from tastemaker.evaluation.off_policy.log import ChoiceLog, Ints
from tastemaker.evaluation.off_policy.policy import Policy

Assumption: TypeAlias = Literal["independent", "cascade", "whole", "linear"]
"""What the reward of a slot depends on, beside the brief.

``independent``: on the creator and the slot only (item-position or independent IPS, Li et al. 2018); its weight is
P_new(creator at slot) / P_log(creator at slot), and it is the only one that needs no draw by draw probabilities, also
right for sets chosen by coins. ``cascade``: also on what stands before it (reward interaction IPS, McInerney et al.
2020). ``whole``: on the whole list (plain IPS on lists). ``linear``: the total is a sum of unknown parts, one per
creator and slot, and the log drew its slots independently of each other (pseudo-inverse estimator, Swaminathan et al.
2017, which then is 1 + sum of (slot weight - 1)); only the total of the rewards is used.
"""


def row_weights(log: ChoiceLog, policy: Policy, assumption: Assumption) -> Floats:
    """The weight of each row (n,), 0 where not chosen; NaN where it needs a propensity that is not known.

    A row that the policy never takes weighs 0, whatever its propensity. Infinite where a chosen row has propensity 0.
    """
    if len(policy.probability) != len(log.decision):
        raise EvaluationError(
            f"policy {policy.name}: {len(policy.probability)} probabilities for a log of {len(log.decision)} rows; "
            "give one a row, in the log's order"
        )
    if assumption not in get_args(Assumption):
        raise EvaluationError(
            f"assumption {assumption!r} is unknown; there are {', '.join(get_args(Assumption))}"
        )
    if assumption == "independent":
        return _ratio(policy.probability, log.propensity, log.chosen)
    order = _list_order(log, assumption)
    weights = np.zeros(len(log.decision))
    if assumption == "linear":
        ratio = _ratio(policy.probability, log.propensity, log.chosen)[order]
        first = _firsts(log.decision[order])
        weights[order] = 1.0 + np.add.reduceat(ratio - 1.0, first)[_group(first, len(order))]
        return weights
    ratio = _ratio(*_sequential(log, policy, assumption), log.chosen)[order]
    weights[order] = _products(ratio, log.decision[order], whole=assumption == "whole")
    return weights


def _ratio(new: Floats, old: Floats, rows: np.ndarray) -> Floats:
    ratio = np.zeros(len(new))
    used = rows & (new > 0)
    with np.errstate(divide="ignore"):
        ratio[used] = new[used] / old[used]
    return ratio


def _sequential(log: ChoiceLog, policy: Policy, assumption: str) -> tuple[Floats, Floats]:
    one_slot = not log.slot.any()
    new = policy.probability if one_slot and policy.sequential is None else policy.sequential
    old = log.propensity if one_slot and log.sequential is None else log.sequential
    if new is None or old is None:
        raise EvaluationError(
            f"assumption {assumption!r} needs the sequential probabilities of the log and of policy {policy.name} "
            "(each slot given the earlier ones); give them, or assume 'independent'"
        )
    return new, old


def _list_order(log: ChoiceLog, assumption: str) -> Ints:
    """The chosen rows, by decision and slot; one a slot, or the assumption makes no sense."""
    rows = np.flatnonzero(log.chosen)
    order = rows[np.lexsort((log.slot[rows], log.decision[rows]))]
    same = (np.diff(log.decision[order]) == 0) & (np.diff(log.slot[order]) == 0)
    if same.any():
        row = order[int(np.flatnonzero(same)[0])]
        raise EvaluationError(
            f"assumption {assumption!r} is about ranked lists, but decision {log.decision[row]} chose several at slot "
            f"{log.slot[row]}; for sets chosen by coins assume 'independent'"
        )
    return order


def _products(ratio: Floats, decision: Ints, *, whole: bool) -> Floats:
    """Products of the ratios of each decision up to each slot, or over the whole list."""
    first = _firsts(decision)
    if whole:
        return np.multiply.reduceat(ratio, first)[_group(first, len(ratio))] if len(ratio) else ratio
    place = np.arange(len(ratio)) - first[_group(first, len(ratio))]
    table = np.ones((len(first), int(place.max()) + 1))
    table[_group(first, len(ratio)), place] = ratio
    products: Floats = np.cumprod(table, axis=1)[_group(first, len(ratio)), place]
    return products


def _firsts(decision: Ints) -> Ints:
    """Where each decision's rows begin; ``decision`` is sorted."""
    return np.flatnonzero(np.diff(decision, prepend=-1))


def _group(first: Ints, n: int) -> Ints:
    return np.repeat(np.arange(len(first)), np.diff(first, append=n))
