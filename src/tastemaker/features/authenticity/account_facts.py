"""What a profile page tells of an account, on the scales that a model of authenticity reads, and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tastemaker.errors import FeatureError

FACTS: tuple[str, ...] = (
    "followers",
    "following",
    "bio_length",
    "media_count",
    "has_picture",
    "is_private",
    "handle_digits",
    "handle_length",
)
"""Columns: counts (accounts, characters, posts) of at least 0, and two flags (0 or 1). NaN is unknown."""

FLAGS = ("has_picture", "is_private")


@dataclass(frozen=True)
class Term:
    """One line or curve of the model: ``topic`` is the reason that it belongs to."""

    name: str
    topic: str
    curved: bool


TERMS: tuple[Term, ...] = (
    Term("followers", "follows", True),
    Term("following", "follows", True),
    Term("ratio", "follows", True),
    Term("bio_length", "bio", False),
    Term("media_count", "media", False),
    Term("has_picture", "picture", False),
    Term("is_private", "private", False),
    Term("handle_digits", "digits", False),
    Term("handle_length", "handle", False),
)

TOPICS: tuple[str, ...] = tuple(dict.fromkeys(term.topic for term in TERMS))

NUMBERS: dict[str, tuple[str, ...]] = {
    "follows": ("followers", "following"),
    "bio": ("bio_length",),
    "media": ("media_count",),
    "picture": ("has_picture",),
    "private": ("is_private",),
    "digits": ("handle_digits",),
    "handle": ("handle_length",),
}
"""Topic -> the facts behind it."""


def account_facts(accounts: pd.DataFrame) -> dict[str, np.ndarray]:
    """Column -> float64 (n,). Raises FeatureError for a missing column, a count below 0 or a flag that is none."""
    missing = [name for name in FACTS if name not in accounts.columns]
    if missing:
        raise FeatureError(
            f"accounts: column {', '.join(missing)} is missing; expected {', '.join(FACTS)}, NaN where unknown"
        )
    facts = {name: accounts[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in FACTS}
    for name, values in facts.items():
        wrong = (values < 0) | np.isinf(values) | ((values > 1) if name in FLAGS else False)
        if wrong.any():
            row = int(np.argmax(wrong))
            expected = "0, 1" if name in FLAGS else "a count from 0 up"
            raise FeatureError(f"accounts row {row}: {name} is {values[row]:g}; expected {expected} or NaN")
    return facts


def handle_facts(handle: str) -> dict[str, int]:
    """``handle_digits`` and ``handle_length`` of a handle; a leading @ is no part of it."""
    bare = handle.removeprefix("@")
    return {"handle_digits": sum(c.isdigit() for c in bare), "handle_length": len(bare)}


def term_values(facts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Term -> (n,): ln(1 + count), flags as they are; ``ratio`` is ln((1 + following) / (1 + followers))."""
    values = {name: x if name in FLAGS else np.log1p(x) for name, x in facts.items()}
    values["ratio"] = values["following"] - values["followers"]
    return {term.name: values[term.name] for term in TERMS}


def words(topic: str, numbers: dict[str, float]) -> str:
    """What the facts of a topic say, all known: ``"follows 1,645 accounts and is followed by 33"``."""
    return _WORDS[topic](*(round(numbers[name]) for name in NUMBERS[topic]))


def _count(n: int, one: str, many: str) -> str:
    return f"no {many}" if n == 0 else f"1 {one}" if n == 1 else f"{n:,} {many}"


_WORDS: dict[str, Callable[..., str]] = {
    "follows": lambda followers, following: (
        f"follows {_count(following, 'account', 'accounts')} and is followed by {followers:,}"
    ),
    "bio": lambda n: "has no bio" if n == 0 else f"has a bio of {_count(n, 'character', 'characters')}",
    "media": lambda n: f"has {_count(n, 'post', 'posts')}",
    "picture": lambda n: "has a profile picture" if n else "has no profile picture",
    "private": lambda n: "is private" if n else "is public",
    "digits": lambda n: f"has {_count(n, 'digit', 'digits')} in its handle",
    "handle": lambda n: f"has a handle of {_count(n, 'character', 'characters')}",
}
