"""What an encoder is, and the rules that every encoder keeps whatever model is inside."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import EncoderError

Matrix = NDArray[np.float32]

# Space-like and invisible characters: alone they say nothing (Unicode general categories).
_SILENT = {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"}


class Encoder(Protocol):
    """Texts to unit vectors."""

    @property
    def id(self) -> str:
        """Model, version, number format and digest prefix: equal ids mean vectors that may be compared."""

    @property
    def dim(self) -> int:
        """Width of a vector."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        """(n, dim) float32, one unit row per text, an all-zero row for a blank one; no row depends on another."""


class TextEncoder(ABC):
    """Base of the models: checks the texts, gives blank ones their zero row, encodes the rest."""

    id: str
    dim: int

    def encode(self, texts: Sequence[str]) -> Matrix:
        """As :class:`Encoder` says. Lone surrogates count as U+FFFD. Raises EncoderError for a non-text."""
        clean = [readable(text, place) for place, text in enumerate(checked(texts))]
        spoken = [i for i, text in enumerate(clean) if not is_blank(text)]
        out = np.zeros((len(clean), self.dim), dtype=np.float32)
        if spoken:
            out[spoken] = self._embed([clean[i] for i in spoken])
        return out

    @abstractmethod
    def _embed(self, texts: list[str]) -> Matrix:
        """Unit rows for texts that are not blank; bit for bit the same for a text in any batch."""


def checked(texts: Sequence[str]) -> Sequence[str]:
    """The texts, unless somebody passed one bare string, whose letters would be encoded one by one."""
    if isinstance(texts, str):
        raise EncoderError(f"expected a sequence of texts, got one string {texts[:40]!r}; write [text]")
    return texts


def readable(text: str, place: int) -> str:
    """The text with lone surrogates (not encodable as UTF-8) replaced."""
    if not isinstance(text, str):
        raise EncoderError(
            f"text {place}: expected str, got {type(text).__name__}; give '' for an unknown text"
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def is_blank(text: str) -> bool:
    """True when nothing but spaces, control and invisible characters is in the text."""
    return all(unicodedata.category(char) in _SILENT for char in text)


def require_same(expected_id: str, got_id: str, where: str) -> None:
    """Raises EncoderError when vectors of two encoders are about to be mixed at ``where``."""
    if expected_id != got_id:
        raise EncoderError(
            f"{where}: vectors of encoder {got_id!r} can not be mixed with vectors of {expected_id!r}; "
            "encode both with the same encoder"
        )
