"""A head: the expected value of one thing (a KPI, a fee, an acceptance), calibrated on later campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from tastemaker.forecasting.line import Line, Link, fit_line, loss, response
from tastemaker.forecasting.trees import Boosting, Trees

MIN_ROWS = 50
MIN_LATER = 20
MIN_OWN = 100
# Readings this large behave like amounts: the spread is a ratio. Smaller ones are counts and want a count's likelihood.
AMOUNT = 20.0
# Prior weight of a calibration: a few rows of evidence that the trees' slope is already right.
CALIBRATION_SLOPE_WEIGHT = 4.0
# Ensembles tried: all the trees, a half, a quarter ... of them.
ROUND_CUTS = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class Rows:
    """What a head is fitted on: features (n, columns), target (n,), weights, which rows are later, which matter most.

    ``own`` marks the later rows that look like the head's use (a KPI on campaigns that were after it): calibration
    keeps to them when there are at least 100.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    later: np.ndarray
    own: np.ndarray

    @property
    def thin(self) -> str | None:
        """Why trees should not be grown on these rows; None where there are enough."""
        if len(self.y) < MIN_ROWS:
            return f"{len(self.y)} readings, fewer than {MIN_ROWS}"
        if self.later.sum() < MIN_LATER:
            return f"{int(self.later.sum())} readings in later campaigns, fewer than {MIN_LATER}"
        return None

    @property
    def calibration(self) -> np.ndarray:
        own = self.later & self.own
        return own if own.sum() >= MIN_OWN else self.later


class Head:
    """``link^-1(calibration(base + trees))``: a line on one column, trees on the rest, a calibrating line.

    With too few rows the trees are left out and ``thin_`` says why: a rate per follower (or per estimated dollar).
    Without any row the head knows nothing: everything it says is NaN.
    """

    def __init__(self, columns: Sequence[str], link: Link, base: str | None = None) -> None:
        self.columns = tuple(columns)
        self.link: Link = link
        self.base = base if base in self.columns else None

    def fit(self, rows: Rows, boosting: Boosting) -> Self:
        self.rows_ = len(rows.y)
        self.thin_ = rows.thin
        self.trees_: Trees | None = None
        self.calibration_ = Line()
        if self.thin_ is not None:
            self.line_ = self._fit_base(rows.x, rows.y, rows.weight)
            return self
        early = ~rows.later
        self.line_ = self._fit_base(rows.x[early], rows.y[early], rows.weight[early])
        grown = self._grow(rows.x[early], rows.y[early], rows.weight[early], boosting)
        self.trees_, self.calibration_ = self._calibrate(grown, rows, boosting.rounds)
        return self

    @property
    def knows(self) -> bool:
        return self.rows_ > 0

    def mean(self, x: np.ndarray) -> np.ndarray:
        """Expected value (n,) on the natural scale: a KPI, US dollars, a probability."""
        return response(self.predictor(x), self.link)

    def predictor(self, x: np.ndarray) -> np.ndarray:
        """The calibrated linear predictor (n,): a log mean, or log odds."""
        return self.calibration_.at(self._raw(x)) if self.knows else np.full(len(x), np.nan)

    def log_mean(self, x: np.ndarray) -> np.ndarray:
        """Logarithm (n,) of :meth:`mean`."""
        return _log_response(self.predictor(x), self.link)

    def contributions(self, x: np.ndarray) -> np.ndarray:
        """What each column adds to :meth:`log_mean`, (n, columns + 1), the baseline last; a row sums to it.

        On the log scale these are TreeSHAP values times the calibration's slope, plus the base line's term. A
        probability's log odds are carried over to its logarithm by the rescale rule: each column keeps its share of
        the way from the baseline to the row (Shrikumar, Greenside and Kundaje 2017).
        """
        parts = (
            np.zeros((len(x), len(self.columns) + 1)) if self.trees_ is None else self.trees_.contributions(x)
        )
        parts[:, -1] += self.line_.intercept
        if self.base is not None:
            column = self.columns.index(self.base)
            parts[:, column] += self.line_.pull(x[:, column])
        parts *= self.calibration_.slope
        parts[:, -1] += self.calibration_.at(np.zeros(1))[0]
        return parts if self.link == "log" else _rescaled(parts)

    def save(self, folder: Path, name: str) -> dict[str, Any]:
        """Writes the trees as ``<name>.txt`` and returns everything else as JSON values."""
        if self.trees_ is not None:
            self.trees_.save(folder / f"{name}.txt")
        return {
            "link": self.link,
            "base": self.base,
            "rows": self.rows_,
            "thin": self.thin_,
            "line": asdict(self.line_),
            "calibration": asdict(self.calibration_),
            "trees": self.trees_ is not None,
        }

    @classmethod
    def load(cls, folder: Path, name: str, values: dict[str, Any], columns: Sequence[str]) -> Self:
        head = cls(columns, values["link"], values["base"])
        head.rows_, head.thin_ = values["rows"], values["thin"]
        head.line_, head.calibration_ = Line(**values["line"]), Line(**values["calibration"])
        head.trees_ = Trees.load(folder / f"{name}.txt", columns) if values["trees"] else None
        return head

    def _base_column(self, x: np.ndarray) -> np.ndarray:
        return np.full(len(x), np.nan) if self.base is None else x[:, self.columns.index(self.base)]

    def _raw(self, x: np.ndarray) -> np.ndarray:
        base = self.line_.at(self._base_column(x))
        return base if self.trees_ is None else base + self.trees_.raw(x)

    def _fit_base(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Line:
        if len(y) == 0:
            return Line()
        column = self._base_column(x)
        centre = float(np.nanmean(column)) if np.isfinite(column).any() else 0.0
        prior = Line(centre, _smoothed(y, self.link), 1.0)
        return fit_line(
            column, y, self.link, prior=prior, intercept_weight=0.1, slope_weight=1.0, sample_weight=weight
        )

    def _grow(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray, boosting: Boosting) -> Trees:
        start = self.line_.at(self._base_column(x))
        if self.link == "odds":
            return Trees.train(
                x, y, self.columns, boosting, {"objective": "binary"}, start=start, weight=weight
            )
        if np.quantile(y, 0.05) < AMOUNT:
            return Trees.train(
                x, y, self.columns, boosting, {"objective": "quasi"}, start=start, weight=weight
            )
        left = np.log(y.clip(AMOUNT / 10.0)) - start
        return Trees.train(x, left, self.columns, boosting, {"objective": "regression"}, weight=weight)

    def _calibrate(self, grown: Trees, rows: Rows, rounds: int) -> tuple[Trees, Line]:
        """As many trees as later campaigns bear out, and the line that calibrates them there."""
        part = rows.calibration
        x, y, weight = rows.x[part], rows.y[part], rows.weight[part]
        base = self.line_.at(self._base_column(x))
        tried = []
        for kept in sorted({max(1, rounds // cut) for cut in ROUND_CUTS}):
            raw = base + grown.raw(x, kept)
            centre = float(raw.mean())
            line = fit_line(
                raw,
                y,
                self.link,
                prior=Line(centre, centre, 1.0),
                intercept_weight=1.0,
                slope_weight=CALIBRATION_SLOPE_WEIGHT,
                sample_weight=weight,
            )
            tried.append((float((weight * loss(line.at(raw), y, self.link)).sum()), kept, line))
        _, kept, line = min(tried, key=lambda t: t[:2])
        return grown.first(kept), line


def _smoothed(y: np.ndarray, link: Link) -> float:
    if link == "odds":
        return float(np.log((y.sum() + 0.5) / ((1.0 - y).sum() + 0.5)))
    return float(np.log((y.sum() + 0.5) / (len(y) + 0.5)))


def _log_response(line: np.ndarray, link: Link) -> np.ndarray:
    return line if link == "log" else -np.logaddexp(0.0, -line)


def _rescaled(parts: np.ndarray) -> np.ndarray:
    base = parts[:, -1]
    way = parts[:, :-1].sum(axis=1)
    start = _log_response(base, "odds")
    # Where the row sits at the baseline the ratio is the derivative there: 1 - p.
    near = np.abs(way) < 1e-9
    rate = (_log_response(base + way, "odds") - start) / np.where(near, 1.0, way)
    rate = np.where(near, 1.0 - response(base, "odds"), rate)
    return np.column_stack([parts[:, :-1] * rate[:, None], start])
