"""Many phrases looked for in many captions at once: only those whose rarest words are there are tried.

A phrase is a line of words, folded as captions are. ``word~`` is any word that begins so, ``a|b`` either word,
``a|b?`` one of them or nothing, ``@`` a mention, ``<number>`` an amount (``$1,500``, ``300 €``, ``20k``), ``..`` up to
four words in between, ``a & b`` both in either order on one line, at most 60 characters apart. Each word may carry a
``#``; a phrase of plain words is also found as one hashtag (``paid partnership`` in ``#paidpartnership``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, reduce
from itertools import permutations
from operator import or_
from typing import NamedTuple

from tastemaker.errors import FeatureError
from tastemaker.features.folding import fold
from tastemaker.features.tongue import FUNCTION_WORDS

_START = r"(?<![a-z0-9_@#*])"
_END = r"(?![a-z0-9_*])"
_BETWEEN = r"[^a-z0-9_@#\n.!?|]{1,3}"
_MENTION = r"@[a-z0-9_.]+"
_GAP = rf"(?:{_BETWEEN}[#@]?[a-z0-9_*]+){{0,4}}"
# A currency sign that is not ASCII folds to a bar.
_NUMBER = r"(?:[$|] ?)?\d(?:[\d., ]{0,9}\d)?(?:k|m)?(?: ?[$|%])?"
_NEAR = r"[^\n]{1,60}?"
_WORD = re.compile(r"[a-z0-9_*]+")
_AMOUNT = "<number>"
_SIGNS = ("@", "..", "&")
_REST = "[a-z0-9_*]*"
_KEPT = 400_000
_SLOTS = 3


class Found(NamedTuple):
    """Phrase number ``phrase`` stands at ``start:end`` of the folded text."""

    phrase: int
    start: int
    end: int


class Slot(NamedTuple):
    """A part of a phrase: one of ``words``, or a word that begins with one of ``stems``."""

    words: tuple[str, ...]
    stems: tuple[str, ...]


class Compiled(NamedTuple):
    """``pattern`` over folded text; it can only match where all ``slots`` are filled and ``needs`` are in the text."""

    pattern: str
    slots: tuple[Slot, ...]
    needs: tuple[str, ...]


@cache
def compile_phrase(phrase: str, where: str = "phrase") -> Compiled:
    """Raises FeatureError for a phrase without a word to look for. Kept: every bucket asks for the same ones again."""
    # "don't" is two words in a caption, so it is here.
    parts = [p for p in re.split(r"[\s'-]+", fold(phrase)) if p]
    literals = [p for p in parts if p not in _SIGNS and not p.endswith("?") and _AMOUNT not in p.split("|")]
    for part in parts:
        if part not in _SIGNS and not all(
            word == _AMOUNT or _WORD.fullmatch(word.removesuffix("~"))
            for word in part.removesuffix("?").split("|")
        ):
            raise FeatureError(
                f"{where}: {part!r} in {phrase!r} is no word; see features/phrases.py for the signs"
            )
    sides = _sides(parts)
    if not literals or not all(sides) or any(_loose(side[0]) or _loose(side[-1]) for side in sides):
        raise FeatureError(f"{where}: {phrase!r} needs a word, and '..', '&' or 'a?' between two")
    pattern = _either_order([_START + _sequence(side) for side in sides])
    slots = [_slot(part) for part in sorted(literals, key=_rarity, reverse=True)[:_SLOTS]]
    if len(parts) > 1 and all(_WORD.fullmatch(p) for p in parts):
        joined = "".join(parts)
        pattern += f"|{_START}#?{re.escape(joined)}{_END}"
        slots = [Slot((*slot.words, joined), slot.stems) for slot in slots]
    needs = ["@"] * ("@" in parts) + [p.removesuffix("~") for p in literals if "|" not in p]
    return Compiled(pattern, tuple(slots), tuple(needs) if len(parts) > 1 else ())


class PhraseBook:
    """Phrases by number, in the order given. It keeps what it learned of each word, so one book serves all captions.

    A set of phrases is an integer, phrase ``n`` its bit ``n``: for each slot the words of a caption have the union of
    theirs, and only phrases in the union of every slot are tried.
    """

    def __init__(self, phrases: Iterable[str], where: str = "phrases") -> None:
        self._compiled = [compile_phrase(p, where) for p in phrases]
        self._exact: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        self._open = [0] * _SLOTS
        for number, one in enumerate(self._compiled):
            for place, slot in enumerate(one.slots):
                for known, words in ((self._exact, slot.words), (self._stems, slot.stems)):
                    for word in words:
                        known.setdefault(word, [0] * _SLOTS)[place] |= 1 << number
            for place in range(len(one.slots), _SLOTS):
                self._open[place] |= 1 << number
        self._lengths = sorted({len(s) for s in self._stems})
        self._known = Learned(self._sets)

    def find(self, folded: str, tokens: Sequence[str], among: int = -1) -> list[Found]:
        """All places of all phrases, by number and then by place.

        ``tokens``: the ``words`` of ``folded``; ``among``: only phrases of this set, as an integer of their bits.
        """
        first, second, third = self._open
        for hit in filter(None, map(self._known.__getitem__, tokens)):
            first |= hit[0]
            second |= hit[1]
            third |= hit[2]
        left = first & second & third & among
        found: list[Found] = []
        while left:
            lowest = left & -left
            left ^= lowest
            number = lowest.bit_length() - 1
            one = self._compiled[number]
            for need in one.needs:
                if need not in folded:
                    break
            else:
                found += [Found(number, *match.span()) for match in _pattern(one.pattern).finditer(folded)]
        return found

    def _sets(self, token: str) -> tuple[int, ...]:
        word = token.removeprefix("#")
        hits = [self._exact[word]] if word in self._exact else []
        hits += [self._stems[word[:n]] for n in self._lengths if n <= len(word) and word[:n] in self._stems]
        return tuple(reduce(or_, sets) for sets in zip(*hits, strict=True))


class Learned(dict[str, tuple[int, ...]]):
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


def _sides(parts: list[str]) -> list[list[str]]:
    """The parts on either side of ``&``; one side without it."""
    sides: list[list[str]] = [[]]
    for part in parts:
        if part == "&":
            sides.append([])
        else:
            sides[-1].append(part)
    return sides


def _loose(part: str) -> bool:
    return part == ".." or part.endswith("?")


def _sequence(parts: list[str]) -> str:
    pattern, joint = "", ""
    for part in parts:
        if part == "..":
            pattern += _GAP
        elif part.endswith("?"):
            pattern += f"(?:{joint}{_element(part.removesuffix('?'))})?"
        else:
            pattern += joint + _element(part)
            joint = _BETWEEN
    # An amount may end in a currency sign, after which no word ends.
    return pattern if _AMOUNT in parts[-1] else pattern + _END


def _either_order(sides: list[str]) -> str:
    if len(sides) == 1:
        return sides[0]
    return "|".join(_NEAR.join(order) for order in permutations(sides))


def _element(part: str) -> str:
    if part == "@":
        return _MENTION
    choices = "|".join(
        _NUMBER if w == _AMOUNT else re.escape(w.removesuffix("~")) + _REST * w.endswith("~")
        for w in part.split("|")
    )
    return f"#?(?:{choices})"


def _slot(part: str) -> Slot:
    choices = part.split("|")
    stems = tuple(w.removesuffix("~") for w in choices if w.endswith("~"))
    return Slot(tuple(w for w in choices if not w.endswith("~")), stems)


def _rarity(part: str) -> tuple[bool, int]:
    # A word that says something is rarer than a function word, a long one rarer than a short one.
    choices = [w.removesuffix("~") for w in part.split("|")]
    return not any(w in FUNCTION_WORDS for w in choices), min(len(w) for w in choices)
