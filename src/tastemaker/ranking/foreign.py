"""Models made elsewhere behind the ranker contract: a file and a declaration of what it reads, served as they are."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker.errors import RankingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting.frames import feature_matrix
from tastemaker.ranking.base import Ranker
from tastemaker.ranking.declared import DECLARATION, read_declaration, write_declaration
from tastemaker.schema import ModelDeclaration


class ForeignRanker(Ranker):
    """A fitted model in a file. Its bytes are kept as they came; its score of a pair is its own, to the last bit.

    ``declared`` names the pair features it reads, in its order. Raises RankingError for a column that there is not,
    and for a file that is no such model or does not fit its declaration.
    """

    FILE: ClassVar[str]
    """What the model's file is called in a folder."""

    def __init__(self, model: bytes, declared: ModelDeclaration, where: str = "model") -> None:
        require_known(declared.columns, where)
        self.model = model
        self.declared = declared
        self.columns = declared.columns
        self.calibrated = declared.calibrated
        self._where = where
        self._fill = np.array([declared.fill.get(c, np.nan) for c in declared.columns])

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the model's file."""
        return hashlib.sha256(self.model).hexdigest()

    @property
    def notes(self) -> tuple[str, ...]:
        note = f"ordered by the model {self.declared.name!r}, made elsewhere: no forecasts"
        return (note if self.explains else f"{note} and no contributions of features",)

    def fit(self, examples: pd.DataFrame, sample_weight: np.ndarray | None = None) -> Self:  # noqa: ARG002
        raise RankingError(
            f"{self.name}: the model {self.declared.name!r} was fitted elsewhere; fit it there and import the new file"
        )

    def value(self, pairs: pd.DataFrame) -> np.ndarray:
        """The model's score of each pair. Raises RankingError where it is not finite, or not positive though declared
        as calibrated."""
        x = self._matrix(pairs)
        values = np.zeros(0) if len(x) == 0 else np.asarray(self._predict(x), dtype=np.float64)
        self._check(x, values)
        return values

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.FILE).write_bytes(self.model)
        write_declaration(folder / DECLARATION, self.declared)

    @classmethod
    def load(cls, folder: Path) -> Self:
        path = folder / cls.FILE
        return cls(read_model(path), read_declaration(folder / DECLARATION), str(path))

    @abstractmethod
    def _predict(self, x: NDArray[np.float64]) -> np.ndarray:
        """Scores (n,) of rows (n, columns), n at least 1."""

    def _matrix(self, pairs: pd.DataFrame) -> NDArray[np.float64]:
        x = feature_matrix(pairs, self.columns, self.name)
        return np.where(np.isnan(x), self._fill, x)

    def _check(self, x: NDArray[np.float64], values: np.ndarray) -> None:
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            row = int(bad[0])
            unknown = [c for c, v in zip(self.columns, x[row], strict=True) if np.isnan(v)]
            why = f"unknown there: {', '.join(unknown[:8])}" if unknown else "nothing is unknown there"
            raise RankingError(
                f"{self._where}: the model {self.declared.name!r} gave {values[row]} for row {row} of {len(values)}"
                f" ({why}); give a number in the declaration's 'fill' for columns in which it can not take NaN"
            )
        if self.calibrated and (values <= 0).any():
            row = int(np.flatnonzero(values <= 0)[0])
            raise RankingError(
                f"{self._where}: the model {self.declared.name!r} is declared as calibrated and gave {values[row]};"
                " a value is a positive KPI per US dollar: declare 'calibrated' false"
            )


def read_model(path: Path) -> bytes:
    """The bytes of a model's file. Raises RankingError naming it where there are none."""
    try:
        model = path.read_bytes()
    except OSError as error:
        raise RankingError(
            f"{path}: can not be read: {error.strerror or error}; name the model's file"
        ) from None
    if not model:
        raise RankingError(f"{path}: the file is empty; export the model again")
    return model


def require_known(columns: Sequence[str], where: str) -> None:
    """Raises RankingError naming every one of ``columns`` that is no pair feature, and what there is."""
    unknown = [c for c in columns if c not in PAIR_FEATURES]
    if not unknown:
        return
    near = {c: get_close_matches(c, PAIR_FEATURES, n=1) for c in unknown}
    named = ", ".join(f"{c} (did you mean {n[0]}?)" if n else c for c, n in near.items())
    raise RankingError(
        f"{where}: there is no feature {named}; a brief and a creator have: {', '.join(PAIR_FEATURES)}"
    )
