"""What every section of the experiment is given, and how a table of the data is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from signal_settings import Settings

from tastemaker.errors import SourceError
from tastemaker.progress import Progress


@dataclass(frozen=True)
class Inputs:
    """``data``: folder of the public data sets; ``holdout``: a folder of the same layout to be judged on, once.

    ``work``: where large files may lie while they are measured (None: the system's folder for such).
    ``quick``: simulated worlds are small and few, for tests.
    """

    data: Path
    holdout: Path | None
    settings: Settings
    tell: Progress
    work: Path | None = None
    quick: bool = False


Section: TypeAlias = Callable[[Inputs], Any]
"""A section writes what it found as JSON values; its key in the report is its name in the registry of ``run.py``."""


def read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """The rows of a Parquet file. Raises SourceError naming the file, or the column that it lacks."""
    try:
        frame = pd.read_parquet(path)
    except FileNotFoundError:
        raise SourceError(
            f"{path}: not there; --data and --holdout are folders with {path.parent.name}/{path.name} in them"
        ) from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: can not be read as Parquet: {error}") from None
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise SourceError(f"{path}: has no column {missing[0]!r}; expected {', '.join(columns)}")
    if frame.empty:
        raise SourceError(f"{path}: has no row")
    return frame
