"""A bucket's captions made ready for the text signals: folded, cut into words, their language told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.errors import FeatureError
from tastemaker.features.folding import compose, fold, words
from tastemaker.features.tongue import tongue

NEEDED = ("post_id", "account_id", "posted_at")


class Caption(NamedTuple):
    """``folded`` has the length of ``text``; ``tokens``: its words; ``language``: as :func:`tongue` tells it.

    ``tags``: those of the list of hashtags that do not stand in the text.
    """

    text: str
    folded: str
    tokens: Sequence[str]
    language: str | None
    tags: Sequence[str]


def read_captions(posts: pa.Table) -> list[Caption]:
    """One a row of ``posts``, from its ``caption``, ``hashtags`` and the account's own ``language``, where there."""
    given = (column(posts, name).to_pylist() for name in ("caption", "language", "hashtags"))
    return [_caption(*row) for row in zip(*given, strict=True)]


def column(posts: pa.Table, name: str) -> pa.ChunkedArray:
    """A column, null throughout where the table has none of that name."""
    return posts.column(name) if name in posts.column_names else pa.chunked_array([pa.nulls(len(posts))])


def identities(posts: pa.Table) -> dict[str, Any]:
    """post_id, account_id, posted_at and known_at; times in microseconds since 1970 (UTC).

    ``posts``: columns ``NEEDED`` and perhaps ``observed_at``, times as timestamps or microseconds. A post is known when
    it was observed, or when it was posted if nothing says so; never before (``bucket.known_sql``). Raises FeatureError
    for a missing column.
    """
    for name in NEEDED:
        if name not in posts.column_names:
            raise FeatureError(f"posts: column {name!r} is missing; needed: {', '.join(NEEDED)}")
    posted, observed = (_micros(column(posts, name)) for name in ("posted_at", "observed_at"))
    return {
        "post_id": posts.column("post_id"),
        "account_id": posts.column("account_id"),
        "posted_at": posted,
        "known_at": pc.max_element_wise(observed, posted, skip_nulls=True),
    }


def _micros(times: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(times.type):
        times = times.cast(pa.timestamp("us", "UTC"))
    return times.cast(pa.int64())


def _caption(caption: str | None, declared: str | None, tags: Sequence[str] | None) -> Caption:
    text = compose(caption or "")
    folded = fold(text)
    tokens = words(folded)
    apart = [t for t in tags if t not in text and fold(compose(t)).lstrip("#") not in folded] if tags else ()
    return Caption(text, folded, tokens, tongue(folded, tokens, declared), apart)
