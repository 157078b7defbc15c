"""Who was chosen: outcomes exist only for those whom somebody wanted, for reasons that no table carries.

Whoever chose saw more than the features say: the match of a topic, a price heard on the phone. Its trace is the
logged propensity. Given features and propensity the choice was a coin's, so E[y | x, p] can be learned from the chosen;
and for a pair that nobody chose p is replaced by what is to be expected of it given x, learned from everyone who was
shown (regression on the propensity score: Rosenbaum and Rubin 1983; Vansteelandt and Daniel 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from tastemaker.forecasting.fitting import Fitting
from tastemaker.forecasting.frames import later_part, numbers
from tastemaker.forecasting.head import Head
from tastemaker.forecasting.line import response
from tastemaker.forecasting.mixture import Mixture
from tastemaker.forecasting.rows import Rows
from tastemaker.forecasting.trees import Boosting

LOG_PROPENSITY = "log_propensity"
"""The column that heads read behind the features: ln P(chosen) where it was logged."""

KNOWN_SHARE = 0.9
"""Fewer of the chosen with a propensity, and it is not read: those without one are others than those with."""

LEAST_SPREAD = 0.05
"""Standard deviation of ln P below which it tells nothing."""

MOST_WEIGHT = 50.0
NODES = 9
_UNIT = 1e6  # so that chances behave like amounts: fitted by their ratio


class ChoiceModel:
    """E[ln P(chosen) | features] over everyone who was eligible: a mixture of a linear model and trees.

    ``residuals``: ``NODES`` equally likely differences of ln P from it.
    """

    def __init__(self, columns: Sequence[str], mixture: Mixture, residuals: np.ndarray) -> None:
        self.columns = tuple(columns)
        self.residuals = residuals
        self._mixture = mixture

    @classmethod
    def fit(
        cls, examples: pd.DataFrame, x: np.ndarray, columns: Sequence[str], boosting: Boosting, share: float
    ) -> Self | None:
        """``examples``: rows of ``x`` (n, columns) with ``chosen``, ``p_shown`` and ``p_chosen``; None where these
        tell too little: no propensities, or always the same.

        Who was shown stands for all who were eligible by 1 / p_shown, at most ``MOST_WEIGHT``.
        """
        chance = log_propensity(examples)
        known = np.isfinite(chance)
        if "chosen" not in examples or not known.any():
            return None
        chosen = examples["chosen"].eq(True).to_numpy(dtype=bool)
        if known[chosen].mean() < KNOWN_SHARE or chance[chosen & known].std() < LEAST_SPREAD:
            return None
        weight = np.minimum(1.0 / numbers(examples, "p_shown", "examples")[known], MOST_WEIGHT)
        later = later_part(examples[known], share)
        rows = Rows(
            x[known], np.exp(chance[known]) * _UNIT, weight / weight.mean(), later, np.ones(len(weight), bool)
        )
        if rows.thin is not None:
            return None
        mixture = _lowered(Fitting(tuple(columns), None, "log", boosting).mixture(rows)[0])
        return cls(columns, mixture, _nodes(chance[known] - mixture.at(x[known]), weight))

    def expected(self, x: np.ndarray) -> np.ndarray:
        """Expected ln P(chosen) (n,) of rows x (n, columns)."""
        return self._mixture.at(x)

    def rise(self, head: Head, x: np.ndarray) -> float:
        """How much further up the head's predictor stands where P varies as it does, than where everyone has the
        expected one: on average over rows ``x`` (n, columns). For a convex mean the two are not the same."""
        at = self.expected(x)
        plain = head.predictor(np.column_stack([x, at]))
        means = [
            response(head.predictor(np.column_stack([x, at + shift])), head.link) for shift in self.residuals
        ]
        mean = np.mean(means, axis=0)
        if head.link == "odds":
            return float(np.mean(np.log(mean / (1.0 - mean)) - plain))
        return float(np.mean(np.log(mean) - plain))

    def spread_over(self, parts: np.ndarray, x: np.ndarray) -> np.ndarray:
        """``parts`` (n, columns + 2), contributions with that of ``LOG_PROPENSITY`` before the baseline: handed on to
        the features that it is expected from, (n, columns + 1).

        By the rescale rule each column takes the share that it has in the way from the usual propensity to the row's
        (Shrikumar, Greenside and Kundaje 2017), where it has a sure one; the rest goes by size. Rows keep their sum.
        """
        own = self._mixture.contributions(x)[:, :-1]
        carried, way, size = parts[:, -2], own.sum(axis=1), np.abs(own).sum(axis=1)
        rate = np.where(np.abs(way) > 0.1, carried / np.where(np.abs(way) > 0.1, way, 1.0), 0.0)
        left = (carried - rate * way) / np.where(size > 0.0, size, 1.0)
        out = np.delete(parts, parts.shape[1] - 2, axis=1)
        out[:, :-1] += rate[:, None] * own + left[:, None] * np.abs(own)
        out[:, -1] += np.where(size > 0.0, 0.0, carried)
        return out

    def save(self, folder: Path) -> dict[str, Any]:
        """Writes the trees as ``choice.txt`` and returns everything else as JSON values."""
        return {**self._mixture.save(folder, "choice"), "residuals": self.residuals.tolist()}

    @classmethod
    def load(cls, folder: Path, values: dict[str, Any], columns: Sequence[str]) -> Self:
        return cls(columns, Mixture.load(folder, "choice", values, columns), np.array(values["residuals"]))


def log_propensity(examples: pd.DataFrame) -> np.ndarray:
    """ln(p_shown x p_chosen) (n,); NaN where either is unknown, absent or 0."""
    if not {"p_shown", "p_chosen"} <= set(examples.columns):
        return np.full(len(examples), np.nan)
    p = numbers(examples, "p_shown", "examples") * numbers(examples, "p_chosen", "examples")
    return np.asarray(np.log(p, out=np.full(len(p), np.nan), where=p > 0.0))


def _nodes(residuals: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The middles of ``NODES`` parts of equal weight, moved so that their mean is that of the residuals."""
    order = np.argsort(residuals, kind="stable")
    reached = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()
    nodes = np.interp((np.arange(NODES) + 0.5) / NODES, reached, residuals[order])
    return np.asarray(nodes + np.average(residuals, weights=weight) - nodes.mean())


def _lowered(mixture: Mixture) -> Mixture:
    """The mixture on the scale of ln P, after it was fitted on P times ``_UNIT``."""
    unit = float(np.log(_UNIT))
    line = replace(mixture.line, intercept=mixture.line.intercept - unit)
    linear = mixture.linear
    if linear is not None:
        linear = replace(linear, intercept=linear.intercept - unit)
    return replace(mixture, line=line, linear=linear)
