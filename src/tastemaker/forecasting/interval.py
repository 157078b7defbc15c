"""Quantiles of one thing: trees for low, median and high, moved until they hold on later campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np

from tastemaker.forecasting.conformal import Conformal
from tastemaker.forecasting.line import Line
from tastemaker.forecasting.mixture import base_column
from tastemaker.forecasting.rows import Rows
from tastemaker.forecasting.trees import Boosting, Trees

NAMES = ("low", "median", "high")


class QuantileHead:
    """Low, median and high of ``log(1 + y)``: a line on one column, quantile trees on the rest, conformal offsets.

    With too few rows the trees are left out: the line with the offsets of the rows themselves. With so few that a
    tail has no finite offset (fewer than 9 at 80 %), the interval is NaN: an abstention.
    """

    def __init__(self, columns: Sequence[str], base: str | None, level: float) -> None:
        self.columns = tuple(columns)
        self.base = base if base in self.columns else None
        self.level = level

    def fit(self, rows: Rows, boosting: Boosting) -> Self:
        self.trees_: tuple[Trees, ...] = ()
        early = rows.only(~rows.later) if rows.thin is None else rows
        self.line_ = _least_squares(self._base_column(early.x), np.log1p(early.y), early.weight)
        judged = rows
        if rows.thin is None:
            judged = rows.calibration
            left = np.log1p(early.y) - self._line(early.x)
            tail = (1.0 - self.level) / 2.0
            self.trees_ = tuple(
                Trees.train(
                    early.x,
                    left,
                    self.columns,
                    boosting,
                    {"objective": "quantile", "alpha": alpha},
                    weight=early.weight,
                )
                for alpha in (tail, 0.5, 1.0 - tail)
            )
        low, median, high = self._plain(judged.x)
        self.offsets_ = Conformal.fit(np.log1p(judged.y), low, median, high, self.level)
        return self

    def quantiles(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(low, median, high), each (n,), on the natural scale, in order and never negative; NaN where abstaining."""
        low, median, high = (np.expm1(np.maximum(q, 0.0)) for q in self.offsets_.apply(*self._plain(x)))
        return low, median, high

    def save(self, folder: Path, name: str) -> dict[str, Any]:
        """Writes the trees as ``<name>-<quantile>.txt`` and returns everything else as JSON values."""
        for part, trees in zip(NAMES, self.trees_, strict=False):
            trees.save(folder / f"{name}-{part}.txt")
        offsets = {k: None if np.isnan(v) else v for k, v in asdict(self.offsets_).items()}
        return {"base": self.base, "line": asdict(self.line_), "offsets": offsets, "trees": bool(self.trees_)}

    @classmethod
    def load(
        cls, folder: Path, name: str, values: dict[str, Any], columns: Sequence[str], level: float
    ) -> Self:
        head = cls(columns, values["base"], level)
        head.line_ = Line(**values["line"])
        offsets: dict[str, Any] = {k: np.nan if v is None else v for k, v in values["offsets"].items()}
        head.offsets_ = Conformal(**offsets)
        parts = NAMES if values["trees"] else ()
        head.trees_ = tuple(Trees.load(folder / f"{name}-{part}.txt", columns) for part in parts)
        return head

    def _base_column(self, x: np.ndarray) -> np.ndarray:
        return base_column(x, self.columns, self.base)

    def _line(self, x: np.ndarray) -> np.ndarray:
        return self.line_.at(self._base_column(x))

    def _plain(self, x: np.ndarray) -> list[np.ndarray]:
        line = self._line(x)
        return [line + trees.raw(x) for trees in self.trees_] if self.trees_ else [line] * 3


def _least_squares(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Line:
    """Weighted least squares with a prior observation of slope 1: proportional to the column, on log scales."""
    if len(y) == 0:
        return Line()
    centre = float(np.nanmean(x)) if np.isfinite(x).any() else 0.0
    u = np.nan_to_num(x - centre, nan=0.0)
    moments = np.array(
        [[weight.sum(), (weight * u).sum()], [(weight * u).sum(), (weight * u * u).sum() + 1.0]]
    )
    intercept, slope = np.linalg.solve(moments, [(weight * y).sum(), (weight * y * u).sum() + 1.0])
    return Line(centre, float(intercept), float(slope))
