"""What one caption holds against a brand's safety: category, level and the words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from tastemaker.features.masking import MaskedWords
from tastemaker.features.phrases import PhraseBook
from tastemaker.features.safety.lexicon import ANY, Lexicon, Term, load_lexicon
from tastemaker.features.tongue import LANGUAGES


@cache
def usual_reader() -> SafetyReader:
    """The reader of the package's own lexicon, made once in a process: its thousands of phrases take a second."""
    return SafetyReader(load_lexicon())


class Hit(NamedTuple):
    """``words`` of the caption at ``start`` speak for ``level`` (1 to 3) of category number ``category``."""

    category: int
    level: int
    words: str
    start: int


class SafetyReader:
    """Reads captions one by one; what it learns of words is kept."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._terms = sorted((term for term in lexicon.terms if term.level), key=lambda term: term.masked)
        self._harmless = [term for term in lexicon.terms if not term.level]
        self._book = PhraseBook((term.phrase for term in self._terms if not term.masked), "safety")
        self._masks = MaskedWords(term.phrase for term in self._terms)
        self._excuses = PhraseBook((term.phrase for term in self._harmless), "safety")
        self._signs = lexicon.signs
        self._of = {
            language: (_spoken_set(self._terms, language), _spoken_set(self._harmless, language))
            for language in (*LANGUAGES, None)
        }

    def read(self, text: str, folded: str, tokens: Sequence[str], language: str | None) -> list[Hit]:
        """Hits in the order of category and place; of hits that overlap in a category the highest stays.

        ``text``: composed; ``folded``: of its length, with its ``tokens``. Terms of the caption's ``language`` and of
        any language count; one that a harmless phrase of its category overlaps does not.
        """
        said, excused = self._of.get(language, self._of[None])
        hits = [
            Hit(term.category, term.level, text[one.start : one.end], one.start)
            for one in (*self._book.find(folded, tokens, said), *self._masks.find(folded, tokens))
            for term in (self._terms[one.phrase],)
            if _spoken(term, language)
        ]
        if hits:
            hits = self._excused(hits, folded, tokens, excused)
        if not text.isascii():
            hits += [
                Hit(s.category, s.level, s.sign, text.index(s.sign)) for s in self._signs if s.sign in text
            ]
        return _widest(hits) if len(hits) > 1 else hits

    def _excused(self, hits: list[Hit], folded: str, tokens: Sequence[str], spoken: int) -> list[Hit]:
        excuses = [
            (self._harmless[one.phrase].category, one.start, one.end)
            for one in self._excuses.find(folded, tokens, spoken)
        ]
        return [
            hit
            for hit in hits
            if not any(
                category == hit.category and start < hit.start + len(hit.words) and hit.start < end
                for category, start, end in excuses
            )
        ]


def _spoken(term: Term, language: str | None) -> bool:
    return term.language in (language, ANY)


def _spoken_set(terms: Sequence[Term], language: str | None) -> int:
    """The numbers of the terms that count in a language, as the bits of an integer."""
    return sum(1 << number for number, term in enumerate(terms) if _spoken(term, language))


def _widest(hits: list[Hit]) -> list[Hit]:
    """One hit a place: the highest level, of these the longest."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.category, -h.level, -len(h.words), h.start)):
        if not any(
            other.category == hit.category
            and other.start < hit.start + len(hit.words)
            and hit.start < other.start + len(other.words)
            for other in kept
        ):
            kept.append(hit)
    return sorted(kept, key=lambda h: (h.category, h.start))
