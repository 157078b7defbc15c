"""One strict, typed configuration with a digest. An unknown key is an error that names the nearest known one."""

from __future__ import annotations

import hashlib
import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from tastemaker.config.documents import read_yaml, write_yaml
from tastemaker.config.guards import Monitor, Promotion, Skew
from tastemaker.config.section import Section
from tastemaker.config.sections import (
    Confidence,
    Config,
    Encoders,
    Engine,
    Evaluation,
    Evidence,
    Exploration,
    Features,
    Forecasting,
    Ranking,
    Retrieval,
    Service,
    Simulation,
    Sources,
    Store,
    Training,
)
from tastemaker.config.tuning import Tuning
from tastemaker.errors import ConfigError

__all__ = [
    "Confidence",
    "Config",
    "Encoders",
    "Engine",
    "Evaluation",
    "Evidence",
    "Exploration",
    "Features",
    "Forecasting",
    "Monitor",
    "Promotion",
    "Ranking",
    "Retrieval",
    "Section",
    "Service",
    "Simulation",
    "Skew",
    "Sources",
    "Store",
    "Training",
    "Tuning",
    "digest",
    "load_config",
    "read_yaml",
    "write_yaml",
]


def load_config(*paths: str | Path, overrides: dict[str, dict[str, Any]] | None = None) -> Config:
    """The defaults, changed by each file in turn and then by ``overrides`` (section -> key -> value)."""
    merged: dict[str, Any] = {}
    for path in paths:
        _merge(merged, _read(Path(path)), str(path))
    if overrides:
        _merge(merged, overrides, "overrides")
    try:
        return Config.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        where = str(paths[-1]) if paths else "configuration"
        raise ConfigError(f"{where}: {place}: {first['msg']} (got {first['input']!r})") from None


def digest(*sections: BaseModel) -> str:
    """SHA-256 (hex) of the sections' values: the same values give the same digest, whatever file they came from."""
    text = json.dumps([s.model_dump(mode="json") for s in sections], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    return read_yaml(path, "sections such as 'retrieval:'")


def _merge(into: dict[str, Any], new: dict[str, Any], where: str) -> None:
    for section, values in new.items():
        _known(section, list(Config.model_fields), where, "section")
        if values is None:
            continue
        if not isinstance(values, dict):
            raise ConfigError(f"{where}: section {section!r} holds {values!r}; expected keys with values")
        fields = list(Config.model_fields[section].annotation.model_fields)  # type: ignore[union-attr]
        for key in values:
            _known(key, fields, where, "key", f"{section}.")
        into.setdefault(section, {}).update(values)


def _known(name: object, known: list[str], where: str, what: str, prefix: str = "") -> None:
    if name in known:
        return
    near = get_close_matches(str(name), known, n=1, cutoff=0.4)
    hint = f"did you mean {prefix}{near[0]}?" if near else f"known: {', '.join(known)}"
    raise ConfigError(f"{where}: unknown {what} {prefix}{name}; {hint}")
