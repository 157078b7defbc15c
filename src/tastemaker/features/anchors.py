"""Anchors: texts whose meaning is known, as vectors; what the vectors of posts and themes are compared with.

They must come from the encoder that made the posts' vectors; one file of them lies beside those of the buckets.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from tastemaker.encoders import VectorTable, read_vectors, write_vectors
from tastemaker.errors import FeatureError
from tastemaker.features.content.niches import NicheList, load_niches
from tastemaker.features.voice.personality import Personality, load_personality

if TYPE_CHECKING:
    from tastemaker.encoders import Encoder

_OWNER = "anchor"


@dataclass(frozen=True)
class Anchors:
    """``niches``: float32 (lines, dim), unit rows in the order of the list; ``voice``: (dimensions, dim) directions of
    unit length, and ``origin``: float64 (dimensions,), where a neutral text lies on them."""

    encoder_id: str
    niches: np.ndarray
    voice: np.ndarray
    origin: np.ndarray

    @classmethod
    def of(cls, texts: dict[str, np.ndarray], encoder_id: str) -> Self:
        """From text -> vector. Raises FeatureError naming a text of the lists that is not there."""
        niches, personality = load_niches(), load_personality()
        return cls(encoder_id, _rows(texts, niches.lines), *_directions(texts, personality))

    @classmethod
    def encode(cls, encoder: Encoder) -> Self:
        """By an encoder that is at hand; about a hundred short texts."""
        said = anchor_texts()
        return cls.of(dict(zip(said, encoder.encode(said), strict=True)), encoder.id)


def anchor_texts() -> list[str]:
    """The texts to encode, each once."""
    niches, personality = load_niches(), load_personality()
    sentences = [line for lines in personality.dimensions.values() for line in lines]
    return list(dict.fromkeys([*niches.lines, *sentences, *personality.neutral]))


def write_anchors(path: Path, vectors: np.ndarray, encoder_id: str) -> None:
    """The vectors of :func:`anchor_texts`, in its order, as a vector file."""
    write_vectors(path, _OWNER, anchor_texts(), vectors, encoder_id)


def read_anchors(path: Path, vectors: VectorTable) -> Anchors:
    """The anchors in a file. Raises FeatureError where they are not there or not of the encoder of ``vectors``."""
    if not path.is_file():
        raise FeatureError(
            f"{path}: no vectors of the anchors; encode them with write_anchors, or give no anchors"
        )
    found = read_vectors(path)
    if (found.encoder_id, found.matrix.shape[1]) != (vectors.encoder_id, vectors.matrix.shape[1]):
        raise FeatureError(
            f"{path}: anchors of {found.encoder_id!r} can not be compared with posts of {vectors.encoder_id!r}; "
            "encode both with one encoder"
        )
    return Anchors.of(dict(zip(found.ids.tolist(), found.matrix, strict=True)), found.encoder_id)


def _directions(texts: dict[str, np.ndarray], personality: Personality) -> tuple[np.ndarray, np.ndarray]:
    # What all dimensions share is no voice of its own: their mean is taken off, so that the scores differ.
    centres = np.stack([_mean(texts, lines) for lines in personality.dimensions.values()])
    apart = centres - centres.mean(axis=0)
    lengths = np.sqrt(np.einsum("ij,ij->i", apart, apart))[:, None]
    directions = np.divide(apart, lengths, out=np.zeros_like(apart), where=lengths > 0)
    origin = np.einsum(
        "ij,j->i", directions, _rows(texts, personality.neutral).astype(np.float64).mean(axis=0)
    )
    return directions.astype(np.float32), origin


def _mean(texts: dict[str, np.ndarray], lines: tuple[str, ...]) -> np.ndarray:
    mean: np.ndarray = _rows(texts, lines).astype(np.float64).mean(axis=0)
    length = float(np.sqrt((mean**2).sum()))
    return mean / length if length > 0 else mean


def _rows(texts: dict[str, np.ndarray], lines: tuple[str, ...]) -> np.ndarray:
    for line in lines:
        if line not in texts:
            raise FeatureError(f"anchors: no vector of {line!r}; the lists have changed, encode them again")
    return np.stack([texts[line] for line in lines]).astype(np.float32)


__all__ = ["Anchors", "NicheList", "anchor_texts", "read_anchors", "write_anchors"]
