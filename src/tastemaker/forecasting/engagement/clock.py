"""How much time really lies between the readings of a list, told by the growth of its accounts.

A ranking may be published for a month and hold readings that are older, or that were never taken anew. Followers of
accounts that stay in a list grow at a fairly even pace, so a step in which they hardly moved was a short one, whatever
its label says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.forecasting.engagement.panel import Panel

GROWTH = "followers"
SURE = 4.0
"""Standard errors from 0 from which the usual pace is taken for one."""
SLOW = 0.5
"""Part of the usual pace from which a step counts as long as it is said to be: a season's growth varies that much."""
SHORTEST = 0.1


@dataclass(frozen=True)
class Clock:
    """``times`` (k,): months from the first reading to each; ``lag``: months that the last is behind its label."""

    times: np.ndarray
    lag: float

    @classmethod
    def of(cls, panel: Panel) -> Clock:
        """By the labels, but for steps in which followers grew less than half of what is usual (the lower median).

        Such a step is shortened in proportion, and the months that it lacks may be made up for in a later one. Without
        followers, or where they do not clearly grow, the labels are all there is.
        """
        labels = np.diff(panel.months).astype(np.float64)
        pace, error = _paces(panel, labels)
        known = np.flatnonzero(np.isfinite(pace))
        if not len(known):
            return cls(np.concatenate([[0.0], np.cumsum(labels)]), 0.0)
        usual = known[np.argsort(pace[known], kind="stable")[(len(known) - 1) // 2]]
        if not pace[usual] > SURE * error[usual]:
            return cls(np.concatenate([[0.0], np.cumsum(labels)]), 0.0)
        spans, lag = np.empty(len(labels)), 0.0
        for step, months in enumerate(labels):
            there = pace[step] / pace[usual] if np.isfinite(pace[step]) else 1.0
            there = 1.0 if SLOW <= there < 1.0 else there
            spans[step] = np.clip(there * months, SHORTEST * months, months + lag)
            lag += months - spans[step]
        return cls(np.concatenate([[0.0], np.cumsum(spans)]), float(lag))

    def at(self, months: float) -> float:
        """The time of a reading that is published ``months`` after the last one known.

        What the last one is behind may be made up for then or not: half of it is reckoned with.
        """
        return float(self.times[-1] + months + 0.5 * self.lag)


def _paces(panel: Panel, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(k - 1,) median growth of ln(followers) a month of accounts in both lists, and its standard error; NaN: none."""
    pace, error = np.full(len(labels), np.nan), np.full(len(labels), np.nan)
    if GROWTH not in panel.signals:
        return pace, error
    for step, change in enumerate(np.diff(panel.signals[GROWTH], axis=1).T):
        grown = change[np.isfinite(change)]
        if len(grown) > 1:
            pace[step] = np.median(grown) / labels[step]
            spread = 1.4826 * np.median(np.abs(grown - np.median(grown)))
            error[step] = 1.2533 * spread / np.sqrt(len(grown)) / labels[step]
    return pace, error
