"""Voice of texts: how near they are to the five dimensions of brand personality (Aaker 1997)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tastemaker.config import read_yaml
from tastemaker.errors import FeatureError
from tastemaker.features.strictly import mapping, texts

DIMENSIONS = ("sincerity", "excitement", "competence", "sophistication", "ruggedness")
FILE = Path(__file__).with_name("personality.yaml")


@dataclass(frozen=True)
class Personality:
    """``dimensions``: name -> sentences that sound like it; ``neutral``: sentences that sound like nothing."""

    dimensions: dict[str, tuple[str, ...]]
    neutral: tuple[str, ...]


@cache
def load_personality(path: Path = FILE) -> Personality:
    """Raises ConfigError for a file that can not be read and FeatureError that names file, key and value."""
    where = path.name
    top = mapping(read_yaml(path), where, ("dimensions", "neutral"))
    raw = mapping(top["dimensions"], f"{where}: dimensions", DIMENSIONS)
    found = {name: texts(raw[name], f"{where}: dimensions.{name}") for name in DIMENSIONS}
    neutral = texts(top["neutral"], f"{where}: neutral")
    if not neutral or not all(found.values()):
        raise FeatureError(f"{where}: every dimension and neutral need at least one sentence")
    return Personality(found, neutral)


def voice_scores(vectors: np.ndarray, directions: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """float64 (n, 5) by ``DIMENSIONS``: the way of each of ``vectors`` (n, dim) along each direction, 0 for a neutral
    text; NaN for a vector of zeros. A row does not hang on the other rows.

    The directions lie apart from what the five have in common, so the scores of a text sum to about the same for all.
    """
    scores = np.einsum("ij,kj->ik", vectors, directions).astype(np.float64) - origin
    spoken = np.einsum("ij,ij->i", vectors, vectors) > 0
    return np.where(spoken[:, None], scores, np.nan)
