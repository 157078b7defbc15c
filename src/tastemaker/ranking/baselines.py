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
UNKNOWN = {"content_similarity": 0.0, "audience_fit": 0.5}
"""What an unknown fit counts as. The cosine of two texts that have nothing to do with each other is about 0, and most
pairs are near it: anything higher would put those who say nothing above those who say something else. Overlaps of two
audiences spread around one half."""


class PopularityRanker(Ranker):
    """Most followers first, whatever the brief: what marketers lean to, and the baseline to beat."""

    name = "popularity"
    columns = ("log_followers",)

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

    An unknown similarity or fit counts as :data:`UNKNOWN`: what is to be expected of a pair of which nothing is known.
    """

    name = "content"
    columns = tuple(UNKNOWN)

    def __init__(self, content_weight: float = 1.0, audience_weight: float = 0.5) -> None:
        self.content_weight = content_weight
        self.audience_weight = audience_weight

    def fit(self, examples: pd.DataFrame, sample_weight: np.ndarray | None = None) -> Self:  # noqa: ARG002
        return self

    def value(self, pairs: pd.DataFrame) -> np.ndarray:
        """content_weight x content_similarity + audience_weight x audience_fit."""
        return np.asarray(self.contributions(pairs)[1].sum(axis=1))

    def contributions(self, pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:
        """Each fit against what it is when unknown; the baseline is a pair of which nothing is known."""
        names, usual = list(UNKNOWN), np.array(list(UNKNOWN.values()))
        weights = np.array([self.content_weight, self.audience_weight])
        known = feature_matrix(pairs, names, self.name)
        fits = np.where(np.isnan(known), usual, known) - usual
        baseline = np.full(len(fits), weights @ usual)
        return [*names, BASELINE], np.column_stack([fits * weights, baseline])

    def save(self, folder: Path) -> None:
        values = {"content_weight": self.content_weight, "audience_weight": self.audience_weight}
        write_saved(folder / f"{self.name}.json", values, FORMAT)

    @classmethod
    def load(cls, folder: Path) -> Self:
        values = read_saved(folder / f"{cls.name}.json", FORMAT)
        return cls(values["content_weight"], values["audience_weight"])
