"""A penalised generalised linear model on all columns: what few outcomes tell best about products of causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np

from tastemaker.forecasting.design import Design

Kind = Literal["amount", "count", "odds"]
"""``amount``: least squares on the logarithm; ``count``: Tweedie of power 1.5 with a log link; ``odds``: logistic."""

PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Ridge penalties per unit of sample weight that are worth trying."""

TWEEDIE_POWER = 1.5
_STEPS = 1000


@dataclass(frozen=True)
class Linear:
    """``intercept + terms(x) @ coefficients``: a log mean or log odds, by the kind that it was fitted as."""

    design: Design
    intercept: float
    coefficients: np.ndarray

    @classmethod
    def fit(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray,
        columns: Sequence[str],
        kind: Kind,
        penalty: float,
    ) -> Self:
        """``x``: (n, columns), NaN unknown; ``y``: (n,), above 0 for ``amount``, 0 or 1 with both for ``odds``."""
        design = Design.fit(x, columns)
        return cls(design, *_coefficients(design.terms(x), y, weight, kind, penalty))

    def at(self, x: np.ndarray) -> np.ndarray:
        """The linear predictor (n,), added up row by row: a product of matrices lets a row's last bit hang on its
        neighbours."""
        return np.asarray(self.intercept + (self.design.terms(x) * self.coefficients).sum(axis=1))

    def contributions(self, x: np.ndarray) -> np.ndarray:
        """What each column adds (n, columns + 1), the intercept last; a row sums to :meth:`at`."""
        parts = self.design.by_column(self.design.terms(x) * self.coefficients)
        return np.column_stack([parts, np.full(len(x), self.intercept)])

    def pull(self) -> np.ndarray:
        """How much each column moves the predictor (columns,): the coefficients' sizes, of standardised terms."""
        return self.design.by_column(np.abs(self.coefficients))

    def to_json(self) -> dict[str, Any]:
        own = {"intercept": self.intercept, "coefficients": self.coefficients.tolist()}
        return {**self.design.to_json(), **own}

    @classmethod
    def from_json(cls, values: dict[str, Any], columns: Sequence[str]) -> Self:
        design = Design.from_json(values, columns)
        return cls(design, values["intercept"], np.array(values["coefficients"]))


def _coefficients(
    terms: np.ndarray, y: np.ndarray, weight: np.ndarray, kind: Kind, penalty: float
) -> tuple[float, np.ndarray]:
    from sklearn.linear_model import LogisticRegression, Ridge, TweedieRegressor

    total = float(weight.sum())
    if kind == "amount":
        model = Ridge(alpha=penalty * total, solver="cholesky").fit(terms, np.log(y), sample_weight=weight)
        return float(model.intercept_), np.asarray(model.coef_, dtype=np.float64)
    if kind == "odds":
        model = LogisticRegression(C=1.0 / (penalty * total), max_iter=_STEPS)
        model.fit(terms, y, sample_weight=weight)
        return float(model.intercept_[0]), np.asarray(model.coef_[0], dtype=np.float64)
    # The penalty is for readings about 1: counts of thousands would drown it.
    level = float(np.average(y, weights=weight))
    model = TweedieRegressor(power=TWEEDIE_POWER, link="log", alpha=penalty, max_iter=_STEPS)
    model.fit(terms, y / level, sample_weight=weight)
    return float(model.intercept_ + np.log(level)), np.asarray(model.coef_, dtype=np.float64)
