"""Kernel: a bucket's posts to one row per post: the level of every category, with the words behind it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from tastemaker.features.captions import Caption, identities, read_captions
from tastemaker.features.folding import fold, words
from tastemaker.features.safety.reading import Hit, SafetyReader, usual_reader
from tastemaker.features.tongue import LANGUAGES
from tastemaker.schema import SAFETY_CATEGORIES

_NAMES = tuple(SAFETY_CATEGORIES)
EVIDENCE = pa.list_(
    pa.struct(
        [("category", pa.string()), ("level", pa.int8()), ("words", pa.string()), ("start", pa.int32())]
    )
)


@cache
def post_schema() -> pa.Schema:
    """One row per post, in the order of the input; times are microseconds since 1970 (UTC).

    One int8 column per category of ``SAFETY_CATEGORIES``: place in ``SAFETY_LEVELS``, null unknown. ``evidence``: the
    words of the caption that speak for it and where they start, by category and place.
    """
    head = [
        ("post_id", pa.string()),
        ("account_id", pa.string()),
        ("posted_at", pa.int64()),
        ("known_at", pa.int64()),
    ]
    levels = [(name, pa.int8()) for name in _NAMES]
    return pa.schema([*head, ("language", pa.string()), *levels, ("evidence", EVIDENCE)])


def safety_posts(
    posts: pa.Table, captions: Sequence[Caption] | None = None, reader: SafetyReader | None = None
) -> pa.Table:
    """The levels of ``posts`` (:func:`post_schema`), row by row and deterministic.

    ``posts``: post_id, account_id, posted_at, and where known observed_at, caption, hashtags and language (the
    account's own). ``captions``: of :func:`read_captions`, and ``reader``, where they are at hand. A post without a
    caption or in a language that is not known is unknown in every category, but for words that mean the same in all.
    Raises FeatureError for a missing column.
    """
    head = identities(posts)
    reader = reader or usual_reader()
    levels = np.zeros((len(posts), len(_NAMES)), dtype=np.int8)
    known = np.ones((len(posts), len(_NAMES)), dtype=bool)
    evidence: list[list[dict[str, Any]] | None] = [None] * len(posts)
    read = read_captions(posts) if captions is None else captions
    for row, caption in enumerate(read):
        if not caption.text.strip() or caption.language not in LANGUAGES:
            known[row] = False
        whole = _with_tags(caption) if caption.tags else caption
        hits = reader.read(whole.text, whole.folded, whole.tokens, whole.language)
        if hits:
            evidence[row] = [_shown(hit) for hit in hits]
            for hit in hits:
                known[row, hit.category] = True
                levels[row, hit.category] = max(levels[row, hit.category], hit.level)
    columns = [pa.array(levels[:, i], mask=~known[:, i]) for i in range(len(_NAMES))]
    languages = pa.array([c.language for c in read], pa.string())
    found = pa.array([e or [] for e in evidence], EVIDENCE)
    return pa.table([*head.values(), languages, *columns, found], schema=post_schema())


def _with_tags(caption: Caption) -> Caption:
    """The caption followed by the hashtags that stand in the list alone."""
    text = " ".join([caption.text, *("#" + tag.lstrip("#") for tag in caption.tags)])
    folded = fold(text)
    return Caption(text, folded, words(folded), caption.language, ())


def _shown(hit: Hit) -> dict[str, Any]:
    return {"category": _NAMES[hit.category], "level": hit.level, "words": hit.words, "start": hit.start}
