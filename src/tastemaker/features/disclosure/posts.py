"""Kernel: a bucket's posts to one row per post: sponsored or not, by which words, and how it is disclosed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tastemaker.errors import FeatureError
from tastemaker.features.disclosure.reading import UNREAD, Reader, Reading
from tastemaker.features.disclosure.rules import Cues, Rules, load_cues, load_rules
from tastemaker.features.disclosure.verdict import verdict
from tastemaker.features.folding import compose, fold, words
from tastemaker.features.tongue import tongue

NEEDED = ("post_id", "account_id", "posted_at")
OPTIONAL = ("observed_at", "caption", "hashtags", "mentions", "paid_label", "platform", "language")


@cache
def post_schema(jurisdictions: tuple[str, ...] = ("US", "GB", "EU")) -> pa.Schema:
    """One row per post, in the order of the input; null unknown. Times are microseconds since 1970 (UTC).

    ``language``: of the caption (``other``: none of the five); ``sponsored_probability``: 0..1; ``sponsored``: at least
    one half; ``cues`` and ``evidence``: kinds of wording and the words themselves; ``brands``: ids of brands of the
    catalogue; ``handles``: other accounts that are mentioned; ``disclosure_<code>`` and ``why_<code>``: proper,
    inadequate or missing in a jurisdiction and the reason, null for a post that is not sponsored.
    """
    fields = [
        ("post_id", pa.string()), ("account_id", pa.string()), ("posted_at", pa.int64()), ("known_at", pa.int64()),
        ("language", pa.string()), ("sponsored_probability", pa.float64()), ("sponsored", pa.bool_()),
        ("cues", pa.list_(pa.string())), ("evidence", pa.list_(pa.string())), ("brands", pa.list_(pa.string())),
        ("handles", pa.list_(pa.string())),
    ]  # fmt: skip
    for code in jurisdictions:
        fields += [(f"disclosure_{code.lower()}", pa.string()), (f"why_{code.lower()}", pa.string())]
    return pa.schema(fields)


def disclosure_posts(
    posts: pa.Table,
    brands: Mapping[str, str] | None = None,
    rules: Rules | None = None,
    cues: Cues | None = None,
) -> pa.Table:
    """The flags of ``posts`` (:func:`post_schema`).

    ``posts``: columns ``NEEDED``, and any of ``OPTIONAL`` (``language``: the account's own, ISO 639-1; ``platform``:
    where "more" cuts a caption); times as timestamps or microseconds. ``brands``: name or handle -> brand_id.
    Deterministic, row by row. Raises FeatureError for a missing column.
    """
    rules, cues = rules or load_rules(), cues or load_cues()
    columns = _columns(posts)
    reader = Reader(rules, cues, brands)
    readings: list[Reading] = []
    languages: list[str | None] = []
    classes: list[tuple[str | None, ...]] = []
    for caption, tags, mentions, paid, platform, declared in _rows(columns):
        text = compose(caption or "")
        folded = fold(text)
        tokens = words(folded)
        language = tongue(folded, tokens, declared)
        reading = UNREAD
        if caption is not None or paid is not None:
            named = mentions or ([t[1:] for t in tokens if t[0] == "@"] if "@" in folded else ())
            reading = reader.read(text, folded, tokens, language, tags or (), named, paid)
        readings.append(reading)
        languages.append(language)
        if reading.probability is None or reading.probability < 0.5:
            classes.append(_NONE)
            continue
        found = [
            verdict(rules, j, reading.labels, paid, language, platform or "") for j in rules.jurisdictions
        ]
        classes.append(tuple(word for pair in found for word in pair))
    return _table(
        columns, languages, readings, classes, post_schema(tuple(j.code for j in rules.jurisdictions))
    )


_NONE: tuple[str | None, ...] = (None,) * 99


def _table(
    columns: Mapping[str, pa.ChunkedArray],
    languages: list[str | None],
    readings: list[Reading],
    classes: list[tuple[str | None, ...]],
    schema: pa.Schema,
) -> pa.Table:
    probability = [r.probability for r in readings]
    made: list[Any] = [
        languages, probability, [None if p is None else p >= 0.5 for p in probability], [r.cues for r in readings],
        [r.evidence for r in readings], [r.brands for r in readings], [r.handles for r in readings],
    ]  # fmt: skip
    arrays = [columns[n] for n in ("post_id", "account_id", "posted_at")] + [_known(columns)]
    arrays += [pa.array(values, field.type) for values, field in zip(made, list(schema)[4:11], strict=True)]
    for place, field in enumerate(list(schema)[11:]):
        arrays.append(pa.array([row[place] for row in classes], field.type))
    return pa.table(arrays, schema=schema)


def _columns(posts: pa.Table) -> dict[str, pa.ChunkedArray]:
    for name in NEEDED:
        if name not in posts.column_names:
            raise FeatureError(f"posts: column {name!r} is missing; needed: {', '.join(NEEDED)}")
    found = {}
    for name in (*NEEDED, *OPTIONAL):
        column = (
            posts.column(name) if name in posts.column_names else pa.chunked_array([pa.nulls(len(posts))])
        )
        found[name] = column.cast(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(column.type) else column
    for name in ("posted_at", "observed_at"):
        found[name] = found[name].cast(pa.int64())
    return found


def _known(columns: Mapping[str, pa.ChunkedArray]) -> pa.ChunkedArray:
    # As in ``bucket.known_sql``: when observed, or when posted if nothing says so; never before it was posted.
    return pc.max_element_wise(columns["observed_at"], columns["posted_at"], skip_nulls=True)


def _rows(columns: Mapping[str, pa.ChunkedArray]) -> Iterator[tuple[Any, ...]]:
    names = ("caption", "hashtags", "mentions", "paid_label", "platform", "language")
    return zip(*(columns[name].to_pylist() for name in names), strict=True)
