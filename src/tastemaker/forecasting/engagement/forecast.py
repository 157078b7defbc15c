"""Next-period engagement of creators from monthly rankings: the forecast, and the last value as its baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.forecasting.engagement.panel import Panel, month_number, read_panels, shown_error
from tastemaker.forecasting.engagement.per_platform import PlatformForecast

SIGNALS = ("followers", "views", "comments")
COLUMNS = ["platform", "creator_id", "gap", "last", "median", "low", "high"]


def engagement(panel: pd.DataFrame) -> pd.Series:
    """Average engagements of a post (n,): ``eng_avg`` where it is reported, else likes + comments + shares.

    Without likes it is unknown; unknown comments or shares add nothing, for some platforms never tell them. An amount
    that is not above 0 is unknown too: hidden counts come as 0.
    """
    counted = panel[["likes", "comments", "shares"]].sum(axis=1).where(panel["likes"] > 0)
    value = panel["eng_avg"].where(panel["eng_avg"] > 0, counted)
    return value.rename("engagement")


def authentic_share(panel: pd.DataFrame) -> pd.Series:
    """``eng_auth / eng_avg`` (n,), a fraction; unknown where either is, or is not above 0."""
    known = (panel["eng_auth"] > 0) & (panel["eng_avg"] > 0)
    return (panel["eng_auth"] / panel["eng_avg"]).where(known).rename("authentic_share")


def authentic_share_rounding(panel: pd.DataFrame) -> pd.Series:
    """Standard deviation (n,) of ln(authentic share) where both parts are shown with one decimal: 12.3k, 1.4M."""
    parts = [shown_error(panel[name].to_numpy(dtype=np.float64)) for name in ("eng_auth", "eng_avg")]
    return pd.Series(np.hypot(*parts), index=panel.index, name="authentic_share_rounding")


class EngagementForecast:
    """Median and interval of a creator's value in a later month, a model per platform.

    The last value is drawn to the creator's own level and to the crowd's by a covariance in time, corrected by
    regression on what else the rankings tell, and given a width that follows the months to be bridged: the spread that
    the covariance leaves there, calibrated on known steps, those of the most similar length counting most. All this is
    for creators who are still in the ranking then: who drops out is not seen by it, and not by this forecast.
    """

    def __init__(
        self,
        value: str = "engagement",
        *,
        signals: Sequence[str] = SIGNALS,
        level: float = 0.8,
        ceiling: float | None = None,
        rounding: str | None = None,
    ) -> None:
        self.value = value
        self.signals = tuple(signals)
        self.rounding = rounding
        self.level = level
        self.ceiling = ceiling

    def fit(self, panel: pd.DataFrame) -> Self:
        """``panel``: platform, month (YYYY-MM), creator_id, the value, and the signals; NaN or 0 is unknown.

        ``rounding`` names a column of the standard deviation of ln(value) that comes of how it is shown.
        Raises RankingError for a missing column, a creator twice in a month, or fewer than two months of a platform.
        """
        panels = _learnable(panel, self.value, self.signals, self.rounding)
        self.platforms_ = {name: PlatformForecast(self.level).fit(p) for name, p in panels.items()}
        return self

    def predict(self, month: str) -> pd.DataFrame:
        """platform, creator_id, gap (months since the last value), last, median, low, high: amounts of the value.

        A row per creator with a known value. NaN bounds are an abstention: too few steps to calibrate them.
        """
        at = month_number(month)
        parts = [m.forecast(at).assign(platform=name) for name, m in self.platforms_.items()]
        found = pd.concat(parts, ignore_index=True)[COLUMNS]
        amounts = np.exp(found[COLUMNS[3:]].to_numpy())
        found[COLUMNS[3:]] = amounts if self.ceiling is None else np.minimum(amounts, self.ceiling)
        return found


class Persistence:
    """The baseline: the last value, within the quantiles of how the known months followed each other."""

    def __init__(self, value: str = "engagement", *, level: float = 0.8) -> None:
        self.value = value
        self.level = level

    def fit(self, panel: pd.DataFrame) -> Self:
        """As :meth:`EngagementForecast.fit`."""
        self.panels_ = _learnable(panel, self.value, ())
        return self

    def predict(self, month: str) -> pd.DataFrame:
        """As :meth:`EngagementForecast.predict`; the gap changes nothing."""
        at, tail = month_number(month), (1.0 - self.level) / 2.0
        parts = []
        for name, panel in self.panels_.items():
            low, high = np.quantile(_changes(panel), [tail, 1.0 - tail])
            column = panel.latest()
            last = panel.value[np.arange(len(column)), column]
            part = pd.DataFrame({"creator_id": panel.creators, "gap": at - panel.months[column]})
            part = part.assign(platform=name, last=np.exp(last), median=np.exp(last))
            parts.append(part.assign(low=np.exp(last + low), high=np.exp(last + high)))
        return pd.concat(parts, ignore_index=True)[COLUMNS]


def _changes(panel: Panel) -> np.ndarray:
    """Changes of ln(value) from each creator's last known value to every month that knows them again."""
    found = []
    for place in range(1, len(panel.months)):
        before = panel.before(int(panel.months[place]))
        rows = np.searchsorted(panel.creators, before.creators)
        found.append(panel.value[rows, place] - before.value[np.arange(len(rows)), before.latest()])
    changes = np.concatenate(found)
    return np.asarray(changes[np.isfinite(changes)])


def _learnable(
    panel: pd.DataFrame, value: str, signals: Sequence[str], rounding: str | None = None
) -> dict[str, Panel]:
    read = read_panels(panel, value, signals, rounding)
    panels = {name: p.before(int(p.months[-1]) + 1) for name, p in read.items()}
    short = [name for name, p in panels.items() if len(p.months) < 2]
    if short or not panels:
        raise RankingError(
            f"panel: {short[0] if short else 'no platform'} has {value} in fewer than two months; "
            "give the months before as well"
            if short
            else f"panel: no row has a known {value}; expected amounts above 0"
        )
    return panels
