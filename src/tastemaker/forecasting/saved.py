"""Fitted numbers as JSON: what forecasters and rankers save besides their trees. No pickle, no code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tastemaker.errors import RankingError


def write_saved(path: Path, values: dict[str, Any], version: int) -> None:
    """Writes ``values`` and the format version to ``path``; floats keep every bit. Makes the folder if absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": version, **values}, indent=1, sort_keys=True, allow_nan=False)
    path.write_text(text, encoding="utf-8")


def read_saved(path: Path, version: int) -> dict[str, Any]:
    """The values in ``path``. Raises RankingError when it is missing, damaged or of another format version."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RankingError(
            f"{path}: can not be read: {error.strerror or error}; fit and save again"
        ) from None
    except ValueError as error:
        raise RankingError(f"{path}: not JSON: {error}; fit and save again") from None
    found = values.get("format") if isinstance(values, dict) else None
    if found != version:
        raise RankingError(f"{path}: format {found!r}, this version reads {version}; fit and save again")
    return dict(values)
