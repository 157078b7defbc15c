"""Monthly readings of creators as matrices: a row a creator, a column a month, logarithms throughout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.forecasting.frames import require

KEYS = ("platform", "month", "creator_id")


@dataclass(frozen=True)
class Panel:
    """One platform. ``months`` (k,) ascending, from the year 0; ``value`` and each signal (n, k), ln, NaN unknown.

    ``coarse`` (n, k): the variance of ``value`` that rounding brings.
    """

    creators: np.ndarray
    months: np.ndarray
    value: np.ndarray
    signals: dict[str, np.ndarray]
    coarse: np.ndarray

    def before(self, month: int) -> Panel:
        """What was known before ``month``; a creator without a value until then is left out."""
        kept = self.months < month
        seen = np.isfinite(self.value[:, kept]).any(axis=1)
        signals = {name: values[seen][:, kept] for name, values in self.signals.items()}
        part = np.ix_(seen, kept)
        return Panel(self.creators[seen], self.months[kept], self.value[part], signals, self.coarse[part])

    def latest(self) -> np.ndarray:
        """(n,) the column of each creator's latest known value."""
        return np.asarray(self.value.shape[1] - 1 - np.isfinite(self.value)[:, ::-1].argmax(axis=1))


def month_number(month: str) -> int:
    """Months since the year 0: ``"2022-11"`` is 24275. Raises RankingError for anything else than YYYY-MM."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", str(month))
    if found is None:
        raise RankingError(f"month {month!r} is none; expected YYYY-MM, such as 2022-11")
    return int(found[1]) * 12 + int(found[2])


def read_panels(
    frame: pd.DataFrame, value: str, signals: Sequence[str], rounding: str | None = None
) -> dict[str, Panel]:
    """Platform -> its panel; a platform without any value is left out.

    ``frame``: platform, month (YYYY-MM), creator_id, ``value`` and ``signals``: amounts. What is not above 0 counts as
    unknown: a logarithm has no place for it. ``rounding``: column of the standard deviation of ln(value) that comes of
    rounding (see :func:`shown_error`); unknown is none. Raises RankingError for a missing column, a month that is none,
    or a creator who stands twice in a month.
    """
    require(frame, [*KEYS, value, *signals, *([rounding] if rounding else [])], "panel")
    twice = frame.duplicated(list(KEYS))
    if twice.any():
        platform, month, creator = frame.loc[twice, list(KEYS)].iloc[0]
        raise RankingError(
            f"panel: creator {creator!r} stands twice in {month} on {platform}; expected one row"
        )
    numbered = frame.assign(month=frame["month"].map(month_number))
    parts = {str(name): part for name, part in numbered.groupby("platform", sort=True)}
    known = {name: part for name, part in parts.items() if (part[value] > 0).any()}
    return {name: _panel(part, value, signals, rounding) for name, part in known.items()}


def shown_error(amount: np.ndarray) -> np.ndarray:
    """Standard deviation of ln(amount) where it is shown with one decimal of thousands, millions, ...: 12.3k, 1.4M.

    Half-way between two such numbers nothing is known (a uniform error); below 1,000 whole numbers are shown.
    """
    known = amount > 0
    safe = np.where(known, amount, 1.0)
    power = np.floor(np.log10(safe) / 3.0 + 1e-12)
    step = np.where(power > 0, 0.1 * 1000.0**power, 1.0)
    return np.where(known, step / safe / np.sqrt(12.0), np.nan)


def _panel(part: pd.DataFrame, value: str, signals: Sequence[str], rounding: str | None) -> Panel:
    tables = {
        name: part.pivot(index="creator_id", columns="month", values=name)
        for name in {value, *signals, *([rounding] if rounding else [])}
    }
    logs = {name: _log(tables[name].to_numpy(dtype=np.float64)) for name in {value, *signals}}
    index = tables[value]
    coarse = tables[rounding].to_numpy(dtype=np.float64) ** 2 if rounding else np.zeros(index.shape)
    return Panel(
        index.index.to_numpy(),
        index.columns.to_numpy(dtype=np.int64),
        logs[value],
        {name: logs[name] for name in signals},
        np.nan_to_num(coarse, nan=0.0),
    )


def _log(amount: np.ndarray) -> np.ndarray:
    positive = amount > 0
    return np.where(positive, np.log(np.where(positive, amount, 1.0)), np.nan)
