"""Reading the tables of words and rules strictly: what is missing, unknown or of another kind is one clear error."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from tastemaker.errors import FeatureError


def mapping(
    value: object, where: str, required: Sequence[str] | None = None, optional: Sequence[str] = ()
) -> dict[str, Any]:
    """A mapping with text keys; with ``required`` it has these keys, perhaps the optional ones, and no others."""
    if not isinstance(value, dict) or not all(isinstance(k, str) for k in value):
        raise FeatureError(f"{where}: expected keys with values, got {value!r:.80}")
    if required is None:
        return value
    known = (*required, *optional)
    for key in value:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise FeatureError(f"{where}: unknown key {key!r}; {hint}")
    for key in required:
        if key not in value:
            raise FeatureError(f"{where}: key {key!r} is missing")
    return value


def texts(value: object, where: str) -> tuple[str, ...]:
    """A list of texts. YAML reads a bare ``no`` or ``on`` as a flag, so such words need quotes."""
    if not isinstance(value, list):
        raise FeatureError(f"{where}: expected a list of texts, got {value!r:.80}")
    for item in value:
        if not isinstance(item, str) or not item.strip():
            raise FeatureError(f"{where}: {item!r} is no text; put it in quotes")
    return tuple(value)


def number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FeatureError(f"{where}: {value!r} is no number")
    return float(value)


def whole(value: object, where: str) -> int:
    """A count of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise FeatureError(f"{where}: {value!r} is no whole number of at least 1")
    return value


def numbers(value: object, where: str) -> dict[str, float]:
    return {key: number(item, f"{where}.{key}") for key, item in mapping(value, where).items()}


def flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise FeatureError(f"{where}: {value!r} is not true or false")
    return value


def choice(value: object, known: Sequence[str], where: str) -> str:
    """One of ``known``."""
    if not isinstance(value, str) or value not in known:
        near = get_close_matches(str(value), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        raise FeatureError(f"{where}: {value!r} is not known; {hint}")
    return value
