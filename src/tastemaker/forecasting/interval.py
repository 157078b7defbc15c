"""Quantiles of one thing: trees for low, median and high, moved until they hold on later campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from tastemaker.forecasting.conformal import Conformal
from tastemaker.forecasting.line import Line
from tastemaker.forecasting.mixture import base_column
from tastemaker.forecasting.own import OwnFactor
from tastemaker.forecasting.rows import Rows
from tastemaker.forecasting.trees import Boosting, Trees

NAMES = ("low", "median", "high")
GROUPED = ("platform", "objective")
STRANGERS = 30.0
"""What the rows of other groups weigh together against those of a group, as a number of rows: few of one's own are no
ground to stand on alone."""


class Quantiles(NamedTuple):
    """Bounds of the interval and the median, (n,) each; NaN where there is no evidence."""

    low: np.ndarray
    median: np.ndarray
    high: np.ndarray


class QuantileHead:
    """Low, median and high of ``log(1 + y)``: a line on one column, quantile trees on the rest, the creator's own
    factor, conformal offsets.

    The offsets are those of the row's platform and objective, as far as there are later rows of both: others weigh
    ``STRANGERS`` together (weighted conformal prediction).
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
            judged = rows.only(rows.later)
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
        # Own factors as they were known before what is judged, so that the offsets allow for what they leave open.
        self.own_ = self._factors(early)
        low, median, high = self._plain(judged.x, judged.who)
        y = np.log1p(judged.y)
        self.offsets_ = Conformal.fit(y, low, median, high, self.level)
        self.groups_: dict[tuple[float, ...], Conformal] = {}
        groups = self._groups(judged.x)
        for group in np.unique(groups, axis=0):
            own = (groups == group).all(axis=1)
            others = max(int(np.count_nonzero(~own)), 1)
            weight = np.where(own, 1.0, min(1.0, STRANGERS / others))
            offsets = Conformal.fit(y, low, median, high, self.level, weight, between=True)
            self.groups_[tuple(group.tolist())] = offsets
        self.own_ = self._factors(rows)
        return self

    def quantiles(self, x: np.ndarray, who: np.ndarray) -> Quantiles:
        """On the natural scale, in order, never negative; NaN where abstaining. ``who`` (n,): codes of the creators."""
        plain, groups = self._plain(x, who), self._groups(x)
        out = np.stack(self.offsets_.apply(*plain))
        for group, offsets in self.groups_.items():
            rows = np.flatnonzero((groups == group).all(axis=1))
            out[:, rows] = offsets.apply(*(q[rows] for q in plain))
        return Quantiles(*np.expm1(np.maximum(out, 0.0)))

    def save(self, folder: Path, name: str) -> dict[str, Any]:
        """Writes the trees as ``<name>-<quantile>.txt`` and returns everything else as JSON values."""
        for part, trees in zip(NAMES, self.trees_, strict=False):
            trees.save(folder / f"{name}-{part}.txt")
        groups = [{"group": list(group), **_written(o)} for group, o in self.groups_.items()]
        return {
            "base": self.base,
            "line": asdict(self.line_),
            "offsets": _written(self.offsets_),
            "groups": groups,
            "trees": bool(self.trees_),
            "own": self.own_.variances(),
        }

    @classmethod
    def load(
        cls,
        folder: Path,
        name: str,
        values: dict[str, Any],
        columns: Sequence[str],
        level: float,
        own: OwnFactor,
    ) -> Self:
        head = cls(columns, values["base"], level)
        head.own_ = own
        head.line_ = Line(**values["line"])
        head.offsets_ = _read(values["offsets"])
        head.groups_ = {tuple(v["group"]): _read(v) for v in values["groups"]}
        parts = NAMES if values["trees"] else ()
        head.trees_ = tuple(Trees.load(folder / f"{name}-{part}.txt", columns) for part in parts)
        return head

    def _groups(self, x: np.ndarray) -> np.ndarray:
        """Platform and objective of each row (n, those of the two that the head reads); unknown is -1."""
        places = [self.columns.index(name) for name in GROUPED if name in self.columns]
        return np.asarray(np.nan_to_num(x[:, places], nan=-1.0))

    def _base_column(self, x: np.ndarray) -> np.ndarray:
        return base_column(x, self.columns, self.base)

    def _line(self, x: np.ndarray) -> np.ndarray:
        return self.line_.at(self._base_column(x))

    def _factors(self, rows: Rows) -> OwnFactor:
        """What the rows say of each creator against the median of a stranger; nothing where there are no trees."""
        if not self.trees_:
            return OwnFactor.none(rows.creators)
        usual = self._line(rows.x) + self.trees_[NAMES.index("median")].raw(rows.x)
        return OwnFactor.fit(np.log1p(rows.y) - usual, rows.who, rows.creators)

    def _plain(self, x: np.ndarray, who: np.ndarray) -> list[np.ndarray]:
        start = self._line(x) + self.own_.mean(who)
        return [start + trees.raw(x) for trees in self.trees_] if self.trees_ else [start] * 3


def _written(offsets: Conformal) -> dict[str, Any]:
    return {k: None if np.isnan(v) else v for k, v in asdict(offsets).items()}


def _read(values: dict[str, Any]) -> Conformal:
    low, median, high = (
        np.nan if values[name] is None else float(values[name]) for name in ("low", "median", "high")
    )
    return Conformal(low, median, high, int(values["rows"]))


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
