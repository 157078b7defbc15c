"""The words of tone, read strictly from one open list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tastemaker.config import read_yaml
from tastemaker.errors import FeatureError
from tastemaker.features.folding import fold
from tastemaker.features.strictly import mapping, texts
from tastemaker.features.tongue import LANGUAGES

FILE = Path(__file__).with_name("sentiment.yaml")


@dataclass(frozen=True)
class Tones:
    """``words``: folded word or sign -> 1 or -1; ``negations``: folded words that turn what follows."""

    words: dict[str, int]
    negations: frozenset[str]
    signs: str


@cache
def load_tones(path: Path = FILE) -> Tones:
    """Raises ConfigError for a file that can not be read and FeatureError for a word that is listed for both tones."""
    where = path.name
    top = mapping(read_yaml(path), where, ("positive", "negative", "negations", "signs"))
    words: dict[str, int] = {}
    for tone, name in ((1, "positive"), (-1, "negative")):
        listed = mapping(top[name], f"{where}: {name}", LANGUAGES)
        for language in LANGUAGES:
            for word in texts(listed[language], f"{where}: {name}.{language}"):
                _enter(words, fold(word), tone, f"{where}: {name}.{language}")
    signs = mapping(top["signs"], f"{where}: signs", ("positive", "negative"))
    for tone, name in ((1, "positive"), (-1, "negative")):
        for sign in texts([signs[name]], f"{where}: signs.{name}")[0]:
            _enter(words, sign, tone, f"{where}: signs.{name}")
    negations = frozenset(fold(word) for word in texts(top["negations"], f"{where}: negations"))
    return Tones(words, negations, signs["positive"] + signs["negative"])


def _enter(words: dict[str, int], word: str, tone: int, where: str) -> None:
    if " " in word or words.setdefault(word, tone) != tone:
        raise FeatureError(f"{where}: {word!r} must be one word, and of one tone in all languages")
