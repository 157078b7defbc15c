"""Reward models for the direct method and the doubly robust estimators: predictions never from a row's own fold."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from tastemaker.errors import EvaluationError
from tastemaker.evaluation.metrics import Flags, Floats
from tastemaker.evaluation.off_policy.log import ChoiceLog, Ints


class RewardModel(Protocol):
    """Learns from the rows ``learn`` (n,) of the log, all of them chosen and with a reward, and predicts every row's
    reward (n,)."""

    def __call__(self, log: ChoiceLog, learn: Flags) -> Floats: ...


def cross_fit(log: ChoiceLog, model: RewardModel, *, folds: int = 5, seed: int = 0) -> Floats:
    """Predicted reward of every row (n,), by a model that has not seen any row of its cluster.

    Clusters are dealt to ``folds`` parts at random. The policy that is judged has to be fixed before: one that was
    itself fitted on this log's rewards would be judged on what it learned.
    """
    codes = np.unique(log.cluster, return_inverse=True)[1]
    clusters = int(codes.max()) + 1
    if not 2 <= folds <= clusters:
        raise EvaluationError(
            f"{folds} folds of {clusters} clusters; expected 2 up to the number of clusters"
        )
    fold = np.random.default_rng(seed).permutation(np.arange(clusters) % folds)[codes]
    known = log.chosen & ~np.isnan(log.reward)
    predicted = np.empty(len(log.decision))
    for part in range(folds):
        learn = known & (fold != part)
        if not learn.any():
            raise EvaluationError(f"fold {part} of {folds}: no known reward outside it to learn from")
        predicted[fold == part] = model(log, learn)[fold == part]
    return predicted


class Ridge:
    """Linear regression of the reward on the log's context, standardised, with an L2 ``penalty`` in rows.

    The intercept is free and predictions stay within the rewards seen, so a shift or a scale of all rewards does the
    same to all predictions. Unknown (NaN) context counts as the mean.
    """

    def __init__(self, penalty: float = 10.0) -> None:
        self.penalty = penalty

    def __call__(self, log: ChoiceLog, learn: Flags) -> Floats:
        x, y = log.context[learn], log.reward[learn]
        centre, spread = _moments(x)
        z = np.nan_to_num((x - centre) / spread)
        gram = z.T @ z + self.penalty * np.eye(z.shape[1])
        slope = np.linalg.solve(gram, z.T @ (y - y.mean()))
        steps = np.nan_to_num((log.context - centre) / spread) - z.mean(axis=0)
        predicted: Floats = np.clip(y.mean() + steps @ slope, y.min(), y.max())
        return predicted


class ItemMeans:
    """The mean reward of each item at each slot, drawn towards the slot's mean as if ``strength`` rows had said so.

    For logs without context whose items come again and again.
    """

    def __init__(self, strength: float = 100.0) -> None:
        self.strength = strength

    def __call__(self, log: ChoiceLog, learn: Flags) -> Floats:
        reward = log.reward[learn]
        slot = _means(log.slot, learn, reward, float(reward.mean()), self.strength)
        cell = log.slot * (int(log.item.max()) + 1) + log.item
        return _means(cell, learn, reward, slot, self.strength)


def _means(group: Ints, learn: Flags, reward: Floats, prior: float | Floats, strength: float) -> Floats:
    count = np.bincount(group[learn], minlength=int(group.max()) + 1)[group]
    total = np.bincount(group[learn], reward, minlength=int(group.max()) + 1)[group]
    shrunk: Floats = (total + strength * prior) / (count + strength)
    return shrunk


def _moments(x: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the known values of each column; (0, 1) where there is no spread."""
    known = ~np.isnan(x)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, x, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (x - centre) ** 2, 0.0).sum(axis=0) / count)
    return centre, np.where(spread > 0, spread, 1.0)
