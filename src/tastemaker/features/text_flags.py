"""Kernel: a bucket's posts to what their words say of paid work and of brand safety, read once for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa

from tastemaker.features.captions import read_captions
from tastemaker.features.disclosure import Reader, disclosure_posts, load_cues, load_rules
from tastemaker.features.safety import safety_posts, usual_reader

STEP = 20_000
"""Captions in memory at once; their words take about a kilobyte each."""


class TextFlags(NamedTuple):
    """One row per post each, in the order of the posts: ``disclosure.post_schema`` and ``safety.post_schema``."""

    disclosure: pa.Table
    safety: pa.Table


def text_flags(posts: pa.Table, brands: Mapping[str, str] | None = None) -> TextFlags:
    """Both kernels over ``posts``, whose columns are those of the two; the same rows however the posts are cut.

    ``brands``: name or handle -> brand_id. Raises FeatureError for a missing column.
    """
    paid, safe = [], []
    sponsors, dangers = Reader(load_rules(), load_cues(), brands), usual_reader()
    for start in range(0, max(len(posts), 1), STEP):
        part = posts.slice(start, STEP)
        captions = read_captions(part)
        paid.append(disclosure_posts(part, None, captions, sponsors))
        safe.append(safety_posts(part, captions, dangers))
    return TextFlags(pa.concat_tables(paid), pa.concat_tables(safe))
