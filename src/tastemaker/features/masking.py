"""Words written so that a filter does not see them: ``sh1t``, ``a$$``, ``f*ck``, ``p.o.r.n``, ``fuuuck``.

Each is unmasked on its own and looked up whole, so that a discount code (``GLOW15``) or a size (``4xl``) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tastemaker.features.folding import fold
from tastemaker.features.phrases import Found, Learned

_LETTERS = str.maketrans("0345$7@", "oeassta")
_LEAST = 3
_MASKED = re.compile(r"[a-z].*[013457*$!@]|[013457*$!@].*[a-z]")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_STARS = re.compile(r"\*+")
_HINT = re.compile(r"[a-z][$!@][a-z$]|\$[a-z]")
_SIGNED = re.compile(r"(?<![a-z0-9@#_.])[a-z0-9*$]*[$!@][a-z0-9*$!@]*[a-z0-9$]")
_SPACED = re.compile(r"(?<![a-z0-9'])[a-z]([ ._*-])[a-z](?:\1[a-z])+(?![a-z0-9'])")


class MaskedWords:
    """The phrases of one word among ``phrases``, by number, in a masked form; what it learned of a word is kept."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._exact: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        for number, phrase in enumerate(phrases):
            alone = len(re.split(r"[\s'-]+", phrase.strip())) == 1
            for word in fold(phrase).split("|") if alone else ():
                plain = word.removesuffix("~")
                if len(plain) >= _LEAST and plain.isalpha():
                    (self._stems if word.endswith("~") else self._exact).setdefault(plain, []).append(number)
        self._lines = "\n".join(self._exact)
        self._known = Learned(self._numbers)

    def find(self, folded: str, tokens: Sequence[str]) -> list[Found]:
        """Places of masked words, each once for every phrase. ``tokens``: the ``words`` of ``folded``."""
        known = self._known.__getitem__
        found: list[Found] = []
        if any(map(known, tokens)):
            for token in sorted(set(tokens)):
                place = re.compile(rf"(?<![a-z0-9_*]){re.escape(token)}(?![a-z0-9_*])")
                found += [Found(n, *m.span()) for n in known(token) for m in place.finditer(folded)]
        if _HINT.search(folded):
            for match in _SIGNED.finditer(folded):
                found += [Found(number, *match.span()) for number in known(match.group())]
        # Letters that stand alone are rare but for elisions, so three of them are worth a look.
        if list(map(len, tokens)).count(1) >= _LEAST:
            for match in _SPACED.finditer(folded):
                found += [Found(number, *match.span()) for number in self._plain(match.group()[::2])]
        return sorted(found)

    def _numbers(self, token: str) -> tuple[int, ...]:
        word = token.removeprefix("#")
        if len(word) < _LEAST or word.startswith("@"):
            return ()
        found: set[int] = set()
        if _STRETCHED.search(word):
            found |= {n for short in (r"\1", r"\1\1") for n in self._plain(_STRETCHED.sub(short, word))}
        # A digit at the end numbers a word, it masks none.
        masked = word.rstrip("0123456789")
        if _MASKED.search(masked) and 2 * sum(map(str.isalpha, masked)) >= len(masked) - masked.count("$"):
            if "*" in masked:
                found |= self._starred(masked)
            else:
                plain = masked.translate(_LETTERS)
                found |= {n for one in "il" for n in self._plain(plain.replace("1", one).replace("!", one))}
        return tuple(sorted(found))

    def _plain(self, word: str) -> list[int]:
        numbers = list(self._exact.get(word, ()))
        for length in range(_LEAST, len(word) + 1):
            numbers += self._stems.get(word[:length], ())
        return numbers

    def _starred(self, word: str) -> set[int]:
        """Each run of stars is as many letters, or one more."""
        plain = re.sub("[1!]", "[il]", word.translate(_LETTERS))
        pattern = _STARS.sub(lambda run: f"[a-z]{{{len(run.group())},{len(run.group()) + 1}}}", plain)
        whole = re.compile(rf"^{pattern}$", re.MULTILINE)
        found = {n for match in whole.finditer(self._lines) for n in self._exact[match.group()]}
        begun = re.compile(pattern)
        return found | {n for stem, numbers in self._stems.items() if begun.fullmatch(stem) for n in numbers}
