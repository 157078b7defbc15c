"""From a name to an encoder."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from tastemaker.encoders.cached import CachedEncoder
from tastemaker.encoders.encoder import Encoder
from tastemaker.errors import EncoderError

OTHER_MODEL = "sentence-transformers:"


def _multilingual() -> Encoder:
    from tastemaker.encoders.multilingual import MultilingualEncoder

    return MultilingualEncoder()


def _minilm() -> Encoder:
    from tastemaker.encoders.reference import minilm_reference

    return minilm_reference()


def _minilm_int8() -> Encoder:
    from tastemaker.encoders.minilm_int8 import MinilmInt8Encoder, exported_folder

    return MinilmInt8Encoder(exported_folder())


def _hashing() -> Encoder:
    from tastemaker.encoders.hashing import HashingEncoder

    return HashingEncoder()


_ENCODERS: dict[str, Callable[[], Encoder]] = {
    "multilingual": _multilingual,
    "minilm": _minilm,
    "minilm-int8": _minilm_int8,
    "hashing": _hashing,
}


def load_encoder(name: str, *, cache: Path | None = None) -> Encoder:
    """The encoder of that name, with a disk cache in the folder ``cache`` if one is given.

    ``multilingual`` (512 numbers, 16 languages), ``minilm`` (384, English, needs torch), ``minilm-int8`` (the same
    weights without torch), ``hashing`` (256, no model: a baseline), or ``sentence-transformers:`` followed by a
    path or name. Raises EncoderError for another name, a missing package or weights with another digest.
    """
    if name.startswith(OTHER_MODEL) and len(name) > len(OTHER_MODEL):
        from tastemaker.encoders.reference import other_model

        encoder: Encoder = other_model(name.removeprefix(OTHER_MODEL))
    elif name in _ENCODERS:
        encoder = _ENCODERS[name]()
    else:
        raise EncoderError(_unknown(name))
    return encoder if cache is None else CachedEncoder(encoder, Path(cache))


def _unknown(name: str) -> str:
    near = get_close_matches(name, list(_ENCODERS), n=1, cutoff=0.4)
    known = ", ".join(_ENCODERS)
    hint = f"did you mean {near[0]}? known" if near else "known"
    return f"unknown encoder {name!r}; {hint}: {known}, or {OTHER_MODEL}<path or name>"
