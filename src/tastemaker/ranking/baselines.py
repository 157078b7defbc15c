"""Rankers that need no history: the most followed, and the closest content and audience."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from tastemaker.forecasting.frames import feature_matrix
from tastemaker.forecasting.saved import read_saved, write_saved
from tastemaker.ranking.base import BASELINE, Ranker

FORMAT = 1
UNKNOWN_FIT = 0.5


class PopularityRanker(Ranker):
    """Most followers first, whatever the brief: what marketers lean to, and the baseline to beat."""

    name = "popularity"

    def fit(self, examples: pd.DataFrame, sample_weight: np.ndarray | None = None) -> Self:  # noqa: ARG002
        return self

    def value(self, pairs: pd.DataFrame) -> np.ndarray:
        """The logarithm of the followers; an unknown number counts as none."""
        return np.asarray(np.nan_to_num(feature_matrix(pairs, ["log_followers"], self.name)[:, 0], nan=0.0))

    def contributions(self, pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
        values = self.value(pairs)
        return ["log_followers", BASELINE], np.column_stack([values, np.zeros(len(values))])

    def save(self, folder: Path) -> None:
        write_saved(folder / f"{self.name}.json", {}, FORMAT)

    @classmethod
    def load(cls, folder: Path) -> Self:
        read_saved(folder / f"{cls.name}.json", FORMAT)
        return cls()


class ContentRanker(Ranker):
    """Closest first: weighted sum of content similarity and audience fit. Needs no outcomes; ``fit`` changes nothing.

    A similarity or fit that is unknown counts as one half, so that a creator is not ranked last for lack of data.
    """

    name = "content"

    def __init__(self, content_weight: float = 1.0, audience_weight: float = 0.5) -> None:
        self.content_weight = content_weight
        self.audience_weight = audience_weight

    def fit(self, examples: pd.DataFrame, sample_weight: np.ndarray | None = None) -> Self:  # noqa: ARG002
        return self

    def value(self, pairs: pd.DataFrame) -> np.ndarray:
        """content_weight x content_similarity + audience_weight x audience_fit."""
        return np.asarray(self.contributions(pairs)[1].sum(axis=1))

    def contributions(self, pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
        """Each fit against one half; the baseline is a pair of which nothing is known."""
        names = ["content_similarity", "audience_fit"]
        weights = np.array([self.content_weight, self.audience_weight])
        fits = np.nan_to_num(feature_matrix(pairs, names, self.name), nan=UNKNOWN_FIT) - UNKNOWN_FIT
        baseline = np.full(len(fits), weights.sum() * UNKNOWN_FIT)
        return [*names, BASELINE], np.column_stack([fits * weights, baseline])

    def save(self, folder: Path) -> None:
        values = {"content_weight": self.content_weight, "audience_weight": self.audience_weight}
        write_saved(folder / f"{self.name}.json", values, FORMAT)

    @classmethod
    def load(cls, folder: Path) -> Self:
        values = read_saved(folder / f"{cls.name}.json", FORMAT)
        return cls(values["content_weight"], values["audience_weight"])
