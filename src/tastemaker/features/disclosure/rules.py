"""The tables behind disclosure: jurisdictions, labels and cues, read strictly from the package's YAML files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tastemaker.config import read_yaml
from tastemaker.errors import FeatureError
from tastemaker.features.strictly import choice, flag, mapping, number, numbers, texts, whole
from tastemaker.features.tongue import LANGUAGES
from tastemaker.schema.tables import PLATFORMS

RULES = Path(__file__).with_name("rules.yaml")
CUES = Path(__file__).with_name("cues.yaml")


@dataclass(frozen=True)
class Source:
    """Public guidance that a rule condenses."""

    title: str
    url: str
    date: str


@dataclass(frozen=True)
class Jurisdiction:
    """``within``: ``start`` or ``fold``, where a label must begin; ``countries``: ISO 3166-1 alpha-2."""

    code: str
    name: str
    countries: tuple[str, ...]
    within: str
    platform_label: bool
    own_language: bool
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Label:
    """Words that disclose, as hashtags or standing apart, and phrases that do anywhere; clear where ``clear`` says."""

    language: str
    weight: float
    clear: frozenset[str]
    words: tuple[str, ...]
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """``fold``: platform -> characters shown before "more"."""

    jurisdictions: tuple[Jurisdiction, ...]
    labels: tuple[Label, ...]
    fold: dict[str, int]
    fold_lines: int
    start_characters: int
    buried_after: int

    def jurisdiction_of(self, country: str | None) -> str | None:
        """The code of the jurisdiction whose rules hold in a country; None where the table has none."""
        return next((j.code for j in self.jurisdictions if country in j.countries), None)


@dataclass(frozen=True)
class Cue:
    """A kind of wording; ``phrases``: language or ``any`` -> phrases; ``weight``: log-odds, negative against."""

    name: str
    weight: float
    phrases: dict[str, tuple[str, ...]]
    needs_mention: bool = False


@dataclass(frozen=True)
class Cues:
    """``weights``: bias, platform_label, tracked_link, known_brand, code_and_saving, code_alone (log-odds)."""

    weights: dict[str, float]
    cues: tuple[Cue, ...]
    code_words: tuple[str, ...]
    saving_words: tuple[str, ...]


@cache
def load_rules(path: Path = RULES) -> Rules:
    """The rules in a YAML file of the form of ``rules.yaml``. Raises FeatureError that names file, key and value."""
    where = path.name
    top = mapping(
        read_yaml(path), where,
        ("version", "reviewed", "fold", "start_characters", "buried_after_tags", "jurisdictions", "labels"),
    )  # fmt: skip
    fold = mapping(top["fold"], f"{where}: fold", ("lines", "characters"))
    jurisdictions = tuple(
        _jurisdiction(code, raw, f"{where}: jurisdictions.{code}")
        for code, raw in mapping(top["jurisdictions"], f"{where}: jurisdictions").items()
    )
    codes = tuple(j.code for j in jurisdictions)
    _one_country_each(jurisdictions, where)
    return Rules(
        jurisdictions=jurisdictions,
        labels=tuple(
            _label(raw, f"{where}: labels[{i}]", codes) for i, raw in enumerate(_list(top, "labels", where))
        ),
        fold={
            choice(k, PLATFORMS, f"{where}: fold.characters"): int(v)
            for k, v in numbers(fold["characters"], f"{where}: fold.characters").items()
        },
        fold_lines=whole(fold["lines"], f"{where}: fold.lines"),
        start_characters=whole(top["start_characters"], f"{where}: start_characters"),
        buried_after=whole(top["buried_after_tags"], f"{where}: buried_after_tags"),
    )


@cache
def load_cues(path: Path = CUES) -> Cues:
    """The cues in a YAML file of the form of ``cues.yaml``. Raises FeatureError that names file, key and value."""
    where = path.name
    weights = ("bias", "platform_label", "tracked_link", "known_brand", "code_and_saving", "code_alone")
    top = mapping(read_yaml(path), where, ("version", *weights, "cues", "codes"))
    codes = mapping(top["codes"], f"{where}: codes", ("words", "savings"))
    cues = []
    for i, raw in enumerate(_list(top, "cues", where)):
        place = f"{where}: cues[{i}]"
        one = mapping(raw, place, ("name", "weight", "phrases"), ("needs_mention",))
        spoken = mapping(one["phrases"], f"{place}.phrases")
        phrases = {
            choice(lang, (*LANGUAGES, "any"), f"{place}.phrases"): texts(said, f"{place}.phrases.{lang}")
            for lang, said in spoken.items()
        }
        weight, needs = number(one["weight"], f"{place}.weight"), flag(one.get("needs_mention", False), place)
        cues.append(Cue(str(one["name"]), weight, phrases, needs))
    return Cues(
        weights={name: number(top[name], f"{where}: {name}") for name in weights},
        cues=tuple(cues),
        code_words=texts(codes["words"], f"{where}: codes.words"),
        saving_words=texts(codes["savings"], f"{where}: codes.savings"),
    )


def _jurisdiction(code: str, raw: object, place: str) -> Jurisdiction:
    keys = ("name", "countries", "label_within", "platform_label", "own_language", "sources")
    one = mapping(raw, place, keys)
    sources = []
    for i, source in enumerate(_list(one, "sources", place)):
        named = mapping(source, f"{place}.sources[{i}]", ("title", "url", "date"))
        sources.append(Source(*(str(named[k]) for k in ("title", "url", "date"))))
    if not sources:
        raise FeatureError(f"{place}.sources is empty; a rule names the guidance that it condenses")
    return Jurisdiction(
        code=code,
        name=str(one["name"]),
        countries=texts(one["countries"], f"{place}.countries"),
        within=choice(one["label_within"], ("start", "fold"), f"{place}.label_within"),
        platform_label=flag(one["platform_label"], f"{place}.platform_label"),
        own_language=flag(one["own_language"], f"{place}.own_language"),
        sources=tuple(sources),
    )


def _label(raw: object, place: str, codes: tuple[str, ...]) -> Label:
    one = mapping(raw, place, ("language", "weight"), ("clear", "words", "phrases"))
    clear = texts(one.get("clear", []), f"{place}.clear")
    return Label(
        language=choice(one["language"], LANGUAGES, f"{place}.language"),
        weight=number(one["weight"], f"{place}.weight"),
        clear=frozenset(choice(c, codes, f"{place}.clear") for c in clear),
        words=texts(one.get("words", []), f"{place}.words"),
        phrases=texts(one.get("phrases", []), f"{place}.phrases"),
    )


def _list(top: dict[str, Any], key: str, where: str) -> list[Any]:
    values = top[key]
    if not isinstance(values, list):
        raise FeatureError(f"{where}: {key} holds {values!r}; expected a list")
    return values


def _one_country_each(jurisdictions: tuple[Jurisdiction, ...], where: str) -> None:
    seen: dict[str, str] = {}
    for one in jurisdictions:
        for country in one.countries:
            if country in seen:
                raise FeatureError(
                    f"{where}: {country} is in {seen[country]} and in {one.code}; keep it in one"
                )
            seen[country] = one.code
