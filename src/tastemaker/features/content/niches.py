"""Niche of a text or a theme without training: which description of a list it is nearest to, or none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tastemaker.config import read_yaml
from tastemaker.errors import FeatureError
from tastemaker.features.strictly import mapping, number, texts

FILE = Path(__file__).with_name("niches.yaml")
_WARMTH = 10.0


@dataclass(frozen=True)
class NicheList:
    """``names``: tier-1 names; ``lines``: their descriptions, ``owner[i]`` is the place of the name of line ``i``.

    ``calibration``: encoder (the part of its id before the first slash) -> (sharpness, least probability), fitted on
    labelled texts.
    """

    names: tuple[str, ...]
    lines: tuple[str, ...]
    owner: np.ndarray
    calibration: dict[str, tuple[float, float]]


@cache
def load_niches(path: Path = FILE) -> NicheList:
    """Raises ConfigError for a file that can not be read and FeatureError that names file, key and value."""
    where = path.name
    top = mapping(read_yaml(path), where, ("taxonomy", "niches", "calibration"))
    lines: list[str] = []
    owner: list[int] = []
    named = mapping(top["niches"], f"{where}: niches")
    for place, (name, raw) in enumerate(named.items()):
        found = texts(raw, f"{where}: niches.{name}")
        lines += found
        owner += [place] * len(found)
    if len(set(lines)) < len(lines) or len(set(owner)) < len(named):
        raise FeatureError(f"{where}: niches need at least one line each, and no line twice")
    return NicheList(tuple(named), tuple(lines), np.array(owner, dtype=np.int64), _calibration(top, where))


def niche_scores(vectors: np.ndarray, lines: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """float64 (n, niches): how near each of ``vectors`` (n, dim) is to each niche, in cosines.

    The soft maximum ln(mean(exp(10 cosine))) / 10 over the lines of a niche, so that one good line is enough and
    several help. A row does not hang on the other rows.
    """
    near = np.exp(_WARMTH * np.einsum("ij,kj->ik", vectors, lines).astype(np.float64))
    starts = np.searchsorted(owner, np.arange(int(owner[-1]) + 1))
    counts = np.diff(np.append(starts, len(owner)))
    scores: np.ndarray = np.log(np.add.reduceat(near, starts, axis=1) / counts) / _WARMTH
    return scores


def niche_probabilities(scores: np.ndarray, sharpness: float) -> np.ndarray:
    """Softmax of ``sharpness`` times the scores, rows sum to 1."""
    odds = np.exp(sharpness * (scores - scores.max(axis=1, keepdims=True)))
    shares: np.ndarray = odds / odds.sum(axis=1, keepdims=True)
    return shares


def _calibration(top: dict[str, object], where: str) -> dict[str, tuple[float, float]]:
    found = {}
    for encoder, raw in mapping(top["calibration"], f"{where}: calibration").items():
        place = f"{where}: calibration.{encoder}"
        one = mapping(raw, place, ("sharpness", "least"))
        found[encoder] = (
            number(one["sharpness"], f"{place}.sharpness"),
            number(one["least"], f"{place}.least"),
        )
    return found
