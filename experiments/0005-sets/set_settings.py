"""The settings of run.py: config.yaml, as strict as the engine's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError

from tastemaker.config import Section
from tastemaker.errors import ConfigError


class SetSettings(Section):
    """``earlier``: numbers of earlier campaigns that forecasts learn from; one above what a world has is left out.
    ``reports``: overlap reports of two accounts that were imported. ``instances``: of ``options`` creators, against the
    exact solution; ``repeats``: of a timing."""

    creators: PositiveInt
    brands: PositiveInt
    campaigns: PositiveInt
    seeds: tuple[NonNegativeInt, ...] = Field(min_length=1)
    engine: dict[str, dict[str, Any]] = Field(default_factory=dict)
    earlier: tuple[PositiveInt, ...]
    reports: PositiveInt
    people: PositiveInt
    instances: PositiveInt
    options: PositiveInt
    many: PositiveInt
    repeats: PositiveInt
    draws: PositiveInt
    least: PositiveInt = 5
    most: PositiveInt = 10


def read_settings(path: Path) -> SetSettings:
    """Raises ConfigError naming the file, the key and what is wrong with it."""
    try:
        return SetSettings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: can not be read: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {place}: {first['msg']}") from None
