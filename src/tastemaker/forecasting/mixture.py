"""The predictor of a head before calibration: a linear model on all columns, mixed with a line and trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from tastemaker.forecasting.line import Line
from tastemaker.forecasting.linear import Linear
from tastemaker.forecasting.trees import Trees


@dataclass(frozen=True)
class Mixture:
    """``mix * linear + (1 - mix) * (line + trees)``; what is None adds nothing. ``base``: the column of the line."""

    columns: tuple[str, ...]
    base: str | None
    line: Line
    trees: Trees | None = None
    linear: Linear | None = None
    mix: float = 0.0

    def at(self, x: np.ndarray) -> np.ndarray:
        """The predictor (n,) of rows x (n, columns)."""
        grown = self.line.at(base_column(x, self.columns, self.base))
        if self.trees is not None:
            grown = grown + self.trees.raw(x)
        return grown if self.linear is None else self.mix * self.linear.at(x) + (1.0 - self.mix) * grown

    def contributions(self, x: np.ndarray) -> np.ndarray:
        """What each column adds (n, columns + 1), the baseline last; a row sums to :meth:`at`.

        TreeSHAP values, the line's term and the linear model's terms, mixed as the parts are.
        """
        parts = np.zeros((len(x), len(self.columns) + 1))
        if self.trees is not None:
            parts += self.trees.contributions(x)
        parts[:, -1] += self.line.intercept
        if self.base is not None:
            column = self.columns.index(self.base)
            parts[:, column] += self.line.pull(x[:, column])
        if self.linear is None:
            return parts
        return np.asarray(self.mix * self.linear.contributions(x) + (1.0 - self.mix) * parts)

    def shares(self) -> np.ndarray | None:
        """How much each column moves it (columns,), summing to 1: of the trees their gain, of the linear model its
        standardised coefficients, mixed as the parts are. None where the line stands alone."""
        parts = []
        if self.linear is not None:
            parts.append((self.mix, self.linear.pull()))
        if self.trees is not None:
            parts.append((1.0 - self.mix, self.trees.gain()))
        known = [(weight, part / part.sum()) for weight, part in parts if weight > 0.0 and part.sum() > 0.0]
        if not known:
            return None
        return np.asarray(sum(w * part for w, part in known) / sum(w for w, _ in known))

    def save(self, folder: Path, name: str) -> dict[str, Any]:
        """Writes the trees as ``<name>.txt`` and returns everything else as JSON values."""
        if self.trees is not None:
            self.trees.save(folder / f"{name}.txt")
        return {
            "base": self.base,
            "line": asdict(self.line),
            "trees": self.trees is not None,
            "linear": None if self.linear is None else self.linear.to_json(),
            "mix": self.mix,
        }

    @classmethod
    def load(cls, folder: Path, name: str, values: dict[str, Any], columns: Sequence[str]) -> Self:
        trees = Trees.load(folder / f"{name}.txt", columns) if values["trees"] else None
        linear = None if values["linear"] is None else Linear.from_json(values["linear"], columns)
        return cls(tuple(columns), values["base"], Line(**values["line"]), trees, linear, values["mix"])


def base_column(x: np.ndarray, columns: Sequence[str], base: str | None) -> np.ndarray:
    """The values (n,) of the column ``base``; NaN for none."""
    return np.full(len(x), np.nan) if base is None else x[:, list(columns).index(base)]
