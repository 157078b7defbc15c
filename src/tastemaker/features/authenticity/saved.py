"""Fitted models of authenticity as JSON files: written whole or not at all, read with every fault named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tastemaker.atomic import atomic_file
from tastemaker.errors import FeatureError

Fitted = TypeVar("Fitted")


def save_fitted(path: Path, version: int, values: dict[str, Any]) -> None:
    """Writes ``values`` and the format ``version`` to ``path``; floats keep every bit."""
    with atomic_file(path) as partial:
        text = json.dumps({"format": version, **values}, indent=1, allow_nan=False)
        partial.write_text(text + "\n", encoding="utf-8")


def load_fitted(
    path: Path,
    version: int,
    what: str,
    read: Callable[[dict[str, Any]], Fitted],
    way_out: str = "fit and save again",
) -> Fitted:
    """What ``read`` makes of the values in ``path``; a ValueError of it says what does not fit.

    Raises FeatureError naming the file that is missing, damaged or of another format, that ``what`` was expected
    there, and the ``way_out``.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != version:
            raise ValueError(f"format {values['format']!r}")
        return read(values)
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise FeatureError(
            f"{path}: {error} where {what} of format {version} was expected; {way_out}"
        ) from None
