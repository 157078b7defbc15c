"""What share of its final value a young outcome has reached, per platform and KPI; learned from repeated readings.

Three levels: a curve for each KPI, one for each platform around it, as far from it as the platforms differ (two-stage
normal empirical Bayes; Morris 1983), and the readings of one platform and KPI. Curve and fit:
:mod:`tastemaker.forecasting.maturity.weibull`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.forecasting.frames import numbers, require
from tastemaker.forecasting.maturity.outstanding import Matured, mature
from tastemaker.forecasting.maturity.platforms import Curve, around
from tastemaker.forecasting.maturity.weibull import Pairs, expected_part, fit_curve, fit_spread, information
from tastemaker.forecasting.saved import read_saved, write_saved

FORMAT = 1
WHERE = "readings"
READ = ("series", "platform", "kpi", "age", "value")
PRIOR = np.array([np.log(7.0), 0.0])
"""Before any reading: a week, exponential ..."""
PRIOR_PRECISION = np.array([1.5, 0.7]) ** -2.0
"""... give or take a factor of 4.5 in time and of 2 in form."""
HALF = 0.5
_ROUNDS = 3
_FIRST_SPREAD = 0.05


@dataclass(frozen=True)
class Learned:
    """One KPI: its curve, those of its platforms, and ``spread``: the correlation of a count's single events while less
    than half is there, and after that.
    """

    curve: Curve
    platforms: dict[str, Curve]
    spread: tuple[float, float]
    pairs: int

    def spreads(self, share: np.ndarray) -> np.ndarray:
        """The spread (n,) of readings that hold ``share`` of the later total."""
        return np.where(share < HALF, *self.spread)


class MaturityCurves:
    """Curves of a total's growth up to ``horizon`` days, after which it is final.

    A KPI with fewer than ``least_pairs`` pairs of readings (one series read twice makes one) is not learned: its share
    is NaN, and ``abstains_`` says so.
    """

    def __init__(self, horizon: float = 30.0, least_pairs: int = 30) -> None:
        self.horizon = horizon
        self.least_pairs = least_pairs

    def fit(self, readings: pd.DataFrame) -> Self:
        """``readings``: series (what is read again and again), platform (None unknown), kpi, age in days, value so far.

        Readings of campaigns that still run belong in: a pair says what the later is to the earlier, not what will be
        final. Unknown values and ages are left out. Raises RankingError for a missing column or a negative value.
        """
        require(readings, READ, WHERE)
        known = readings.dropna(subset=["age", "value", "kpi", "series"])
        for column in ("age", "value"):
            if (numbers(known, column, WHERE) < 0).any():
                raise RankingError(
                    f"{WHERE}: {column} {known[column].min():g}; expected 0 or more: an age counts from the posting, "
                    "and a reading holds the total so far"
                )
        self.kpis_: dict[str, Learned] = {}
        self.abstains_: dict[str, str] = {}
        for kpi, rows in known.groupby("kpi", sort=True):
            pairs, platform = _pairs(rows, self.horizon)
            if len(pairs) < self.least_pairs:
                self.abstains_[str(kpi)] = f"{len(pairs)} pairs of readings, fewer than {self.least_pairs}"
            else:
                self.kpis_[str(kpi)] = _learn(pairs, platform, self.least_pairs)
        return self

    def share(self, kpi: str, platform: Iterable[Any], age: np.ndarray) -> np.ndarray:
        """Expected share (n,) of the final value that is there at ``age`` days; NaN where not learned or unknown."""
        return self._share(kpi, platform, age)[0]

    def matured(
        self, kpi: str, platform: Iterable[Any], value: np.ndarray, age: np.ndarray, level: float = 0.8
    ) -> Matured:
        """The final value of what stands at ``value`` (n,) after ``age`` days: value / share, right on average; and
        the bounds between which it ends with probability ``level``.
        """
        share, error = self._share(kpi, platform, age)
        learned = self.kpis_.get(kpi)
        spread = learned.spreads(share) if learned else np.zeros(len(share))
        return mature(np.asarray(value, float), share, error, spread, level)

    def old_enough(
        self, kpi: str, platform: Iterable[Any], age: np.ndarray, least_share: float
    ) -> np.ndarray:
        """Whether (n,) a reading may stand as a label: at least ``least_share`` of the final value is to be there."""
        return np.asarray(np.nan_to_num(self.share(kpi, platform, age), nan=-1.0) >= least_share)

    def save(self, path: Path) -> None:
        """Writes one JSON file."""
        kpis = {
            kpi: {
                "curve": one.curve.to_json(),
                "platforms": {name: curve.to_json() for name, curve in one.platforms.items()},
                "spread": list(one.spread),
                "pairs": one.pairs,
            }
            for kpi, one in self.kpis_.items()
        }
        values = {"horizon": self.horizon, "least_pairs": self.least_pairs}
        write_saved(path, {**values, "kpis": kpis, "abstains": self.abstains_}, FORMAT)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises RankingError naming the file when it is missing or damaged."""
        values = read_saved(path, FORMAT)
        try:
            made = cls(float(values["horizon"]), int(values["least_pairs"]))
            made.abstains_ = dict(values["abstains"])
            made.kpis_ = {
                kpi: Learned(
                    Curve.from_json(one["curve"]),
                    {name: Curve.from_json(curve) for name, curve in one["platforms"].items()},
                    (float(one["spread"][0]), float(one["spread"][1])),
                    int(one["pairs"]),
                )
                for kpi, one in values["kpis"].items()
            }
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise RankingError(
                f"{path}: {error!r} where saved maturity curves were expected; fit and save again"
            ) from None
        return made

    def _share(self, kpi: str, platform: Iterable[Any], age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Shares and their standard errors, each (n,)."""
        days = np.asarray(age, dtype=np.float64)
        share, error = np.full(len(days), np.nan), np.full(len(days), np.nan)
        learned = self.kpis_.get(kpi)
        if learned is None:
            return share, error
        names = pd.Series(list(platform), dtype=object)
        for name in names.where(names.isin(list(learned.platforms)), "").unique():
            curve = learned.platforms.get(name, learned.curve)
            rows = names.where(names.isin(list(learned.platforms)), "").eq(name).to_numpy()
            share[rows], error[rows] = curve.share(days[rows], self.horizon)
        return share, error


def _pairs(rows: pd.DataFrame, horizon: float) -> tuple[Pairs, np.ndarray]:
    """Each reading with the next one of its series, up to the first that is final. A fall counts as no growth."""
    rows = rows.sort_values(["series", "age"], kind="stable")
    age = np.minimum(numbers(rows, "age", WHERE), horizon)
    value, series = numbers(rows, "value", WHERE), rows["series"].to_numpy()
    first = np.flatnonzero((series[1:] == series[:-1]) & (age[1:] > age[:-1]) & (value[1:] > 0))
    part = np.minimum(value[first] / value[first + 1], 1.0)
    platform = rows["platform"].astype(object).to_numpy()[first]
    spread = np.full(len(first), _FIRST_SPREAD)
    return Pairs(age[first], age[first + 1], part, value[first + 1], spread), platform


def _learn(pairs: Pairs, platform: np.ndarray, least: int) -> Learned:
    known = pd.Series(platform, dtype=object)
    rows = {str(name): np.asarray(own) for name, own in known.groupby(known, sort=True).indices.items()}
    for _ in range(_ROUNDS):
        theta = fit_curve(pairs, PRIOR, PRIOR_PRECISION)
        covariance = np.linalg.inv(information(pairs, theta) + np.diag(PRIOR_PRECISION))
        whole, curves = around(Curve(theta, covariance), {n: pairs.rows(own) for n, own in rows.items()})
        # By the curve of each one's own platform, or differences between platforms would pass for chance.
        part, _ = expected_part(pairs, theta)
        for name, own in rows.items():
            part[own], _ = expected_part(pairs.rows(own), curves[name].theta)
        young = part < HALF
        spread = _spreads(pairs, part, young, least)
        pairs = replace(pairs, spread=np.where(young, *spread))
    return Learned(whole, curves, spread, len(pairs))


def _spreads(pairs: Pairs, part: np.ndarray, young: np.ndarray, least: int) -> tuple[float, float]:
    """Of pairs whose first reading holds less than half, and of the others; of all where either are few."""
    if min(young.sum(), (~young).sum()) < least:
        return (fit_spread(pairs, part),) * 2
    return fit_spread(pairs.rows(young), part[young]), fit_spread(pairs.rows(~young), part[~young])
