"""A step: from what was known of a creator in one month to a later month. Rows to learn from, and rows to forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tastemaker.forecasting.engagement.covariance import Covariance
from tastemaker.forecasting.engagement.panel import Panel

NO_SPREAD = 0.01
"""Two readings closer than this (1 %) tell no more of how restless a creator is than this would."""


def common_shifts(panel: Panel) -> np.ndarray:
    """(k - 1,) median change of ln(value) over the creators of both months; 0 where there is none.

    Of those who stay only: who enters or leaves a ranking would pull the level of the whole list.
    """
    change = np.diff(panel.value, axis=1)
    found = [np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else 0.0 for c in change.T]
    return np.array(found, dtype=np.float64)


def deviations(panel: Panel) -> np.ndarray:
    """ln(value) (n, k) less the common shifts until its month, about the median creator."""
    moved = panel.value - np.concatenate([[0.0], np.cumsum(common_shifts(panel))])
    return np.asarray(moved - np.nanmedian(moved))


def known_steps(
    panel: Panel, deviation: np.ndarray, covariance: Covariance, times: np.ndarray
) -> pd.DataFrame:
    """Every step between known months, also those that leave out months in between.

    As :func:`steps_to`, with ``target``, the month; ``came``, the change of ln(value); ``shift``, its median over
    the rows of the step.
    """
    parts = []
    for target in range(1, len(panel.months)):
        for known in range(1, target + 1):
            at = float(times[target])
            rows = steps_to(panel, deviation, covariance, times[:known], int(panel.months[target]), at)
            if known < target:
                # Shorter histories stand for longer gaps: only who was there at the origin, not who had left before.
                rows = rows[~rows["returned"]]
            rows["came"] = panel.value[rows["creator"], target] - rows["last"]
            rows = rows[rows["came"].notna()]
            parts.append(rows.assign(shift=rows["came"].median(), target=int(panel.months[target])))
    return pd.concat(parts, ignore_index=True)


def steps_to(
    panel: Panel, deviation: np.ndarray, covariance: Covariance, times: np.ndarray, month: int, at: float
) -> pd.DataFrame:
    """A row per creator with a value in the first months, those read at ``times``, told nothing later.

    ``creator``: row of the panel; ``last``: latest ln(value); ``gap``: months since; ``returned``: not in the latest of
    the months; ``pull``: the change of ln(value) that the covariance expects; ``spread``: its standard deviation;
    ``restless``: ln distance of the last value from the creator's mean; ``lone``: one reading; signals: ln, against the
    value (``followers`` as they are).
    """
    known = len(times)
    creators = np.flatnonzero(np.isfinite(deviation[:, :known]).any(axis=1))
    seen = deviation[creators, :known]
    origin = known - 1 - np.isfinite(seen)[:, ::-1].argmax(axis=1)
    mean, variance = covariance.forecast(seen, times, at, panel.coarse[creators, :known])
    here = deviation[creators, origin]
    last = panel.value[creators, origin]
    count = np.isfinite(seen).sum(axis=1)
    distance = np.abs(here - np.nanmean(seen, axis=1))
    columns = {
        "creator": creators,
        "last": last,
        "gap": month - panel.months[origin],
        "span": at - times[origin],
        "returned": origin < known - 1,
        "pull": mean - here,
        # What comes is rounded as the last one was.
        "spread": np.sqrt(variance + panel.coarse[creators, origin]),
        "restless": np.where(count > 1, np.log(np.maximum(distance, NO_SPREAD)), np.nan),
        "lone": count == 1,
    }
    for name, values in panel.signals.items():
        columns[name] = values[creators, origin] - (0.0 if name == "followers" else last)
    return pd.DataFrame(columns)
