"""How a head's mixture is fitted: on earlier campaigns, with later ones to choose by, and in the end on all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tastemaker.forecasting.line import Line, Link, fit_line, loss
from tastemaker.forecasting.linear import PENALTIES, Kind, Linear
from tastemaker.forecasting.mixture import Mixture, base_column
from tastemaker.forecasting.rows import Rows
from tastemaker.forecasting.trees import Boosting, Trees

# Readings this large behave like amounts: the spread is a ratio. Smaller ones are counts and want a count's likelihood.
AMOUNT = 20.0
# Prior weight of a calibration: a few rows of evidence that the mixture's slope is already right.
CALIBRATION_SLOPE_WEIGHT = 4.0
# Prior weight of a slope that is to stay.
HELD = 1e12
# Ensembles tried: all the trees, a half, a quarter ... of them.
ROUND_CUTS = (1, 2, 4, 8, 16)
# Shares of the linear model that are tried.
MIXES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Fitting:
    """How one head is fitted. ``base``: the column of the line, None for a constant."""

    columns: tuple[str, ...]
    base: str | None
    link: Link
    boosting: Boosting

    def rate(self, rows: Rows) -> Mixture:
        """The line alone."""
        return Mixture(self.columns, self.base, self._line(rows))

    def mixture(self, rows: Rows) -> tuple[Mixture, Line]:
        """The mixture, and the line that calibrates it.

        Fitted on the earlier rows; the penalty, then the trees kept and the mix are those of the least loss on the
        later ones, after calibration; the line's slope is fitted on those that calibrate. Then trees and linear model
        are fitted again on all rows as was chosen, for the latest campaigns tell most about the next, and the line's
        level once more with them.
        """
        early = rows.only(~rows.later)
        start, later = self.rate(early), rows.only(rows.later)
        linears = self._linears(early, PENALTIES)
        losses = [self._loss(linear.at(later.x), later) for linear in linears.values()]
        penalty = list(linears)[int(np.argmin(losses))] if losses else None
        linear = None if penalty is None else linears[penalty]
        grown = self._grow(start, early)
        tried = [
            replace(start, trees=grown.first(kept), linear=linear, mix=mix)
            for kept in sorted({max(1, self.boosting.rounds // cut) for cut in ROUND_CUTS})
            for mix in (MIXES if linear is not None else (0.0,))
        ]
        chosen = min(tried, key=lambda one: self._loss(one.at(later.x), later))
        held = rows.calibration
        slope = self._calibrating(chosen.at(held.x), held).slope
        final = self._again(chosen, penalty, rows)
        return final, self._calibrating(final.at(held.x), held, slope)

    def _again(self, chosen: Mixture, penalty: float | None, rows: Rows) -> Mixture:
        kept = 0 if chosen.trees is None else chosen.trees.rounds
        trees = self._grow(chosen, rows, kept)
        linear = None if penalty is None else self._linears(rows, [penalty])[penalty]
        return replace(chosen, trees=trees, linear=linear)

    def _line(self, rows: Rows) -> Line:
        if len(rows.y) == 0:
            return Line()
        column = base_column(rows.x, self.columns, self.base)
        centre = float(np.nanmean(column)) if np.isfinite(column).any() else 0.0
        prior = Line(centre, _smoothed(rows.y, self.link), 1.0)
        return fit_line(
            column,
            rows.y,
            self.link,
            prior=prior,
            intercept_weight=0.1,
            slope_weight=1.0,
            sample_weight=rows.weight,
        )

    def _kind(self, y: np.ndarray) -> Kind:
        if self.link == "odds":
            return "odds"
        counts = np.quantile(y, 0.05) < AMOUNT and bool((y == np.rint(y)).all())
        return "count" if counts else "amount"

    def _linears(self, rows: Rows, penalties: Sequence[float]) -> dict[float, Linear]:
        """One of each penalty; none where all answers are the same."""
        if len(np.unique(rows.y)) < 2:
            return {}
        kind = self._kind(rows.y)
        y = _positive(rows.y) if kind == "amount" else rows.y
        return {p: Linear.fit(rows.x, y, rows.weight, self.columns, kind, p) for p in penalties}

    def _grow(self, start: Mixture, rows: Rows, rounds: int | None = None) -> Trees:
        line = start.line.at(base_column(rows.x, self.columns, self.base))
        boosting = self.boosting if rounds is None else replace(self.boosting, rounds=rounds)
        kind, weight = self._kind(rows.y), rows.weight
        if kind == "amount":
            left = np.log(_positive(rows.y)) - line
            return Trees.train(
                rows.x, left, self.columns, boosting, {"objective": "regression"}, weight=weight
            )
        objective = {"objective": "binary" if kind == "odds" else "quasi"}
        return Trees.train(rows.x, rows.y, self.columns, boosting, objective, start=line, weight=weight)

    def _calibrating(self, raw: np.ndarray, rows: Rows, slope: float | None = None) -> Line:
        """The line from the predictor ``raw`` (n,) to what the rows say; with a ``slope`` its level alone."""
        centre = float(raw.mean())
        return fit_line(
            raw,
            rows.y,
            self.link,
            prior=Line(centre, centre, 1.0 if slope is None else slope),
            intercept_weight=1.0,
            slope_weight=CALIBRATION_SLOPE_WEIGHT if slope is None else HELD,
            sample_weight=rows.weight,
        )

    def _loss(self, raw: np.ndarray, rows: Rows) -> float:
        """Of the predictor ``raw`` (n,) once it is calibrated on these very rows."""
        line = self._calibrating(raw, rows)
        return float((rows.weight * loss(line.at(raw), rows.y, self.link)).sum())


def _smoothed(y: np.ndarray, link: Link) -> float:
    if link == "odds":
        return float(np.log((y.sum() + 0.5) / ((1.0 - y).sum() + 0.5)))
    return float(np.log((y.sum() + 0.5) / (len(y) + 0.5)))


def _positive(y: np.ndarray) -> np.ndarray:
    """Amounts with what is far below all others raised to a tenth of them, so that a logarithm bears it."""
    usual = float(np.quantile(y[y > 0.0], 0.05)) if (y > 0.0).any() else 1.0
    return np.asarray(np.maximum(y, usual / 10.0))
