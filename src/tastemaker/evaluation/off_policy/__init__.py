"""What a policy that never ran would have brought, from the log of one that did: with an interval, or not at all."""

from tastemaker.evaluation.off_policy.decisions import log_of_decisions, shown_items
from tastemaker.evaluation.off_policy.estimators import Method
from tastemaker.evaluation.off_policy.intervals import Interval, mean_bounds
from tastemaker.evaluation.off_policy.log import ChoiceLog
from tastemaker.evaluation.off_policy.overlap import Limits, Overlap, overlap
from tastemaker.evaluation.off_policy.policy import Policy, softmax, top_k
from tastemaker.evaluation.off_policy.reward_model import ItemMeans, RewardModel, Ridge, cross_fit
from tastemaker.evaluation.off_policy.verdict import (
    OffPolicyEstimate,
    policy_difference,
    policy_value,
    policy_values,
)
from tastemaker.evaluation.off_policy.weights import Assumption, row_weights

__all__ = [
    "Assumption",
    "ChoiceLog",
    "Interval",
    "ItemMeans",
    "Limits",
    "Method",
    "OffPolicyEstimate",
    "Overlap",
    "Policy",
    "RewardModel",
    "Ridge",
    "cross_fit",
    "log_of_decisions",
    "mean_bounds",
    "overlap",
    "policy_difference",
    "policy_value",
    "policy_values",
    "row_weights",
    "shown_items",
    "softmax",
    "top_k",
]
