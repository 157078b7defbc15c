"""The forecast of one platform: covariance, learned correction and calibrated width, asked for any later month."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
from scipy import stats

from tastemaker.errors import RankingError
from tastemaker.forecasting.conformal import Conformal
from tastemaker.forecasting.engagement.clock import Clock
from tastemaker.forecasting.engagement.covariance import fit_covariance
from tastemaker.forecasting.engagement.learned import (
    Scaled,
    bounded_fit,
    closeness,
    drift,
    log_ridge,
    relative_spread,
    trust,
)
from tastemaker.forecasting.engagement.panel import Panel
from tastemaker.forecasting.engagement.steps import common_shifts, deviations, known_steps, steps_to

BANDWIDTH = 0.3
MOVES = 10
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
        self.clock_ = Clock.of(panel)
        times = self.clock_.times
        self.covariance_ = fit_covariance(self.deviation_, times, panel.coarse)
        self.steps_ = known_steps(panel, self.deviation_, self.covariance_, times)
        self.drift_, self.stray_ = drift(common_shifts(panel), np.diff(times))
        self.widening_ = self._widening() if self.rolling else 1.0
        return self

    def forecast(self, month: int) -> pd.DataFrame:
        """creator_id, gap (months since the last value), last, median, low, high (ln); NaN bounds: too few steps.

        Raises RankingError for a month that is not after the panel's last.
        """
        latest = int(self.panel_.months[-1])
        if month <= latest:
            raise RankingError(f"month {month - latest:+d} from the last one fitted on; ask for a later one")
        at = self.clock_.at(month - latest)
        asked = steps_to(self.panel_, self.deviation_, self.covariance_, self.clock_.times, month, at)
        span = at - float(self.clock_.times[-1])
        weight = closeness(self.steps_["span"].to_numpy(np.float64), span, BANDWIDTH)
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
        creator, lone = known["creator"].to_numpy(), known["lone"].to_numpy()
        # Those with one reading are drawn to the crowd, the others to themselves: two kinds of case.
        believed = {
            kind: trust(expected[rows], came[rows], weight[rows], creator[rows])
            for kind in (True, False)
            for rows in (lone == kind,)
        }
        change = asked["pull"].to_numpy() + np.hstack([pull.of(asked), told.of(asked)]) @ learned
        part, asked_part = (
            np.where(rows["lone"], believed[True], believed[False]) for rows in (known, asked)
        )
        return asked_part * change + self.drift_ * asked["span"].to_numpy(), came - part * expected

    def _bounds(
        self, asked: pd.DataFrame, error: np.ndarray, weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Offsets (n,) from the median: conformal on errors in units of the spread that was expected for each row."""
        known = self.steps_
        columns = Scaled.fit(known, (*RESTLESS, *self.panel_.signals))
        inside = error / known["spread"].to_numpy()
        restless = log_ridge(columns.of(known), inside, weight)
        own = relative_spread(columns.of(known), restless) * known["spread"].to_numpy()
        # What the whole list will do beyond its drift is not known: each error is met with every likely shift.
        shift = self.stray_ * np.sqrt(known["span"].to_numpy())
        moves = stats.t.ppf((np.arange(MOVES) + 0.5) / MOVES, len(self.clock_.times))
        scores = np.concatenate([(error + move * shift) / own for move in moves])
        zero = np.zeros(len(scores))
        moved = Conformal.fit(scores, zero, zero, zero, self.level, np.tile(weight / MOVES, MOVES))
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
