"""An encoder with a disk cache in front of it: the same vectors, each text encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tastemaker.encoders.cache import VectorCache
from tastemaker.encoders.encoder import Encoder, Matrix, checked, is_blank, readable


class CachedEncoder:
    """Looks every distinct text up in ``folder`` and encodes only what is missing."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self.encoder = encoder
        self.id = encoder.id
        self.dim = encoder.dim
        self._cache = VectorCache(folder, encoder.id, encoder.dim)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """As :class:`~tastemaker.encoders.Encoder`; raises EncoderError when the cache can not be written."""
        distinct, row_of = distinct_texts(texts)
        found, vectors = self._cache.get(distinct)
        missing = [text for text, there in zip(distinct, found, strict=True) if not there]
        if missing:
            vectors[~found] = self.encoder.encode(missing)
            self._cache.put(missing, vectors[~found])
        return spread(vectors, row_of)


def distinct_texts(texts: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """The distinct texts that are not blank, and for each text its place among them (-1: blank)."""
    places: dict[str, int] = {}
    row_of = np.full(len(texts), -1, dtype=np.int64)
    for i, text in enumerate(checked(texts)):
        clean = readable(text, i)
        if clean in places:
            row_of[i] = places[clean]
        elif not is_blank(clean):
            row_of[i] = places[clean] = len(places)
    return list(places), row_of


def spread(vectors: Matrix, row_of: np.ndarray) -> Matrix:
    """One row per text from the rows of the distinct ones; zero where ``row_of`` is -1."""
    out = np.zeros((len(row_of), vectors.shape[1]), dtype=np.float32)
    spoken = row_of >= 0
    out[spoken] = vectors[row_of[spoken]]
    return out
