"""A simulated folder as frames, and how tests make one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tastemaker import config
from tastemaker.schema import TABLES
from tastemaker.simulation import simulate


class Tables:
    """The tables of a simulated folder as frames, read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            self._read[name] = pd.read_parquet(self.folder / f"{name}.parquet")
        return self._read[name]

    @property
    def names(self) -> list[str]:
        return [name for name in TABLES if (self.folder / f"{name}.parquet").exists()]


def make(folder: Path, **settings: Any) -> Tables:
    simulate(config.Simulation(**settings), folder)
    return Tables(folder)
