"""Many phrases looked for in many captions at once: only those whose rarest word is there are tried.

A phrase is a line of words, folded as captions are. ``word~`` is any word that begins so, ``a|b`` either word, ``@`` a
mention, ``..`` up to four words in between. Each word may carry a ``#``; a phrase of plain words is also found as one
hashtag (``paid partnership`` in ``#paidpartnership``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from tastemaker.errors import FeatureError
from tastemaker.features.folding import fold
from tastemaker.features.tongue import FUNCTION_WORDS

_START = r"(?<![a-z0-9_@#*])"
_END = r"(?![a-z0-9_*])"
_BETWEEN = r"[^a-z0-9_@#\n.!?|]{1,3}"
_MENTION = r"@[a-z0-9_.]+"
_GAP = rf"(?:{_BETWEEN}[#@]?[a-z0-9_*]+){{0,4}}"
_WORD = re.compile(r"[a-z0-9_*]+")
_REST = "[a-z0-9_*]*"
_KEPT = 400_000


class Found(NamedTuple):
    """Phrase number ``phrase`` stands at ``start:end`` of the folded text."""

    phrase: int
    start: int
    end: int


class Compiled(NamedTuple):
    """``pattern`` over folded text; it can only match where a word is in ``words`` or begins with one of ``stems``, and
    all of ``needs`` are in the text."""

    pattern: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    needs: tuple[str, ...]


@cache
def compile_phrase(phrase: str, where: str = "phrase") -> Compiled:
    """Raises FeatureError for a phrase without a word to look for. Kept: every bucket asks for the same ones again."""
    # "don't" is two words in a caption, so it is here.
    parts = [p for p in re.split(r"[\s'-]+", fold(phrase)) if p]
    literals = [p for p in parts if p not in ("@", "..")]
    for part in literals:
        for word in part.split("|"):
            if not _WORD.fullmatch(word.removesuffix("~")):
                raise FeatureError(
                    f"{where}: {part!r} in {phrase!r} is no word; see features/phrases.py for the signs"
                )
    if not literals or parts[0] == ".." or parts[-1] == "..":
        raise FeatureError(f"{where}: {phrase!r} needs a word, and '..' between two")
    pattern, joint = "", ""
    for part in parts:
        if part == "..":
            pattern += _GAP
        else:
            pattern += joint + _element(part)
            joint = _BETWEEN
    pattern = _START + pattern + _END
    words, stems = _anchors(literals)
    if len(parts) > 1 and all(_WORD.fullmatch(p) for p in parts):
        pattern += f"|{_START}#?{re.escape(''.join(parts))}{_END}"
        words = (*words, "".join(parts))
    needs = ["@"] * ("@" in parts) + [p.removesuffix("~") for p in literals if "|" not in p]
    return Compiled(pattern, words, stems, tuple(needs) if len(parts) > 1 else ())


class PhraseBook:
    """Phrases by number, in the order given. It keeps what it learned of each word, so one book serves all captions."""

    def __init__(self, phrases: Iterable[str], where: str = "phrases") -> None:
        self._compiled = [compile_phrase(p, where) for p in phrases]
        self._exact: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        for number, one in enumerate(self._compiled):
            for word in one.words:
                self._exact.setdefault(word, []).append(number)
            for stem in one.stems:
                self._stems.setdefault(stem, []).append(number)
        self._lengths = sorted({len(s) for s in self._stems})
        self._known = _Learned(self._numbers)

    def find(self, folded: str, tokens: Sequence[str]) -> list[Found]:
        """All places of all phrases, by number and then by place. ``tokens``: the ``words`` of ``folded``."""
        hits = set(map(self._known.__getitem__, tokens))
        hits.discard(())
        if not hits:
            return []
        found = []
        for number in sorted({n for hit in hits for n in hit}):
            one = self._compiled[number]
            for need in one.needs:
                if need not in folded:
                    break
            else:
                found += [Found(number, *match.span()) for match in _pattern(one.pattern).finditer(folded)]
        return found

    def _numbers(self, token: str) -> tuple[int, ...]:
        word = token.removeprefix("#")
        numbers = list(self._exact.get(word, ()))
        for length in self._lengths:
            numbers += self._stems.get(word[:length], ()) if len(word) >= length else ()
        return tuple(numbers)


class _Learned(dict[str, tuple[int, ...]]):
    """Word -> the phrases that it may begin; asked once for each word, and forgotten before it grows too large."""

    def __init__(self, ask: Callable[[str], tuple[int, ...]]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, token: str) -> tuple[int, ...]:
        if len(self) > _KEPT:
            self.clear()
        self[token] = found = self._ask(token)
        return found


# Compiled when first tried: of a thousand phrases a bucket tries a few dozen.
_pattern = cache(re.compile)


def _element(part: str) -> str:
    if part == "@":
        return _MENTION
    choices = "|".join(re.escape(w.removesuffix("~")) + _REST * w.endswith("~") for w in part.split("|"))
    return f"#?(?:{choices})"


def _anchors(literals: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    # A word that says something is rarer than a function word, a long one rarer than a short one; of one with several
    # choices each must be looked for.
    choices = max(literals, key=_rarity).split("|")
    whole = tuple(w for w in choices if not w.endswith("~"))
    return whole, tuple(w.removesuffix("~") for w in choices if w.endswith("~"))


def _rarity(part: str) -> tuple[bool, int]:
    choices = [w.removesuffix("~") for w in part.split("|")]
    return not any(w in FUNCTION_WORDS for w in choices), min(len(w) for w in choices)
