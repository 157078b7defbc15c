"""The settings of run.py: config.yaml, as strict as the engine's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError

from tastemaker.config import Config, Section, load_config, read_yaml
from tastemaker.errors import ConfigError


class Larger(Section):
    """Marketplaces of another size: settings that suit few campaigns need not suit many."""

    creators: PositiveInt
    brands: PositiveInt
    campaigns: PositiveInt
    judged_on: tuple[NonNegativeInt, ...] = Field(min_length=1)


class TuningSettings(Section):
    """``tuned_on``: seeds of the marketplaces that the study reads; ``judged_on``: of others, on whose truth its
    finding is judged. ``drawn``: settings drawn at random, by which the scores are compared with the truth;
    ``trials`` of the study."""

    creators: PositiveInt
    brands: PositiveInt
    campaigns: PositiveInt
    larger: Larger
    tuned_on: tuple[NonNegativeInt, ...] = Field(min_length=1)
    judged_on: tuple[NonNegativeInt, ...] = Field(min_length=1)
    drawn: PositiveInt
    trials: PositiveInt
    engine: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """What of the engine's own configuration differs."""

    def config(self, seed: int, *, larger: bool = False) -> Config:
        """The engine's configuration on the marketplace of a seed."""
        of = self.larger if larger else self
        size = {"creators": of.creators, "brands": of.brands, "campaigns": of.campaigns}
        return load_config(overrides={**self.engine, "simulation": {**size, "seed": seed}})


def read_settings(path: Path) -> TuningSettings:
    """Raises ConfigError naming the file, the key and what is wrong with it."""
    try:
        return TuningSettings.model_validate(read_yaml(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {place}: {first['msg']}") from None
