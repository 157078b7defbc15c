"""What a head is fitted on, and what of it is too little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MIN_ROWS = 50
MIN_LATER = 20
MIN_OWN = 100


@dataclass(frozen=True)
class Rows:
    """Features (n, columns), target (n,), weights, which rows are later, which matter most, and whose each row is.

    ``own`` marks the later rows that look like the head's use (a KPI on campaigns that were after it): calibration
    keeps to them when there are at least 100. ``who``: codes of the creators, 0 to ``creators`` - 1.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    later: np.ndarray
    own: np.ndarray
    who: np.ndarray
    creators: int

    @property
    def thin(self) -> str | None:
        """Why trees should not be grown on these rows; None where there are enough."""
        if len(self.y) < MIN_ROWS:
            return f"{len(self.y)} readings, fewer than {MIN_ROWS}"
        if self.later.sum() < MIN_LATER:
            return f"{int(self.later.sum())} readings in later campaigns, fewer than {MIN_LATER}"
        return None

    @property
    def calibration(self) -> Rows:
        """The later rows that calibrate."""
        own = self.later & self.own
        return self.only(own if own.sum() >= MIN_OWN else self.later)

    def only(self, which: np.ndarray) -> Rows:
        """The rows ``which`` (n,) bool."""
        return Rows(
            self.x[which],
            self.y[which],
            self.weight[which],
            self.later[which],
            self.own[which],
            self.who[which],
            self.creators,
        )
