"""Kernel: a bucket's posts to one row per post: sponsored or not, by which words, and how it is disclosed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pyarrow as pa

from tastemaker.features.captions import Caption, column, identities, read_captions
from tastemaker.features.disclosure.reading import UNREAD, Reader, Reading
from tastemaker.features.disclosure.rules import Rules, load_cues, load_rules
from tastemaker.features.disclosure.verdict import verdict

_MENTION = re.compile(r"(?<![a-z0-9_])@([a-z0-9_](?:[a-z0-9_.]*[a-z0-9_])?)")
_QUIET: tuple[str | None, ...] = ()


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
    captions: Sequence[Caption] | None = None,
    reader: Reader | None = None,
) -> pa.Table:
    """The flags of ``posts`` (:func:`post_schema`), row by row and deterministic.

    ``posts``: post_id, account_id, posted_at, and where known observed_at, caption, hashtags, mentions, paid_label,
    platform (where "more" cuts a caption) and language (the account's own); times as timestamps or microseconds.
    ``brands``: name or handle -> brand_id. ``captions``: of :func:`read_captions`, and ``reader``: with its own rules
    and brands, where they are at hand. Raises FeatureError for a missing column.
    """
    reader = reader or Reader(load_rules(), load_cues(), brands)
    rules = reader.rules
    head = identities(posts)
    read = read_captions(posts) if captions is None else captions
    given = (column(posts, name).to_pylist() for name in ("caption", "mentions", "paid_label", "platform"))
    readings: list[Reading] = []
    classes: list[tuple[str | None, ...]] = []
    for one, raw, mentions, paid, platform in zip(read, *given, strict=True):
        reading = UNREAD
        if raw is not None or paid is not None or one.tags:
            named = mentions or (_MENTION.findall(one.folded) if "@" in one.folded else ())
            reading = reader.read(one, named, paid)
        readings.append(reading)
        sponsored = reading.probability is not None and reading.probability >= 0.5
        classes.append(_verdicts(rules, reading, paid, one.language, platform or "") if sponsored else _QUIET)
    schema = post_schema(tuple(j.code for j in rules.jurisdictions))
    return _table(head, [one.language for one in read], readings, classes, schema)


def _verdicts(
    rules: Rules, reading: Reading, paid: bool | None, language: str | None, platform: str
) -> tuple[str | None, ...]:
    found = [verdict(rules, place, reading.labels, paid, language, platform) for place in rules.jurisdictions]
    return tuple(word for pair in found for word in pair)


def _table(
    head: Mapping[str, pa.ChunkedArray],
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
    made += [[row[i] if row else None for row in classes] for i in range(len(schema) - len(head) - len(made))]
    arrays = [pa.array(values, f.type) for values, f in zip(made, list(schema)[len(head) :], strict=True)]
    return pa.table([*head.values(), *arrays], schema=schema)
