"""The experiment's own settings, as strict as the engine's: an unknown key is an error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError

from tastemaker.config import Section
from tastemaker.errors import ConfigError


class AccountSettings(Section):
    """How the account models are compared."""

    folds: int = Field(ge=2)
    repeats: PositiveInt
    bins: PositiveInt
    p_to_win: float = Field(gt=0.0, lt=1.0)
    baseline: str


class ScaleSettings(Section):
    """How large the synthetic catalogues are, and what builds their snapshots."""

    posts: tuple[PositiveInt, ...]
    workers: PositiveInt
    moments: PositiveInt
    dim: PositiveInt


class AblationSettings(Section):
    """The marketplaces on which groups of signals are left out of the ranker and added: one per seed."""

    seeds: tuple[NonNegativeInt, ...] = Field(min_length=1)
    creators: PositiveInt
    brands: PositiveInt
    campaigns: PositiveInt


class SimulatedSettings(Section):
    """The simulated worlds whose figures are pooled; the seeds follow each other."""

    worlds: PositiveInt
    creators: PositiveInt
    campaigns: PositiveInt


class FraudSettings(Section):
    """Which marketplaces authenticity is judged on, and which it is learned from when a kind is left out."""

    creators: int = Field(ge=60)
    train_seeds: tuple[int, ...] = Field(min_length=1)
    test_seeds: tuple[int, ...] = Field(min_length=1)
    planted_share: float = Field(gt=0.0, lt=0.2)
    bins: PositiveInt

    def small(self) -> FraudSettings:
        """A size for tests: the order of magnitude of every figure, and no more."""
        few = {"creators": 250, "train_seeds": self.train_seeds[:1], "test_seeds": self.test_seeds[:2]}
        return self.model_copy(update=few)


class Settings(Section):
    """See ``config.yaml``, which spells all of them out."""

    seed: int
    bootstrap: PositiveInt
    accounts: AccountSettings
    ablation: AblationSettings
    scale: ScaleSettings
    simulated: SimulatedSettings
    frauds: FraudSettings


def read_settings(path: Path, asked: Mapping[str, Mapping[str, Any]] | None = None) -> Settings:
    """The settings of a file with ``asked`` (section -> key -> value) in the place of what it says.

    Raises ConfigError naming the file and the key at fault.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        for section, values in (asked or {}).items():
            found[section] = {**found.get(section, {}), **values}
        return Settings.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        raise ConfigError(f"{path}: {place}: {first['msg']} (got {first['input']!r})") from None
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: can not be read: {error}") from None
