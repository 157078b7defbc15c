"""The language of a caption, by its function words; unknown where too little speaks for one language."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

from tastemaker.features.folding import OTHER_SCRIPT

LANGUAGES = ("en", "es", "fr", "de", "pt")
"""The languages whose words the signals know. Any other is told apart as :data:`OTHER`."""

OTHER = "other"

# Folded function words. The last row speaks for a language that the signals do not know, so that Dutch is not taken
# for German, nor Italian for Spanish.
_WORDS = {
    "en": "the and is it my this with for you to of in on i was are we that have from your so not but just be at our "
    "what all me been out how when they can they her his she he if about will an who by or up as had has no do "
    "these those there their them more some than too very off its into over after before because would could t s "
    "re ve ll",
    "es": "el la los las de que y en un una con por para mi no es se lo su muy pero como mas al del este esta esto ya "
    "me te le nos os tu yo he ha hoy sin hay son fue porque cuando donde todo toda todos tan mis sus unas unos "
    "soy eres somos estoy estamos tengo tiene si ni o desde mira mirad les hasta",
    "fr": "le la les de des du et en un une avec pour dans sur mon ma mes ce cette ces je tu il elle nous vous on que "
    "qui est pas ne plus mais au aux son sa ses notre votre j l d c qu n s m t y tout tous toute sans chez suis "
    "etait ont ete comme tres si ou par moi toi",
    "de": "der die das und ist ich mit nicht ein eine einen einem einer zu den dem auf fur im in von es wir ihr sie er "
    "mein meine meinen meiner mich mir dich dir so auch aber wie wenn hat habe haben war sind bin noch nur nach "
    "bei aus am um zum zur was uns euch euer dass des ganz mal schon heute wieder vom als oder kein keine ohne alle "
    "meines meinem neue neuer neues endlich ganze diese dieser dieses",
    "pt": "o a os as de que e em um uma com por para meu minha meus minhas nao se no na nos nas do da dos das ao eu "
    "voce voces muito mas como mais esse essa este esta isso ja me te foi sem tem ser sou so quando onde tudo "
    "todo toda pra pro pelo pela ate tao sao estou estava hoje ou ele ela quem acha",
    OTHER: "het een van ik niet met voor zijn maar wat dat naar mijn ook weer er op aan bij hij deze heeft nog hele en "
    "il che di per non sono della con questo anche piu mio mia gli nel alla ho oggi fatto molto una e "
    "jag och det att som inte med pa ar har den jeg ikke og er min mitt det til av "
    "nie jest na to sie ze jak ale z w i po od moj moja jestem dzisiaj bardzo bir ve bu cok icin ben da de ne mi "
    "yang dan di ini itu saya untuk dengan aku tidak ja sam je na se u",
}
_SHIFT = 16
_ORDER = (*LANGUAGES, OTHER)


def _votes() -> dict[str, int]:
    """Word -> one vote in the 16 bits of each language that has it; the votes of a caption are their sum."""
    votes: dict[str, int] = {}
    for place, language in enumerate(_ORDER):
        for word in set(_WORDS[language].split()):
            votes[word] = votes.get(word, 0) + (1 << (_SHIFT * place))
    return votes


_VOTES = _votes()
_VOTE = _VOTES.get
FUNCTION_WORDS = frozenset(_VOTES)
"""Folded words that say more of the language than of the matter."""

_MOST = (1 << _SHIFT) - 1


def tongue(folded: str, tokens: Sequence[str], declared: str | None = None) -> str | None:
    """One of :data:`LANGUAGES`, :data:`OTHER`, or None where neither the words nor ``declared`` tell.

    ``declared`` is what the account says of itself (ISO 639-1). It stands unless at least two more function words speak
    for another language than for it; without it one word more decides.
    """
    foreign = folded.count(OTHER_SCRIPT)
    if foreign and 2 * foreign > sum(map(len, tokens)):
        return OTHER
    own = None if declared is None else declared if declared in LANGUAGES else OTHER
    total = sum(map(_VOTE, tokens[:_MOST], repeat(0)))
    if not total:
        return own
    counts = [(total >> (_SHIFT * place)) & _MOST for place in range(len(_ORDER))]
    best = max(counts)
    if own is not None:
        return own if best - counts[_ORDER.index(own)] < 2 else _clear(counts, best, own)
    return _clear(counts, best, None)


def _clear(counts: list[int], best: int, otherwise: str | None) -> str | None:
    leading = [language for language, count in zip(_ORDER, counts, strict=True) if count == best]
    # The list of other languages is short and wide: two words of one known language outweigh two of some others.
    if len(leading) == 2 and best > 1 and leading[1] == OTHER:
        return leading[0]
    return leading[0] if len(leading) == 1 else otherwise
