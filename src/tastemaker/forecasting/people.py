"""Whom a forecaster has read results of: their codes, and what of theirs is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd

from tastemaker.errors import RankingError
from tastemaker.forecasting.frames import KPI_COLUMNS, numbers
from tastemaker.forecasting.own import STRANGER, OwnFactor

CREATOR = "creator_id"
FILE = "creators.parquet"


class Asked(NamedTuple):
    """Pairs as heads read them: ``x`` (n, columns), and ``who`` (n,), the codes of the creators."""

    x: np.ndarray
    who: np.ndarray

    def only(self, rows: np.ndarray) -> Asked:
        return Asked(self.x[rows], self.who[rows])


@dataclass(frozen=True)
class People:
    """``ids`` (k,), ascending: a creator's place is the code. ``pending`` (k,): results that are under way."""

    ids: np.ndarray
    pending: np.ndarray

    @classmethod
    def of(cls, examples: pd.DataFrame) -> Self:
        """Everyone who was chosen or answered in ``examples``; under way is what was chosen, not declined, and has no
        cost yet."""
        chosen = (
            examples["chosen"].eq(True).fillna(False).to_numpy(dtype=bool)
            if "chosen" in examples
            else np.ones(len(examples), bool)
        )
        agreed, cost = numbers(examples, "agreed", "examples"), numbers(examples, "cost", "examples")
        names = examples[CREATOR].to_numpy(dtype=str)
        quoted = np.isfinite(numbers(examples, "quoted", "examples"))
        read = np.isfinite(np.column_stack([numbers(examples, kpi, "examples") for kpi in KPI_COLUMNS])).any(
            axis=1
        )
        ids = np.unique(names[chosen | np.isfinite(agreed) | np.isfinite(cost) | quoted | read])
        waiting = chosen & (agreed != 0.0) & ~np.isfinite(cost)
        waiting[waiting] = ~repeated(examples[waiting])
        return cls(ids, np.bincount(_places(ids, names[waiting]), minlength=len(ids)).astype(np.float64))

    def __len__(self) -> int:
        return len(self.ids)

    def codes(self, frame: pd.DataFrame) -> np.ndarray:
        """(n,) of the frame's ``creator_id``; :data:`STRANGER` of whom nothing was read, and without that column."""
        if CREATOR not in frame.columns or not len(self.ids):
            return np.full(len(frame), STRANGER)
        return _places(self.ids, frame[CREATOR].to_numpy(dtype=str))

    def save(self, folder: Path, factors: Mapping[str, OwnFactor]) -> None:
        """Writes ``creators.parquet``: a row per creator, with the sum and number of their readings by each factor."""
        table = {CREATOR: self.ids, "pending": self.pending}
        for name, factor in sorted(factors.items()):
            table |= {f"{name} total": factor.total, f"{name} count": factor.count}
        pd.DataFrame(table).to_parquet(folder / FILE, index=False)

    @classmethod
    def load(
        cls, folder: Path, variances: Mapping[str, Mapping[str, Any]]
    ) -> tuple[Self, dict[str, OwnFactor]]:
        """What :meth:`save` wrote; ``variances``: factor -> its ``between`` and ``within``.

        Raises RankingError naming the file that is missing or damaged."""
        path = folder / FILE
        try:
            table = pd.read_parquet(path)
            people = cls(table[CREATOR].to_numpy(dtype=str), table["pending"].to_numpy(dtype=np.float64))
            factors = {
                name: OwnFactor(
                    float(told["between"]),
                    float(told["within"]),
                    table[f"{name} total"].to_numpy(dtype=np.float64),
                    table[f"{name} count"].to_numpy(dtype=np.float64),
                )
                for name, told in variances.items()
            }
        except (OSError, ValueError, KeyError) as error:
            raise RankingError(
                f"{path}: {error} where creators of a saved forecaster were expected; train again"
            ) from None
        return people, factors


def repeated(examples: pd.DataFrame) -> np.ndarray:
    """(n,) whether a row above tells of the same campaign and creator: decisions of one campaign share its results."""
    again = examples.duplicated(["campaign_id", CREATOR]) & examples["campaign_id"].notna()
    return np.asarray(again.to_numpy(dtype=bool))


def _places(ids: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Where each of ``names`` stands in the ascending ``ids``; :data:`STRANGER` for who does not."""
    if not len(ids):
        return np.full(len(names), STRANGER)
    at = np.minimum(np.searchsorted(ids, names), len(ids) - 1)
    return np.where(ids[at] == names, at, STRANGER)
