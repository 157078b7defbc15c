"""The trivial encoder: hashed words and letter groups. A baseline, and a quick stand-in where a model is too slow."""

from __future__ import annotations

import re
from zlib import crc32

import numpy as np

from tastemaker.encoders.encoder import Matrix, TextEncoder

_WORD = re.compile(r"\w+|[^\w\s]")


class HashingEncoder(TextEncoder):
    """Each word, and each group of four letters of it, adds or subtracts one at a place that its CRC-32 names.

    >>> from tastemaker.encoders import load_encoder
    >>> load_encoder("hashing").encode(["trail running"]).shape
    (1, 256)
    """

    id = "hashing/words+letters4/1"
    dim = 256

    def _embed(self, texts: list[str]) -> Matrix:
        out = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            for term in _terms(text):
                code = crc32(term.encode())
                row[code % self.dim] += 1.0 if code & 0x10000 else -1.0
            length = float(np.linalg.norm(row))
            if length > 0.0:
                row /= length
            else:  # every term was cancelled by another
                row[0] = 1.0
        return out


def _terms(text: str) -> list[str]:
    words = _WORD.findall(text.casefold()) or [text]
    return words + [word[i : i + 4] for word in words if len(word) > 4 for i in range(len(word) - 3)]
