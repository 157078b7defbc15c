"""The forecast of one platform: covariance, learned correction and calibrated width, asked for any later month."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.forecasting.conformal import Conformal
from tastemaker.forecasting.engagement.covariance import fit_covariance
from tastemaker.forecasting.engagement.learned import (
    Scaled,
    bounded_fit,
    closeness,
    log_ridge,
    relative_spread,
    trust,
)
from tastemaker.forecasting.engagement.panel import Panel
from tastemaker.forecasting.engagement.steps import common_shifts, deviations, known_steps, steps_to

BANDWIDTH = 0.3
SHIFTS_OF_DOUBT = 2.0
RESTLESS = ("returned", "lone", "restless", "last")


class PlatformForecast:
    """ln(value) of a creator in a later month: median with an interval at ``level``.

    ``rolling``: also forecast each known month from those before it, and widen where these intervals held too little.
    """

    def __init__(self, level: float, *, rolling: bool = True) -> None:
        self.level = level
        self.rolling = rolling

    def fit(self, panel: Panel) -> Self:
        """Raises RankingError where no creator stands in two of the months."""
        self.panel_ = panel
        self.deviation_ = deviations(panel)
        if not (np.isfinite(panel.value).sum(axis=1) > 1).any():
            raise RankingError(
                f"panel: no creator has a value in two of {len(panel.months)} months; there is no step to learn from"
            )
        self.covariance_ = fit_covariance(self.deviation_, panel.months.astype(np.float64))
        self.steps_ = known_steps(panel, self.deviation_, self.covariance_)
        shifts = common_shifts(panel) / np.diff(panel.months)
        # A list moves together by whatever the season brings; a few steps tell little of the next.
        self.drift_ = float(np.median(shifts)) * len(shifts) / (len(shifts) + SHIFTS_OF_DOUBT)
        self.widening_ = self._widening() if self.rolling else 1.0
        return self

    def forecast(self, month: int) -> pd.DataFrame:
        """creator_id, gap (months since the last value), last, median, low, high (ln); NaN bounds: too few steps.

        Raises RankingError for a month that is not after the panel's last.
        """
        latest = int(self.panel_.months[-1])
        if month <= latest:
            raise RankingError(f"month {month - latest:+d} from the last one fitted on; ask for a later one")
        asked = steps_to(self.panel_, self.deviation_, self.covariance_, len(self.panel_.months), month)
        weight = closeness(self.steps_["gap"].to_numpy(np.float64), month - latest, BANDWIDTH)
        change, error = self._changes(asked, weight)
        low, high = self._bounds(asked, error, weight)
        median = asked["last"].to_numpy() + change
        return pd.DataFrame(
            {
                "creator_id": self.panel_.creators[asked["creator"]],
                "gap": asked["gap"],
                "last": asked["last"],
                "median": median,
                "low": median + low,
                "high": median + high,
            }
        )

    def _changes(self, asked: pd.DataFrame, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Expected changes of ln(value) of the asked rows, and errors of the known ones, common shifts aside."""
        known, signals = self.steps_, tuple(self.panel_.signals)
        told, pull = Scaled.fit(known, signals), Scaled.fit(known, ("pull",), centred=False)
        came = (known["came"] - known["shift"]).to_numpy()
        expected = known["pull"].to_numpy()
        x = np.hstack([pull.of(known), told.of(known)])
        learned = bounded_fit(x, came - expected, weight)
        expected = expected + x @ learned
        # Those with one reading are drawn to the crowd, the others to themselves: only the latter are the usual case.
        usual = ~known["lone"].to_numpy()
        part = trust(expected[usual], came[usual], weight[usual])
        change = asked["pull"].to_numpy() + np.hstack([pull.of(asked), told.of(asked)]) @ learned
        return part * change + self.drift_ * asked["gap"].to_numpy(), came - part * expected

    def _bounds(
        self, asked: pd.DataFrame, error: np.ndarray, weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Offsets (n,) from the median: conformal on errors in units of the spread that was expected for each row."""
        known = self.steps_
        columns = Scaled.fit(known, (*RESTLESS, *self.panel_.signals))
        inside = error / known["spread"].to_numpy()
        restless = log_ridge(columns.of(known), inside, weight)
        own = relative_spread(columns.of(known), restless) * known["spread"].to_numpy()
        # The next common shift is as likely up as down: past ones count with either sign.
        shift = (known["shift"] - self.drift_ * known["gap"]).to_numpy()
        scores = np.concatenate([(error + shift) / own, (error - shift) / own])
        zero = np.zeros(len(scores))
        moved = Conformal.fit(scores, zero, zero, zero, self.level, np.tile(weight / 2.0, 2))
        width = relative_spread(columns.of(asked), restless) * asked["spread"].to_numpy() * self.widening_
        return moved.low * width, moved.high * width

    def _widening(self) -> float:
        """By how much intervals of earlier forecasts had to be wider to hold at their level; never less than 1.

        Where they held too much, the steps since have taught the narrower width already.
        """
        panel, needed = self.panel_, []
        for place in range(2, len(panel.months)):
            before = panel.before(int(panel.months[place]))
            made = PlatformForecast(self.level, rolling=False).fit(before).forecast(int(panel.months[place]))
            rows = np.searchsorted(panel.creators, made["creator_id"].to_numpy())
            off = panel.value[rows, place] - made["median"].to_numpy()
            reach = np.where(off > 0, made["high"] - made["median"], made["median"] - made["low"])
            needed.append((np.abs(off) / reach)[np.isfinite(off) & np.isfinite(reach)])
        ratios = np.concatenate(needed) if needed else np.zeros(0)
        return max(1.0, float(np.quantile(ratios, self.level))) if ratios.size else 1.0
