"""Rates of small counts (clicks or conversions of impressions) that borrow from their groups.

A unit's count is beta-binomial around a chance whose log-odds add up the effects of its groups: global, campaign,
audience cell, ... ; what is left between units is the beta-binomial's own spread. Few exposures move an estimate
little, many move it all the way (empirical Bayes; Efron and Morris 1975). Formulas and their sources:
:mod:`tastemaker.forecasting.rates.mixed`, :mod:`tastemaker.forecasting.rates.overdispersed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse

from tastemaker.errors import RankingError
from tastemaker.forecasting.frames import numbers
from tastemaker.forecasting.rates.bordered import Bordered
from tastemaker.forecasting.rates.groupings import Grouping, one_hot
from tastemaker.forecasting.rates.mixed import Design, fit_mixed
from tastemaker.forecasting.rates.overdispersed import Chances
from tastemaker.forecasting.saved import read_saved, write_saved

FORMAT = 1
WHERE = "units"


@dataclass(frozen=True)
class RateForecast:
    """Per unit (n,): the expected ``rate`` (0..1), and the count that its exposures will bring: ``median`` with the
    bounds of the interval. A count is whole, so the interval holds at least as often as its level says.
    """

    rate: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray


class RateModel:
    """Hierarchical shrinkage of rates over nested and crossed ``groupings``, each a tuple of columns.

    After ``fit``: ``spreads_`` (groupings,) standard deviations of the effects on the log-odds, ``shape_`` of the
    spread between units of the same groups (coefficient of variation about 1 / sqrt(shape)), ``evidence_`` the log
    of the marginal likelihood, by which two models of the same units are compared without held-out units.

    ``exposure_slope``: the log-odds also move with the log of the exposures; for data in which the exposures were
    steered by the result (ads are stopped, or reported, because of it).
    """

    def __init__(self, groupings: Sequence[Sequence[str]], *, exposure_slope: bool = False) -> None:
        self.groupings = tuple(tuple(columns) for columns in groupings)
        self.exposure_slope = exposure_slope

    def fit(self, units: pd.DataFrame, successes: str, exposures: str) -> Self:
        """``units``: a row each, with the columns of the groupings and two of counts.

        Raises RankingError when a column is missing, a count is no whole number of 0 or more, a success has no
        exposure, or nothing has any.
        """
        n = _counts(numbers(units, exposures, WHERE), exposures)
        k = _counts(numbers(units, successes, WHERE), successes)
        if (k > n).any():
            row = int(np.flatnonzero(k > n)[0])
            raise RankingError(
                f"{WHERE}: row {row}: {k[row]:g} {successes} of {n[row]:g} {exposures}; a rate is at most 1: take "
                "exposures that every success is one of"
            )
        if n.sum() == 0:
            raise RankingError(f"{WHERE}: none of {len(n)} rows has {exposures}; a rate needs exposures")
        self.groups_ = [Grouping.of(columns, units) for columns in self.groupings]
        seen = n > 0
        self.middle_ = float(np.log(n[seen]).mean())
        matrix, leaf, _ = self._coefficients(units[seen], n[seen])
        part = np.concatenate(
            [np.full(self._fixed, -1), *(np.full(len(self.groups_[i].levels), i) for i in self._order)]
        )
        rate = (k.sum() + 0.5) / (n.sum() + 1.0)
        centre = np.zeros(len(part))
        centre[0] = np.log(rate / (1.0 - rate))
        leaves = len(part) - matrix.shape[1]
        fitted = fit_mixed(Design(k[seen], n[seen], matrix, leaf, leaves, part, centre), len(self.groups_))
        self.effects_, self.curvature_ = fitted.mode.effects, fitted.mode.curvature
        self.spreads_, self.shape_, self.evidence_ = fitted.spreads, fitted.shape, fitted.mode.evidence
        return self

    def chances(self, units: pd.DataFrame, exposures: np.ndarray | None = None) -> Chances:
        """What is known of each unit's chance; a group that is new or unknown counts with its grouping's spread.

        ``exposures`` (n,): NaN, or None for all, where not yet known; they matter only with ``exposure_slope``.
        """
        n = np.full(len(units), np.nan) if exposures is None else np.asarray(exposures, dtype=np.float64)
        matrix, leaf, codes = self._coefficients(units, n)
        rows, few = matrix.toarray(), matrix.shape[1]
        variance = self.curvature_.variances(rows, leaf)
        for code, spread in zip(codes, self.spreads_, strict=True):
            variance = variance + (code < 0) * spread**2
        centre = rows @ self.effects_[:few] + np.append(self.effects_[few:], 0.0)[leaf]
        return Chances(centre, variance, self.shape_)

    def predict(self, units: pd.DataFrame, exposures: np.ndarray, level: float = 0.8) -> RateForecast:
        """The rate of new units, and the count that ``exposures`` (n,) of theirs bring with probability ``level``."""
        n = _counts(np.asarray(exposures, dtype=np.float64), "exposures")
        if len(n) != len(units):
            raise RankingError(f"{WHERE}: {len(n)} exposures for {len(units)} units; they belong row to row")
        chances, tail = self.chances(units, n), (1.0 - level) / 2.0
        low, median, high = chances.quantiles(n, (tail, 0.5, 1.0 - tail))
        return RateForecast(chances.mean(), low, median, high)

    def save(self, path: Path) -> None:
        """Writes one JSON file."""
        side = sparse.coo_array(self.curvature_.side)
        values = {
            "groupings": [list(g) for g in self.groupings],
            "exposure_slope": self.exposure_slope,
            "levels": [[list(level) for level in g.levels] for g in self.groups_],
            "middle": self.middle_,
            "effects": self.effects_.tolist(),
            "spreads": self.spreads_.tolist(),
            "shape": self.shape_,
            "evidence": self.evidence_,
            "top": self.curvature_.top.tolist(),
            "side": [part.tolist() for part in (*side.coords, side.data)],
            "diagonal": self.curvature_.diagonal.tolist(),
        }
        write_saved(path, values, FORMAT)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises RankingError naming the file when it is missing or damaged."""
        values = read_saved(path, FORMAT)
        try:
            made = cls(values["groupings"], exposure_slope=bool(values["exposure_slope"]))
            made._take(values)
        except (KeyError, TypeError, ValueError) as error:
            raise RankingError(
                f"{path}: {error!r} where a saved rate model was expected; fit and save again"
            ) from None
        return made

    @property
    def _fixed(self) -> int:
        return 2 if self.exposure_slope else 1

    @property
    def _order(self) -> list[int]:
        """The groupings, the one with the most groups last."""
        return sorted(range(len(self.groups_)), key=lambda i: (len(self.groups_[i].levels), i))

    def _coefficients(
        self, units: pd.DataFrame, n: np.ndarray
    ) -> tuple[sparse.csr_array, np.ndarray, list[np.ndarray]]:
        """The design without the largest grouping, the code of that one, and the codes of all."""
        codes = [group.codes(units) for group in self.groups_]
        fixed = [np.ones(len(units))]
        if self.exposure_slope:
            known = np.isfinite(n) & (n > 0)
            fixed.append(np.where(known, np.log(np.where(known, n, 1.0)) - self.middle_, 0.0))
        parts = [sparse.csr_array(np.column_stack(fixed))]
        parts += [one_hot(codes[i], len(self.groups_[i].levels)) for i in self._order[:-1]]
        leaf = codes[self._order[-1]] if self.groups_ else np.full(len(units), -1)
        return sparse.csr_array(sparse.hstack(parts)), leaf, codes

    def _take(self, values: dict[str, Any]) -> None:
        self.groups_ = [
            Grouping(columns, tuple(tuple(level) for level in levels))
            for columns, levels in zip(self.groupings, values["levels"], strict=True)
        ]
        self.middle_, self.shape_ = float(values["middle"]), float(values["shape"])
        self.evidence_ = float(values["evidence"])
        self.effects_, self.spreads_ = np.array(values["effects"]), np.array(values["spreads"])
        row, column, data = values["side"]
        top, diagonal = np.array(values["top"]), np.array(values["diagonal"])
        side = sparse.coo_array((data, (row, column)), shape=(len(diagonal), len(top))).toarray()
        self.curvature_ = Bordered(top, side, diagonal)


def _counts(values: np.ndarray, name: str) -> np.ndarray:
    wrong = ~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise RankingError(
            f"{WHERE}: row {row}: {name} {values[row]:g}; counts are whole numbers of at least 0: leave out the rows "
            "in which they are unknown"
        )
    return values
