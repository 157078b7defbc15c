"""Who was chosen: outcomes exist only for those whom somebody wanted, for reasons that no table carries.

Whoever chose saw more than the features say: the match of a topic, a price heard on the phone. Its trace is the
logged propensity. Given features and propensity the choice was a coin's, so E[y | x, p] can be learned from the chosen;
and for a pair that nobody chose ln p is replaced by what is to be expected of it given x, learned from everyone who was
shown (regression on the propensity score: Rosenbaum and Rubin 1983; Vansteelandt and Daniel 2014). It enters in two
parts, the expectation and the surprise, so that a penalty or a small sample does not let one speak for the other.
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

CHOICE_COLUMNS = ("expected_log_propensity", "propensity_surprise")
"""What heads read behind the features: E[ln P(chosen) | features], and how far the logged ln P lies from it."""

KNOWN_SHARE = 0.9
"""Fewer of the chosen with a propensity, and it is not read: those without one are others than those with."""

LEAST_SPREAD = 0.05
"""Standard deviation of ln P below which it tells nothing."""

MOST_WEIGHT = 50.0
NODES = 9
SHORTEST_WAY = 0.1
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
        n = len(weight)
        nobody = np.zeros(n, dtype=np.int64)
        rows = Rows(
            x[known],
            np.exp(chance[known]) * _UNIT,
            weight / weight.mean(),
            later,
            np.ones(n, bool),
            nobody,
            1,
        )
        if rows.thin is not None:
            return None
        mixture = _lowered(Fitting(tuple(columns), None, "log", boosting).mixture(rows)[0])
        return cls(columns, mixture, _nodes(chance[known] - mixture.at(x[known]), weight))

    def expected(self, x: np.ndarray) -> np.ndarray:
        """Expected ln P(chosen) (n,) of rows x (n, columns)."""
        return self._mixture.at(x)

    def read(self, x: np.ndarray, logged: np.ndarray | None = None) -> np.ndarray:
        """Rows x (n, columns) with ``CHOICE_COLUMNS``. ``logged`` (n,): ln P(chosen), NaN unknown; without it the
        surprise is 0, as it is on average over everyone."""
        expected = self.expected(x)
        return np.column_stack([x, expected, np.zeros(len(x)) if logged is None else logged - expected])

    def rise(self, head: Head, x: np.ndarray) -> float:
        """How much further up the head's predictor stands where the surprises are as they are, than where there is
        none: on average over rows ``x`` (n, columns). For a convex mean the two are not the same."""
        at = self.read(x)
        plain, mean = head.predictor(at), np.zeros(len(x))
        for surprise in self.residuals:
            at[:, -1] = surprise
            mean += response(head.predictor(at), head.link) / len(self.residuals)
        if head.link == "odds":
            return float(np.mean(np.log(mean / (1.0 - mean)) - plain))
        return float(np.mean(np.log(mean) - plain))

    def spread_over(self, parts: np.ndarray, x: np.ndarray) -> np.ndarray:
        """``parts`` (n, columns + 3), contributions with those of ``CHOICE_COLUMNS`` before the baseline, as
        contributions of the features (n, columns + 1); rows keep their sum.

        That of the expected ln P is handed on to the features that it is expected from: by the rescale rule each takes
        the share that it has in the way from the usual propensity to the row's (Shrikumar, Greenside and Kundaje 2017),
        where the way is long enough to have shares; the rest goes by size. That of the surprise, which is nobody's
        feature, joins the baseline.
        """
        own = self._mixture.contributions(x)[:, :-1]
        carried, way, size = parts[:, -3], own.sum(axis=1), np.abs(own).sum(axis=1)
        long = np.abs(way) > SHORTEST_WAY
        rate = np.where(long, carried / np.where(long, way, 1.0), 0.0)
        left = (carried - rate * way) / np.where(size > 0.0, size, 1.0)
        features = parts[:, :-3] + rate[:, None] * own + left[:, None] * np.abs(own)
        baseline = parts[:, -1] + parts[:, -2] + np.where(size > 0.0, 0.0, carried)
        return np.column_stack([features, baseline])

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
