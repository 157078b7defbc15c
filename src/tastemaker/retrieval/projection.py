"""The projection inside the content block: from the encoder's width to the index's."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tastemaker.errors import IndexingError
from tastemaker.retrieval.selection import Floats

SAMPLE = 100_000
"""Rows that the axes are estimated from; more change the third digit of nothing."""


class ContentProjection:
    """A linear map of content vectors, followed by scaling to unit length. ``weight``: float32 (width in,
    width out).

    Fitted, its columns are the leading right singular vectors of the *uncentred* vectors (Eckart and Young,
    1936): of all maps of that width they keep the most of the inner products, which is what the search
    compares. Centring would compare deviations from the mean instead. Columns are orthonormal, so the same
    map serves briefs and creators.
    """

    def __init__(self, weight: NDArray[np.floating]) -> None:
        self.weight: Floats = np.ascontiguousarray(weight, dtype=np.float32)
        self._identity = np.array_equal(self.weight, np.eye(len(self.weight), dtype=np.float32))

    @classmethod
    def fit(cls, vectors: NDArray[np.floating], dim: int, seed: int = 0) -> Self:
        """The map of (n, width) vectors to ``dim`` columns; the identity where ``dim`` is no narrower than
        they are."""
        width = vectors.shape[1]
        if width <= dim:
            return cls(np.eye(width))
        if len(vectors) > SAMPLE:
            picked = np.random.default_rng(seed).choice(len(vectors), SAMPLE, replace=False)
            vectors = vectors[np.sort(picked)]
        rows = vectors.astype(np.float64)
        axes = np.linalg.svd(rows.T @ rows, hermitian=True)[0][:, :dim]
        # A singular vector's sign is free; fixing it makes the weights comparable between machines.
        strongest = axes[np.abs(axes).argmax(axis=0), np.arange(dim)]
        return cls(axes * np.where(strongest < 0, -1.0, 1.0))

    @property
    def width_in(self) -> int:
        return int(self.weight.shape[0])

    @property
    def width(self) -> int:
        return int(self.weight.shape[1])

    def transform(self, vectors: NDArray[np.floating]) -> Floats:
        """(n, width in) to unit rows (n, width); a zero row stays zero. Raises IndexingError for another
        width."""
        if vectors.ndim != 2 or vectors.shape[1] != self.width_in:
            raise IndexingError(
                f"the projection takes content vectors of width {self.width_in}; got shape {vectors.shape}: "
                "were they made with another encoder?"
            )
        rows = vectors.astype(np.float32) if self._identity else vectors.astype(np.float32) @ self.weight
        return unit_rows(rows)

    def save(self, path: Path) -> None:
        """Writes a safetensors file with one tensor, ``projection``."""
        save_file({"projection": self.weight}, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what :meth:`save` wrote. Raises IndexingError with the file's name."""
        return cls(read_tensors(path, "projection")["projection"])


def unit_rows(rows: NDArray[np.floating]) -> Floats:
    """Rows scaled to length one; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0).astype(np.float32)
    return scaled


def read_tensors(path: Path, *names: str) -> dict[str, Floats]:
    """The tensors of a safetensors file, ``names`` among them. Raises IndexingError with the file's name."""
    try:
        tensors: dict[str, Floats] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise IndexingError(
            f"{path}: can not be read as safetensors: {error}; build the index again"
        ) from None
    missing = [n for n in names if n not in tensors]
    if missing:
        raise IndexingError(f"{path}: has no tensor {missing[0]!r}; holds {sorted(tensors)}")
    return tensors
