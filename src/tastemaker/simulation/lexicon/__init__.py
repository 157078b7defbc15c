"""The words that the world speaks with, and what is known of its niches: JSON files beside this one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tastemaker.schema import NICHES

TONGUES = ("en", "es", "fr", "de", "pt")
"""The languages with a lexicon of their own, in the order of language codes inside the simulation."""

VALUES = (
    "sustainability", "craft", "honesty", "innovation", "family", "adventure", "tradition", "inclusion", "performance",
    "community", "luxury", "health",
)  # fmt: skip

THINGS = 10
"""Concepts of a niche; concept i is the same thing in every language."""


@dataclass(frozen=True)
class Words:
    """One niche in one language: what it is about, what its people do, and their hashtags."""

    things: tuple[str, ...]
    actions: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """One language. ``frames``: sentence frames by use; ``values``: brand values by their English key."""

    language: str
    frames: dict[str, tuple[str, ...]]
    values: dict[str, str]
    words: tuple[Words, ...]


@dataclass(frozen=True)
class Niche:
    """``female``: usual share of women in the audience; ``age``: its mean, in age bins; ``price``: a basket, USD."""

    name: str
    emoji: tuple[str, ...]
    related: tuple[int, ...]
    female: float
    age: float
    fee: float
    engagement: float
    price: float


@cache
def lexicon(language: str) -> Lexicon:
    data = _read(f"{language}.json")
    frames = {use: tuple(texts) for use, texts in data["frames"].items() if use != "value"}
    words = tuple(Words(*(tuple(data["words"][n][k]) for k in ("things", "actions", "tags"))) for n in NICHES)
    return Lexicon(language, frames, data["frames"]["value"], words)


@cache
def niches() -> tuple[Niche, ...]:
    """What is known of each niche, in the order of ``schema.NICHES``."""
    found = []
    for name in NICHES:
        facts = dict(_read("niches.json")[name])
        related = tuple(NICHES.index(other) for other in facts.pop("related"))
        found.append(Niche(name=name, emoji=tuple(facts.pop("emoji")), related=related, **facts))
    return tuple(found)


@cache
def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((files(__package__) / name).read_text(encoding="utf-8"))
    return data
