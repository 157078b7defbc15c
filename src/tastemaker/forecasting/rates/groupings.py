"""Rows to columns: which group of each grouping a row belongs to, and the sparse matrix of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse

from tastemaker.forecasting.frames import require


@dataclass(frozen=True)
class Grouping:
    """Groups that agree in all of ``columns``; ``levels``: the texts of those columns, a tuple for each known group.

    A grouping of ("campaign", "age") beside one of ("campaign",) is nested in it; ("campaign",) and ("age",) cross.
    """

    columns: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, columns: Sequence[str], units: pd.DataFrame) -> Self:
        """The groups that occur in ``units``; a row in which one of the columns is unknown belongs to none."""
        keys = _keys(units, columns)
        return cls(tuple(columns), tuple(sorted({key for key in keys if key is not None})))

    def codes(self, units: pd.DataFrame) -> np.ndarray:
        """The number of each row's group (rows,), -1 for a group that is new or unknown."""
        place = {level: i for i, level in enumerate(self.levels)}
        codes = [-1 if key is None else place.get(key, -1) for key in _keys(units, self.columns)]
        return np.array(codes, dtype=np.int64)


def one_hot(codes: np.ndarray, levels: int) -> sparse.csr_array:
    """(rows, levels), a one where the row belongs; nothing for the code -1."""
    row = np.flatnonzero(codes >= 0)
    return sparse.csr_array((np.ones(len(row)), (row, codes[row])), shape=(len(codes), levels))


def _keys(units: pd.DataFrame, columns: Sequence[str]) -> list[tuple[str, ...] | None]:
    require(units, columns, "units")
    texts = [[_text(value) for value in units[column].tolist()] for column in columns]
    return [None if None in row else row for row in zip(*texts, strict=True)]


def _text(value: Any) -> str | None:
    """A group's name; 916 and 916.0 are the same one."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        if np.isnan(value):
            return None
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
