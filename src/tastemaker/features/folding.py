"""Captions as plain letters, one for one: a place in the folded text is the same place in the caption."""

from __future__ import annotations

import re
import unicodedata

OTHER_SCRIPT = "\x01"
"""Stands for a letter that is not Latin."""

WORD = re.compile(r"[#@]?[a-z0-9_*]+")

_SPECIAL = {
    "ß": "s", "ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'", "‘": "'", "´": "'", "`": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-", "…": ".", "\u00a0": " ",
}  # fmt: skip


class _Fold(dict[int, str]):
    """``str.translate`` asks once for every character; the answer is kept."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(char: str) -> str:
    if char.isascii():
        return char.lower()
    special = _SPECIAL.get(char.lower())
    if special:
        return special
    base = unicodedata.normalize("NFKD", char)[0].lower()
    if base.isascii() and base.isprintable():
        return base
    if char.isalpha():
        return OTHER_SCRIPT
    # Marks and joiners leave no trace; an emoji or a foreign sign parts words as a bar does.
    return " " if unicodedata.category(char) in ("Mn", "Me", "Cf", "Zs", "Cc") else "|"


_TABLE = _Fold()


def compose(text: str) -> str:
    """The text with letters and their accents in one character each, as :func:`fold` expects them."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Small letters without accents, of the same length; other scripts become :data:`OTHER_SCRIPT`, emoji a bar.

    >>> fold("Größe XL · À bientôt")
    'grose xl | a bientot'
    """
    return text.lower() if text.isascii() else text.translate(_TABLE)


def words(folded: str) -> list[str]:
    """Words, hashtags (with ``#``) and mentions (with ``@``) of a folded text, in order."""
    return WORD.findall(folded)
