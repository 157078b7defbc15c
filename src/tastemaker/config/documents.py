"""YAML files: the configuration, and the tables of words and rules that packages carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tastemaker.atomic import atomic_file
from tastemaker.errors import ConfigError

# The parser in C reads a lexicon ten times faster; both give the same values.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path, expected: str = "keys with values") -> dict[str, Any]:
    """The mapping in a YAML file, empty for an empty file.

    Raises ConfigError that names the file where it can not be read, is no YAML or holds no mapping of ``expected``.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise ConfigError(f"{path}: can not be read: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: expected {expected}, got {type(data).__name__}")
    return data


def write_yaml(path: Path, values: Mapping[str, Any], remarks: Sequence[str] = ()) -> None:
    """``values`` as YAML below ``remarks``, a comment line each; the file is there whole, or as it was."""
    said = "".join(f"# {line}".rstrip() + "\n" for line in remarks)
    body = yaml.safe_dump(dict(values), sort_keys=False) if values else ""
    with atomic_file(path) as partial:
        partial.write_text(said + body, encoding="utf-8")
