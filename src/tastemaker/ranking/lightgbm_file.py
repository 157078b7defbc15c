"""Any LightGBM text model behind the ranker contract."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker.errors import RankingError
from tastemaker.ranking.base import BASELINE
from tastemaker.ranking.foreign import ForeignRanker
from tastemaker.schema import ModelDeclaration


class LightGBMFileRanker(ForeignRanker):
    """What ``Booster.save_model`` wrote. The value is ``Booster.predict``'s, the link of its objective counted in.

    The model's features are taken in the declared order. Where it knows a declared column by that name, it must know
    it at that place; names of its own are taken as they come.
    """

    name = "lightgbm_file"
    FILE = "model.txt"

    def __init__(self, model: bytes, declared: ModelDeclaration, where: str = "model") -> None:
        super().__init__(model, declared, where)
        self._booster = _opened(model, where)
        self._require_fit(where)

    def raw(self, pairs: pd.DataFrame) -> np.ndarray:
        """The score (n,) before the objective's link: what TreeSHAP values sum to."""
        x = self._matrix(pairs)
        if len(x) == 0:
            return np.zeros(0)
        return np.asarray(self._booster.predict(x, raw_score=True, num_threads=1), dtype=np.float64)

    def contributions(self, pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
        """TreeSHAP of the raw score (Lundberg et al. 2018), as LightGBM gives it."""
        x, names = self._matrix(pairs), [*self.columns, BASELINE]
        if len(x) == 0:
            return names, np.zeros((0, len(names)))
        return names, np.asarray(self._booster.predict(x, pred_contrib=True, num_threads=1), np.float64)

    def gain_shares(self) -> dict[str, float] | None:
        gain = np.asarray(self._booster.feature_importance("gain"), dtype=np.float64)
        return dict(zip(self.columns, (gain / max(gain.sum(), 1e-12)).tolist(), strict=True))

    def _predict(self, x: NDArray[np.float64]) -> np.ndarray:
        return np.asarray(self._booster.predict(x, num_threads=1))

    def _require_fit(self, where: str) -> None:
        names, columns = self._booster.feature_name(), list(self.columns)
        if len(names) != len(columns):
            raise RankingError(
                f"{where}: the model reads {len(names)} features, the declaration names {len(columns)} columns;"
                " name one for each feature, in the model's order"
            )
        for place, (own, column) in enumerate(zip(names, columns, strict=True)):
            if own != column and column in names:
                raise RankingError(
                    f"{where}: the model's feature {place} is {own!r}, the declaration says {column!r}, which the model"
                    f" has at place {names.index(column)}; name the columns in the model's order"
                )
        outputs = self._booster.num_model_per_iteration()
        if outputs != 1:
            raise RankingError(f"{where}: the model gives {outputs} scores for a pair; a ranker needs one")
        if self._booster.pandas_categorical:
            raise RankingError(
                f"{where}: the model was fitted on pandas categories, whose codes can not be known here; fit it on"
                " numbers (objective and platform are codes already)"
            )


def _opened(model: bytes, where: str) -> lgb.Booster:
    try:
        return lgb.Booster(model_str=model.decode("utf-8"))
    except (lgb.basic.LightGBMError, ValueError) as error:
        raise RankingError(
            f"{where}: not a LightGBM text model: {' '.join(str(error).split())[:200]}; Booster.save_model writes one"
        ) from None
