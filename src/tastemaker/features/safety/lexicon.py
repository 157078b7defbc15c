"""The words of brand safety: twelve categories, one YAML file each, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tastemaker.config import read_yaml
from tastemaker.errors import FeatureError
from tastemaker.features.strictly import choice, mapping, texts
from tastemaker.features.tongue import LANGUAGES
from tastemaker.schema import SAFETY_CATEGORIES, SAFETY_LEVELS

FOLDER = Path(__file__).with_name("lexicon")
ANY = "any"
_NAMED = re.compile(r"<(\w+)>")


class Term(NamedTuple):
    """A phrase of a language (or ``any``) that speaks for a level, 1 to 3; level 0 is a harmless phrase.

    ``masked``: a word that counts only where it is masked (``s3x``), for it says little in the open.
    """

    category: int
    level: int
    language: str
    phrase: str
    masked: bool = False


class Sign(NamedTuple):
    """An emoji or other sign, looked for as it is."""

    category: int
    level: int
    sign: str


@dataclass(frozen=True)
class Lexicon:
    """``descriptions``: texts that say what each category is about, in the order of ``SAFETY_CATEGORIES``."""

    terms: tuple[Term, ...]
    signs: tuple[Sign, ...]
    descriptions: tuple[tuple[str, ...], ...]


@cache
def load_lexicon(folder: Path = FOLDER) -> Lexicon:
    """``<category>.yaml`` of every category in ``folder``.

    Raises ConfigError for a file that can not be read and FeatureError that names file, key and value.
    """
    terms: list[Term] = []
    signs: list[Sign] = []
    descriptions = []
    for number, name in enumerate(SAFETY_CATEGORIES):
        where = f"{name}.yaml"
        top = mapping(read_yaml(folder / where), where, ("descriptions", "terms"), ("harmless", "sets"))
        descriptions.append(texts(top["descriptions"], f"{where}: descriptions"))
        if not isinstance(top["terms"], list):
            raise FeatureError(f"{where}: terms holds {top['terms']!r:.80}; expected a list")
        own: list[Term] = []
        for place, raw in enumerate(top["terms"]):
            said, shown = _entry(raw, f"{where}: terms[{place}]", number)
            own += said
            signs += shown
        own += _phrases(
            mapping(top.get("harmless", {}), f"{where}: harmless"), f"{where}: harmless", number, 0
        )
        sets = _sets(top.get("sets", {}), f"{where}: sets")
        terms += [term._replace(phrase=_filled(term, sets, where)) for term in own]
    return Lexicon(tuple(terms), tuple(signs), tuple(descriptions))


def _sets(raw: object, where: str) -> dict[tuple[str, str], str]:
    """(name, language) -> the choice of words that ``<name>`` stands for in phrases of the language."""
    found = {}
    for name, said in mapping(raw, where).items():
        for language, choices in mapping(said, f"{where}.{name}").items():
            place = f"{where}.{name}.{language}"
            found[name, choice(language, LANGUAGES, place)] = "|".join(texts(choices, place))
    return found


def _filled(term: Term, sets: dict[tuple[str, str], str], where: str) -> str:
    def words(match: re.Match[str]) -> str:
        named = sets.get((match[1], term.language))
        if named is None and match[1] != "number":
            raise FeatureError(
                f"{where}: {term.phrase!r} ({term.language}): no set {match[1]!r} of that language"
            )
        return named or match[0]

    return _NAMED.sub(words, term.phrase)


def _entry(raw: object, where: str, category: int) -> tuple[list[Term], list[Sign]]:
    one = mapping(raw, where, ("level",), ("signs", "masked", ANY, *LANGUAGES))
    level = SAFETY_LEVELS.index(choice(one["level"], SAFETY_LEVELS[1:], f"{where}.level"))
    signs = [Sign(category, level, sign) for sign in texts(one.get("signs", []), f"{where}.signs")]
    masked = [Term(category, level, ANY, w, True) for w in texts(one.get("masked", []), f"{where}.masked")]
    said = {key: value for key, value in one.items() if key not in ("level", "signs", "masked")}
    return _phrases(said, where, category, level) + masked, signs


def _phrases(said: dict[str, object], where: str, category: int, level: int) -> list[Term]:
    found = []
    for language, phrases in said.items():
        choice(language, (*LANGUAGES, ANY), where)
        found += [Term(category, level, language, p) for p in texts(phrases, f"{where}.{language}")]
    return found
