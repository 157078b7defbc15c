"""The words of brand safety: twelve categories, one YAML file each, read strictly."""

from __future__ import annotations

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


class Term(NamedTuple):
    """A phrase of a language (or ``any``) that speaks for a level, 1 to 3; level 0 is a harmless phrase."""

    category: int
    level: int
    language: str
    phrase: str


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
        top = mapping(read_yaml(folder / where), where, ("descriptions", "terms"), ("harmless",))
        descriptions.append(texts(top["descriptions"], f"{where}: descriptions"))
        if not isinstance(top["terms"], list):
            raise FeatureError(f"{where}: terms holds {top['terms']!r:.80}; expected a list")
        for place, raw in enumerate(top["terms"]):
            said, shown = _entry(raw, f"{where}: terms[{place}]", number)
            terms += said
            signs += shown
        terms += _phrases(
            mapping(top.get("harmless", {}), f"{where}: harmless"), f"{where}: harmless", number, 0
        )
    return Lexicon(tuple(terms), tuple(signs), tuple(descriptions))


def _entry(raw: object, where: str, category: int) -> tuple[list[Term], list[Sign]]:
    one = mapping(raw, where, ("level",), ("signs", ANY, *LANGUAGES))
    level = SAFETY_LEVELS.index(choice(one["level"], SAFETY_LEVELS[1:], f"{where}.level"))
    signs = [Sign(category, level, sign) for sign in texts(one.get("signs", []), f"{where}.signs")]
    said = {key: value for key, value in one.items() if key not in ("level", "signs")}
    return _phrases(said, where, category, level), signs


def _phrases(said: dict[str, object], where: str, category: int, level: int) -> list[Term]:
    found = []
    for language, phrases in said.items():
        choice(language, (*LANGUAGES, ANY), where)
        found += [Term(category, level, language, p) for p in texts(phrases, f"{where}.{language}")]
    return found
