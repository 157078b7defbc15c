"""Is the account itself real? A calibrated probability from what its profile page tells, with its reasons.

Logistic regression on lines and curves, one term a fact: the log-odds are a plain sum, so what each fact contributes
is exact, not an approximation. It is shipped unfitted: see ``docs/features.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from tastemaker.errors import FeatureError
from tastemaker.features.authenticity.account_facts import (
    FACTS,
    NUMBERS,
    TERMS,
    TOPICS,
    account_facts,
    term_values,
    words,
)
from tastemaker.features.authenticity.curves import curve, knots
from tastemaker.features.authenticity.saved import load_fitted, save_fitted

FORMAT = 1
MIN_KNOWN = 4
"""With fewer known facts there is no probability."""


@dataclass(frozen=True)
class AccountReason:
    """``contribution``: log-odds of being real against the typical account, positive speaks for real."""

    topic: str
    text: str
    contribution: float
    numbers: dict[str, float]


class AccountAuthenticity:
    """Probability that an account is real, from the columns :data:`FACTS`.

    ``strength``: inverse of the ridge penalty on standardised terms; ``knot_count``: knots of a curve, 3 to 5. An
    unknown fact counts as the typical one (the mean of the accounts that it was fitted on) and contributes 0.
    """

    def __init__(self, *, strength: float = 1.0, knot_count: int = 3) -> None:
        self.strength = strength
        self.knot_count = knot_count

    def fit(self, accounts: pd.DataFrame, real: np.ndarray) -> Self:
        """``accounts``: a row per account; ``real`` (n,): true where it is real.

        Raises FeatureError when a column is missing, a value is impossible, or only one kind of account is there.
        """
        from sklearn.linear_model import LogisticRegression

        label = np.asarray(real, dtype=bool)
        values = term_values(account_facts(accounts))
        if len(label) != len(accounts) or label.all() or not label.any():
            raise FeatureError(
                f"{len(accounts)} accounts with {len(label)} labels, {int(label.sum())} of them real; "
                "expected a label per account, and accounts of both kinds"
            )
        self.knots_ = {term.name: knots(values[term.name], self.knot_count) for term in TERMS if term.curved}
        basis = self._basis(values)
        known = np.isfinite(basis)
        count = np.maximum(known.sum(axis=0), 1)
        self.mean_ = np.where(known, basis, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(known, basis - self.mean_, 0.0) ** 2).sum(axis=0) / count)
        # A column that is the same everywhere tells nothing, and must not blow up where it differs later.
        self.scale_ = np.where(spread > 1e-9, spread, np.inf)
        model = LogisticRegression(C=self.strength, max_iter=2_000, tol=1e-8)
        model.fit(self._standardised(basis), label)
        self.coefficients_ = model.coef_[0].astype(np.float64)
        self.typical_ = float(model.intercept_[0])
        return self

    def probability(self, accounts: pd.DataFrame) -> np.ndarray:
        """(n,) in 0..1; NaN where fewer than :data:`MIN_KNOWN` facts are known."""
        facts = account_facts(accounts)
        known = sum(np.isfinite(values).astype(np.int64) for values in facts.values())
        log_odds = self._parts(facts).sum(axis=1) + self.typical_
        return np.where(known >= MIN_KNOWN, 0.5 * (1.0 + np.tanh(0.5 * log_odds)), np.nan)

    def contributions(self, accounts: pd.DataFrame) -> np.ndarray:
        """(n, topics + 1) log-odds by :data:`TOPICS`, those of the typical account last; a row sums to its log-odds."""
        parts = self._parts(account_facts(accounts))
        return np.column_stack([parts, np.full(len(accounts), self.typical_)])

    def reasons(self, accounts: pd.DataFrame, at_most: int = 3) -> list[list[AccountReason]]:
        """Per account the topics that move it most, strongest first; only topics whose facts are all known."""
        facts = account_facts(accounts)
        parts = self._parts(facts)
        return [
            _reasons({n: float(v[i]) for n, v in facts.items()}, row, at_most) for i, row in enumerate(parts)
        ]

    def save(self, path: Path) -> None:
        """Writes the fitted numbers as JSON."""
        values = {
            "strength": self.strength,
            "knot_count": self.knot_count,
            "facts": list(FACTS),
            "knots": {name: at.tolist() for name, at in self.knots_.items()},
            "mean": self.mean_.tolist(),
            "scale": [s if np.isfinite(s) else None for s in self.scale_.tolist()],
            "coefficients": self.coefficients_.tolist(),
            "typical": self.typical_,
        }
        save_fitted(path, FORMAT, values)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises FeatureError naming the file that is missing, damaged or of another format."""
        return load_fitted(path, FORMAT, "a fitted account model", cls._of)

    @classmethod
    def _of(cls, values: dict[str, Any]) -> Self:
        if values["facts"] != list(FACTS):
            raise ValueError(f"facts {values['facts']}")
        made = cls(strength=values["strength"], knot_count=values["knot_count"])
        made.knots_ = {term.name: np.array(values["knots"][term.name]) for term in TERMS if term.curved}
        made.mean_ = np.array(values["mean"], dtype=np.float64)
        made.scale_ = np.array([np.inf if s is None else s for s in values["scale"]], dtype=np.float64)
        made.coefficients_ = np.array(values["coefficients"], dtype=np.float64)
        made.typical_ = float(values["typical"])
        return made

    def _basis(self, values: dict[str, np.ndarray]) -> np.ndarray:
        return np.hstack([self._columns(name, x) for name, x in values.items()])

    def _columns(self, name: str, x: np.ndarray) -> np.ndarray:
        return curve(x, self.knots_.get(name, np.empty(0)))

    def _standardised(self, basis: np.ndarray) -> np.ndarray:
        return np.asarray(np.nan_to_num((basis - self.mean_) / self.scale_, nan=0.0))

    def _parts(self, facts: dict[str, np.ndarray]) -> np.ndarray:
        """(n, topics): what each topic adds to the log-odds of the typical account."""
        if not hasattr(self, "coefficients_"):
            raise FeatureError(
                "the account model is not fitted; call fit with labelled accounts, or load one"
            )
        values = term_values(facts)
        moved = self._standardised(self._basis(values)) * self.coefficients_
        width = [self._columns(term.name, values[term.name]).shape[1] for term in TERMS]
        topic = np.repeat([TOPICS.index(term.topic) for term in TERMS], width)
        return np.asarray(moved @ (topic[:, None] == np.arange(len(TOPICS))))


def _reasons(facts: dict[str, float], parts: np.ndarray, at_most: int) -> list[AccountReason]:
    found = []
    for place in np.argsort(-np.abs(parts), kind="stable"):
        topic = TOPICS[place]
        numbers = {name: facts[name] for name in NUMBERS[topic]}
        if parts[place] != 0.0 and not any(np.isnan(v) for v in numbers.values()):
            found.append(AccountReason(topic, words(topic, numbers), float(parts[place]), numbers))
    return found[:at_most]
