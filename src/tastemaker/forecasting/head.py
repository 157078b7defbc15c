"""A head: the expected value of one thing (a KPI, a fee, an acceptance), calibrated on later campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from tastemaker.forecasting.fitting import Fitting
from tastemaker.forecasting.line import Line, Link, log_response, response
from tastemaker.forecasting.mixture import Mixture
from tastemaker.forecasting.own import OwnFactor
from tastemaker.forecasting.rows import Rows
from tastemaker.forecasting.trees import Boosting

HALF = 0.5


class Head:
    """``link^-1(calibration(mixture) + own)``: a linear model on all columns, mixed with a line on one column and
    trees, and the creator's own factor (:mod:`tastemaker.forecasting.own`), learned from what rows say against that.

    With too few rows the line stands alone and ``thin_`` says why: a rate per follower (or per estimated dollar).
    Without any row the head knows nothing: everything it says is NaN. An answer has no own factor: whether somebody
    accepts tells next to nothing of their next answer.
    """

    def __init__(self, columns: Sequence[str], link: Link, base: str | None = None) -> None:
        self.columns = tuple(columns)
        self.link: Link = link
        self.base = base if base in self.columns else None

    def fit(self, rows: Rows, boosting: Boosting) -> Self:
        self.rows_ = len(rows.y)
        self.thin_ = rows.thin
        fitting = Fitting(self.columns, self.base, self.link, boosting)
        if self.thin_ is not None:
            self.mixture_, self.calibration_ = fitting.rate(rows), Line()
        else:
            self.mixture_, self.calibration_ = fitting.mixture(rows)
        self.own_ = OwnFactor.none(rows.creators)
        if self.link == "log" and self.thin_ is None:
            self.own_ = OwnFactor.fit(self._readings(rows), rows.who, rows.creators)
        return self

    @property
    def knows(self) -> bool:
        return self.rows_ > 0

    def mean(self, x: np.ndarray, who: np.ndarray) -> np.ndarray:
        """Expected value (n,) on the natural scale: a KPI, US dollars, a probability.

        ``who`` (n,): codes of the creators.
        """
        return response(self.predictor(x) + self.own_.log_mean(who), self.link)

    def predictor(self, x: np.ndarray) -> np.ndarray:
        """The calibrated linear predictor (n,) of strangers: a log mean, or log odds."""
        return self.calibration_.at(self.mixture_.at(x)) if self.knows else np.full(len(x), np.nan)

    def log_mean(self, x: np.ndarray, who: np.ndarray) -> np.ndarray:
        """Logarithm (n,) of :meth:`mean`."""
        return log_response(self.predictor(x) + self.own_.log_mean(who), self.link)

    def raise_by(self, rise: float) -> None:
        """Lifts the linear predictor of every row."""
        self.calibration_ = replace(self.calibration_, intercept=self.calibration_.intercept + rise)

    def shares(self) -> np.ndarray | None:
        """See :meth:`Mixture.shares`."""
        return self.mixture_.shares()

    def contributions(self, x: np.ndarray) -> np.ndarray:
        """What each column adds to a stranger's :meth:`log_mean` (n, columns + 1), baseline last; a row sums to it.

        On the log scale these are the mixture's contributions times the calibration's slope. A
        probability's log odds are carried over to its logarithm by the rescale rule: each column keeps its share of
        the way from the baseline to the row (Shrikumar, Greenside and Kundaje 2017).
        """
        parts = self.mixture_.contributions(x) * self.calibration_.slope
        parts[:, -1] += self.calibration_.at(np.zeros(1))[0]
        return parts if self.link == "log" else _rescaled(parts)

    def save(self, folder: Path, name: str) -> dict[str, Any]:
        """Writes the trees as ``<name>.txt`` and returns everything else as JSON values."""
        return {
            "link": self.link,
            "rows": self.rows_,
            "thin": self.thin_,
            "calibration": asdict(self.calibration_),
            "own": self.own_.variances(),
            **self.mixture_.save(folder, name),
        }

    @classmethod
    def load(
        cls, folder: Path, name: str, values: dict[str, Any], columns: Sequence[str], own: OwnFactor
    ) -> Self:
        head = cls(columns, values["link"], values["base"])
        head.own_ = own
        head.rows_, head.thin_ = values["rows"], values["thin"]
        head.calibration_ = Line(**values["calibration"])
        head.mixture_ = Mixture.load(folder, name, values, columns)
        return head

    def _readings(self, rows: Rows) -> np.ndarray:
        """log(result / forecast) (n,); a half on both sides, so that nothing at all is little and not infinitely so."""
        expected = response(self.predictor(rows.x), self.link)
        return np.asarray(np.log(rows.y + HALF) - np.log(expected + HALF))


def _rescaled(parts: np.ndarray) -> np.ndarray:
    base = parts[:, -1]
    way = parts[:, :-1].sum(axis=1)
    start = log_response(base, "odds")
    # Where the row sits at the baseline the ratio is the derivative there: 1 - p.
    near = np.abs(way) < 1e-9
    rate = (log_response(base + way, "odds") - start) / np.where(near, 1.0, way)
    rate = np.where(near, 1.0 - response(base, "odds"), rate)
    return np.column_stack([parts[:, :-1] * rate[:, None], start])
