"""From a bucket's captions to what the posts of the year say of an account: effort, originality, voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from tastemaker.encoders import VectorTable
from tastemaker.features.bucket import known_sql
from tastemaker.features.columns import LANGUAGE_COLUMNS, VOICE_COLUMNS
from tastemaker.features.voice.personality import voice_scores

if TYPE_CHECKING:
    from tastemaker.features.anchors import Anchors

EDGE = 60
"""Letters at the start and at the end of a caption by which a repeated one is known."""

_PARTS = 1_000_000
_STEP = 100_000

# Letters alone, without links, hashtags, mentions, digits and emoji, so that a new number or tag makes no new caption.
_CAPTIONS = f"""
CREATE TABLE captions AS
SELECT post_id, known_at, length(letters) AS letters,
       CASE WHEN letters IS NOT NULL THEN hash(left(letters, {EDGE})) END AS head,
       CASE WHEN letters IS NOT NULL THEN hash(right(letters, {EDGE})) END AS tail
FROM (
    SELECT post_id, {known_sql("posted_at", "observed_at")} AS known_at,
           nullif(regexp_replace(lower(caption), 'https?://\\S+|[#@]\\S*|[^\\p{{L}}#@]+', '', 'g'), '') AS letters
    FROM posts SEMI JOIN (SELECT DISTINCT post_id FROM recent) USING (post_id)
)
"""

_CONTENT = """
CREATE TABLE content AS
SELECT r.t, r.account_id, count(*) AS content_posts, max(c.known_at) AS posts_known_at,
       median(c.letters) AS caption_letters,
       least(count(DISTINCT c.head), count(DISTINCT c.tail)) / nullif(count(c.letters), 0) AS caption_originality,
       {languages},
       {voices}
FROM recent r JOIN captions c USING (post_id)
LEFT JOIN flags f USING (post_id)
LEFT JOIN voices v USING (post_id)
GROUP BY r.t, r.account_id
"""


def content_tables(
    connection: duckdb.DuckDBPyConnection, vectors: VectorTable, anchors: Anchors | None
) -> None:
    """Makes ``content``: a row per moment and account with a post of the year.

    It needs ``recent`` (``engagement.tables``) and ``flags`` (``text_signals``). Without ``anchors`` the voice is
    unknown.
    """
    connection.register("voices", _voices(vectors, anchors))
    connection.execute(_CAPTIONS)
    languages = ", ".join(
        f"count(*) FILTER (f.language = '{code}') / nullif(count(f.language), 0) AS {name}"
        for code, name in LANGUAGE_COLUMNS.items()
    )
    voices = ", ".join(
        f"sum(v.{name}) / nullif(count(v.{name}), 0) / {_PARTS} AS {name}" for name in VOICE_COLUMNS
    )
    connection.execute(_CONTENT.format(languages=languages, voices=voices))


def _voices(vectors: VectorTable, anchors: Anchors | None) -> pa.Table:
    # Whole numbers (millionths): their sums do not hang on the order of the posts.
    at = np.flatnonzero(vectors.owner == "post")
    scores = np.full((len(at), len(VOICE_COLUMNS)), np.nan)
    if anchors is not None:
        for start in range(0, len(at), _STEP):
            rows = at[start : start + _STEP]
            scores[start : start + _STEP] = voice_scores(vectors.matrix[rows], anchors.voice, anchors.origin)
    spoken = ~np.isnan(scores[:, 0])
    parts = np.rint(scores[spoken] * _PARTS).astype(np.int64)
    names = pa.array(vectors.ids[at[spoken]].tolist(), pa.string())
    columns = [pa.array(part) for part in parts.T]
    return pa.table([names, *columns], names=["post_id", *VOICE_COLUMNS])
