"""The settings of run.py: config.yaml, as strict as the engine's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError

from tastemaker.config import Section
from tastemaker.errors import ConfigError

Level = Literal["low", "medium", "high"]


class WorldSettings(Section):
    """Marketplaces of one size: every noise with every bias, a world a seed of each."""

    creators: PositiveInt
    brands: PositiveInt
    campaigns: PositiveInt
    seeds: tuple[NonNegativeInt, ...] = Field(min_length=1)
    noise: tuple[Level, ...] = ("medium",)
    bias: tuple[Level, ...] = ("medium",)
    engine: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """What of the engine's own configuration differs."""


class OutcomeSettings(Section):
    """``worlds``: where rankers and forecasts are judged. ``curve``: numbers of earlier campaigns; one above what a
    world has is left out. ``picks``: those at which promises are judged; ``top``: how many of a list are ours.
    """

    worlds: WorldSettings
    curve: tuple[PositiveInt, ...]
    picks: tuple[PositiveInt, ...]
    top: PositiveInt
    pilot: PositiveInt
    draws: PositiveInt
    clip: float = Field(gt=0.0, lt=1.0)
    ope_repetitions: PositiveInt
    ope_decisions: PositiveInt
    ad_repeats: PositiveInt
    ad_folds: int = Field(5, ge=2)
    ad_whole: bool = True
    loop_seeds: PositiveInt
    quiet_seeds: NonNegativeInt
    planted_seeds: NonNegativeInt
    drift: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """What differs from drift.yaml."""
    briefs: PositiveInt


def read_settings(path: Path) -> OutcomeSettings:
    """Raises ConfigError naming the file, the key and what is wrong with it."""
    try:
        return OutcomeSettings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: can not be read: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {place}: {first['msg']}") from None
