"""Invented names: syllables of no language, so that no real person or firm is meant."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np

_HEADS = (
    "ba", "bre", "ca", "cor", "da", "dre", "e", "fa", "fen", "ga", "hal", "i", "jo", "ka", "kel", "la",
    "lo", "ma", "mi", "na", "nor", "o", "pa", "pri", "qua", "ra", "ro", "sa", "sel", "ta", "tri", "u", "va",
    "vel", "wi", "xa", "ya", "yo", "za", "zel",
)  # fmt: skip
_MIDS = (
    "bi", "cu", "do", "fi", "go", "ha", "je", "ki", "li", "lu", "me", "mo", "ne", "ni", "pe", "qui", "re",
    "ri", "so", "su", "te", "ti", "va", "vi", "xo", "za",
)  # fmt: skip
_TAILS = (
    "bar", "cil", "den", "dra", "fex", "gan", "lin", "lor", "mak", "mur", "nel", "nox", "pin", "quen",
    "rik", "ro", "sha", "tel", "tis", "vane", "vik", "wyn", "xis", "zor",
)  # fmt: skip
_SHOPS = (
    "Works",
    "Collective",
    "Atelier",
    "Supply",
    "Labs",
    "House",
    "Goods",
    "Studio",
    "Union",
    "Foundry",
    "Corner",
    "Society",
)


def words(count: int, rng: np.random.Generator) -> list[str]:
    """``count`` different invented words, capitalised."""
    seen: dict[str, None] = {}
    while len(seen) < count:
        heads, mids, tails, short = (
            rng.integers(0, n, count) for n in (len(_HEADS), len(_MIDS), len(_TAILS), 3)
        )
        for h, m, t, s in zip(heads, mids, tails, short, strict=True):
            word = (
                _HEADS[h]
                + (_MIDS[m] if s else "")
                + (_MIDS[(m * 7 + t) % len(_MIDS)] if s == 2 else "")
                + _TAILS[t]
            )
            seen.setdefault(word.capitalize())
    return list(seen)[:count]


def brand_names(count: int, rng: np.random.Generator) -> list[str]:
    """``count`` different brand names such as 'Quavelin Works'."""
    roots, shops = words(count, rng), rng.integers(0, len(_SHOPS), count)
    return [f"{root} {_SHOPS[s]}" for root, s in zip(roots, shops, strict=True)]


@lru_cache(maxsize=50_000)
def slug(text: str) -> str:
    """Letters and digits only, lower case, accents dropped: how a name becomes a handle or a hashtag."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())
