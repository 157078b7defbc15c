"""All brands and creators side by side, described once: every similarity that a pair feature starts from."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from link_data import Links, matrix
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

LETTERS = (3, 6)
FLOOR = 1e-3
TERMS: dict[str, Any] = {"sublinear_tf": True, "lowercase": True}


@dataclass(frozen=True)
class Likeness:
    """Cosines of one block: brands against creators, creators among themselves, brands among themselves."""

    across: Floats
    creators: Floats
    brands: Floats


class World:
    """Brands and creators of one folder, or of two (what is learned from, then what is judged).

    ``linked`` bool (n_brands, n_creators) holds every link there is; which of them may be looked at is said by
    the rows that a caller passes as ``graph``. Descriptions come from contents alone, never from links: catalogue and
    briefs are known before the search, so words are weighed over all of them, judged ones too. ``blocks``: name ->
    unit rows (n_brands + n_creators, width); ``across``: name -> cosines (n_brands, n_creators).
    """

    def __init__(self, *parts: Links) -> None:
        self.brands = pd.concat([p.brands for p in parts], ignore_index=True)
        every = pd.concat([p.creators for p in parts], ignore_index=True)
        self.creators = every.drop_duplicates("creator_id").reset_index(drop=True)
        self.linked = np.zeros((len(self.brands), len(self.creators)), dtype=bool)
        start = 0
        for part in parts:
            rows = start + np.arange(len(part.brands))
            self.linked[np.ix_(rows, self.places(part.creators))] = part.linked
            start += len(part.brands)
        self.category = self.brands["category"].to_numpy(dtype=str)
        self.blocks = _blocks(self.brands, self.creators)
        self.like = {name: _likeness(block, len(self.brands)) for name, block in self.blocks.items()}
        self._letters = {LETTERS: _likeness_of_names(self.brands, self.creators, LETTERS)}
        self.like["letters"] = self._letters[LETTERS]
        self.across = {name: like.across for name, like in self.like.items()}
        self.across |= _names_in_texts(self.brands, self.creators)

    def without(self, creators: Ids) -> World:
        """The same brands and creators, with no link of those creators."""
        world = copy(self)
        world.linked = self.linked.copy()
        world.linked[:, creators] = False
        return world

    def lettered(self, lengths: tuple[int, int]) -> World:
        """The same with names compared by runs of letters of these lengths (shortest, longest)."""
        if lengths == LETTERS:
            return self
        world = copy(self)
        # Kept for all copies: names know nothing of links.
        if lengths not in self._letters:
            self._letters[lengths] = _likeness_of_names(self.brands, self.creators, lengths)
        letters = self._letters[lengths]
        world.like = {**self.like, "letters": letters}
        world.across = {**self.across, "letters": letters.across}
        return world

    def places(self, creators: pd.DataFrame) -> Ids:
        """(n,) the rows here of those creators."""
        return np.asarray(
            pd.Index(self.creators["creator_id"]).get_indexer(creators["creator_id"]), dtype=np.int64
        )


def unit(rows: Floats) -> Floats:
    """Rows scaled to length one; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return scaled


def _blocks(brands: pd.DataFrame, creators: pd.DataFrame) -> dict[str, Any]:
    """Unit rows of all brands, then of all creators, by block; numpy or sparse. Means and axes are the creators'."""
    both = pd.concat([brands, creators], ignore_index=True)
    n = len(brands)
    tags = unit(matrix(both, "hashtag_vector"))
    tags -= tags[n:].mean(axis=0)
    spread, axes = np.linalg.eigh(np.cov(tags[n:].T))
    logs = np.log(np.maximum(matrix(both, "caption_topics"), 0.0) + FLOOR)
    bios = both["bio_nouns"] + " " + both["bio_concepts"]
    return {
        # Of square roots of shares the inner product is the Bhattacharyya overlap.
        "topics": unit(np.sqrt(np.maximum(matrix(both, "caption_topics"), 0.0))),
        "tilt": unit(logs - logs.mean(axis=1, keepdims=True)),
        "hashtags": unit(tags),
        # The embedding's few wide axes drown the others; scaled towards equal spread, all of them speak.
        "sharp": unit(tags @ (axes * (np.maximum(spread, 0.0) + FLOOR) ** -0.5)),
        "words": _terms(bios.map(lambda text: " ".join(sorted(set(text.split()))))),
        "concepts": _terms(both["bio_concepts"]),
    }


def _likeness_of_names(brands: pd.DataFrame, creators: pd.DataFrame, lengths: tuple[int, int]) -> Likeness:
    """Names against handles know where a name begins and ends. Names among themselves do not: the links of a brand are
    a stretch of the alphabet (ANALYSIS.md), and creators of the same first letters would look alike for that."""
    n, names = len(brands), pd.concat([brands["name"], creators["handle"]]).map(_letters)
    whole, inner = (_terms_of_letters(texts, lengths) for texts in (names, names.str.strip("^$")))
    return Likeness(
        _product(whole[:n], whole[n:]), _product(inner[n:], inner[n:]), _product(inner[:n], inner[:n])
    )


def _terms_of_letters(texts: pd.Series, lengths: tuple[int, int]) -> Any:
    return TfidfVectorizer(analyzer="char", ngram_range=lengths, **TERMS).fit_transform(texts)


def _names_in_texts(brands: pd.DataFrame, creators: pd.DataFrame) -> dict[str, Floats]:
    """Cosines of letters (n_brands, n_creators): who works for a brand may say so in the bio, not in the handle."""
    names, handles = brands["name"].map(_letters), creators["handle"].map(_letters)
    told, bios = brands["bio_nouns"].map(_letters), creators["bio_nouns"].map(_letters)
    sides = {
        "name_in_handle_and_bio": (names, handles + bios),
        "texts": (names + told, handles + bios),
        "name_in_bio": (names, bios),
    }
    found = {}
    for name, (left, right) in sides.items():
        letters = TfidfVectorizer(analyzer="char", ngram_range=(4, 6), **TERMS)
        rows = letters.fit_transform(pd.concat([left, right]))
        found[name] = _product(rows[: len(left)], rows[len(left) :])
    return found


def _likeness(block: Any, n: int) -> Likeness:
    brands, creators = block[:n], block[n:]
    return Likeness(_product(brands, creators), _product(creators, creators), _product(brands, brands))


def _product(a: Any, b: Any) -> Floats:
    cosines = a @ b.T
    return np.asarray(cosines if isinstance(cosines, np.ndarray) else cosines.toarray(), dtype=np.float64)


def _letters(name: str) -> str:
    return f"^{re.sub(r'[^a-z]+', '_', name.lower())}$"


def _terms(texts: pd.Series) -> Any:
    found = TfidfVectorizer(token_pattern=r"\S+", **TERMS)
    return found.fit_transform(texts) if texts.str.strip().any() else np.zeros((len(texts), 1))
