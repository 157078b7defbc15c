"""Which settings a study tries, and in what ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tastemaker.config import Config
from tastemaker.errors import TrainingError

DIGITS = 3
"""Significant digits of a fraction that is tried: what a file shows is what was judged."""

Value = int | float
Settings = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Knob:
    """One setting with its range, both ends included. ``log``: equal ratios are equally likely, not equal steps."""

    section: str
    key: str
    low: Value
    high: Value
    log: bool = False

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return isinstance(self.low, int)

    def read(self, config: Config) -> Value:
        """Its value in ``config``."""
        value: Value = getattr(getattr(config, self.section), self.key)
        return value

    def rounded(self, value: float) -> Value:
        """``value`` as it is tried and written."""
        return round(value) if self.whole else float(f"{value:.{DIGITS}g}")

    def around(self, value: Value) -> Knob:
        """The same with a range that holds ``value``; in even steps where that is 0, which has no logarithm."""
        log = self.log and value > 0
        return replace(self, low=min(self.low, value), high=max(self.high, value), log=log)


_CALIBRATION = Knob("training", "calibration_share", 0.1, 0.4)

KNOBS: dict[str, tuple[Knob, ...]] = {
    "value": (
        Knob("forecasting", "rounds", 40, 400, log=True),
        Knob("forecasting", "learning_rate", 0.01, 0.2, log=True),
        Knob("forecasting", "leaves", 4, 64, log=True),
        Knob("forecasting", "min_leaf", 5, 100, log=True),
        Knob("forecasting", "shrinkage", 0.1, 100.0, log=True),
        Knob("forecasting", "row_share", 0.4, 1.0),
        Knob("forecasting", "column_share", 0.2, 1.0),
        _CALIBRATION,
    ),
    "lambdamart": (
        Knob("ranking", "rounds", 25, 400, log=True),
        Knob("ranking", "learning_rate", 0.01, 0.2, log=True),
        Knob("ranking", "leaves", 4, 64, log=True),
        _CALIBRATION,
    ),
}
"""Ranker -> what of it can be tuned."""


def search_space(config: Config) -> dict[str, Knob]:
    """Name (``section.key``) -> setting of the configured ranker, its range widened to hold the present value.

    Raises TrainingError for a ranker without settings of its own.
    """
    ranker = config.ranking.ranker
    if ranker not in KNOBS:
        raise TrainingError(
            f"ranking.ranker is {ranker!r}, which has no settings to tune; choose {' or '.join(KNOBS)}"
        )
    return {knob.name: knob.around(knob.read(config)) for knob in KNOBS[ranker]}


def with_values(config: Config, values: Mapping[str, float]) -> Config:
    """``config`` with the values of a trial (``section.key`` -> value), rounded as :class:`Knob` says."""
    space, told = search_space(config), config.model_dump()
    for name, value in values.items():
        knob = space[name]
        # A value that was there before stays as it was written, however many digits it has.
        same = value == knob.read(config)
        told[knob.section][knob.key] = value if same else knob.rounded(value)
    return Config.model_validate(told)


def differences(config: Config, other: Config) -> Settings:
    """Section -> key -> value of ``other``, where the two differ: what a file of differences holds."""
    before, after = config.model_dump(mode="json"), other.model_dump(mode="json")
    found = {
        section: {key: value for key, value in keys.items() if value != before[section][key]}
        for section, keys in after.items()
    }
    return {section: keys for section, keys in found.items() if keys}
