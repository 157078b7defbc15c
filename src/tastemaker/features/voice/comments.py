"""The tone of comments under an account's posts: how many are warm, how many are cold, by an open list of words."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from tastemaker.features.bucket import YEAR, arrow, known_sql
from tastemaker.features.voice.lexicon import load_tones

MIN_TONES = 5
"""Comments with a tone below which an account's is unknown."""

_REACH = 3

_TEXTS = """
CREATE TABLE distinct_texts AS
SELECT text, row_number() OVER (ORDER BY text) AS said
FROM (SELECT DISTINCT text FROM {source} WHERE text IS NOT NULL)
"""

# Letters without accents in small; signs of the list and the marks that end a clause are words of their own.
_WORDS = """
CREATE TABLE tone_words AS
WITH cut AS (
    SELECT said, regexp_extract_all(
        replace(replace(replace(strip_accents(lower(text)), 'ß', 'ss'), 'n''t', 'nt'), 'n’t', 'nt'),
        '[a-z]+|[.,;:!?…]|[{signs}]') AS words
    FROM distinct_texts
)
SELECT said, unnest(words) AS word, generate_subscripts(words, 1) AS place FROM cut
"""

# A word is turned by a negation up to three words before it, unless a clause ended in between.
_TONES = """
CREATE TABLE text_tones AS
WITH toned AS (SELECT w.said, w.place, t.tone FROM tone_words w JOIN tone_list t USING (word)),
turned AS (
    SELECT b.said, b.place, b.tone, bool_or(n.word IN (SELECT word FROM turn_list) AND e.place IS NULL) AS turned
    FROM toned b
    LEFT JOIN tone_words n ON n.said = b.said AND n.place BETWEEN b.place - {reach} AND b.place - 1
    LEFT JOIN tone_words e ON e.said = b.said AND e.place > n.place AND e.place < b.place
        AND e.word IN ('.', ',', ';', ':', '!', '?', '…')
    GROUP BY ALL
)
SELECT d.text, sign(coalesce(sum(CASE WHEN u.turned THEN -u.tone ELSE u.tone END), 0))::TINYINT AS tone
FROM distinct_texts d LEFT JOIN turned u USING (said)
GROUP BY d.text
"""

_ACCOUNTS = f"""
CREATE TABLE tones AS
WITH said AS (
    SELECT p.account_id, c.posted_at, {known_sql("c.posted_at", "c.observed_at")} AS known_at, t.tone
    FROM comments c JOIN posts p USING (post_id) JOIN text_tones t USING (text)
)
SELECT g.t, g.account_id, count(*) AS comments_read, max(s.known_at) AS comments_known_at,
       count(*) FILTER (tone <> 0) AS comments_with_tone,
       CASE WHEN comments_with_tone >= {MIN_TONES} THEN sum(tone) / comments_with_tone END AS comment_sentiment
FROM grid g
JOIN said s ON s.account_id = g.account_id AND s.known_at <= g.moment AND s.posted_at > g.moment - {YEAR}
GROUP BY g.t, g.account_id
"""


def comment_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes ``tones``: a row per moment and account with a comment of the year."""
    _text_tones(connection, "comments")
    connection.execute(_ACCOUNTS)


def comment_tones(texts: list[str]) -> list[int]:
    """1 warm, -1 cold, 0 neither or both, for each text."""
    with duckdb.connect(":memory:", config={"threads": "1"}) as connection:
        connection.register("given", pa.table({"text": pa.array(texts, pa.string())}))
        _text_tones(connection, "given")
        found = arrow(connection, "SELECT text, tone FROM text_tones").to_pydict()
    tones = dict(zip(found["text"], found["tone"], strict=True))
    return [tones[text] for text in texts]


def _text_tones(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    tones = load_tones()
    words = {"word": list(tones.words), "tone": pa.array(list(tones.words.values()), pa.int64())}
    connection.register("tone_list", pa.table(words))
    connection.register("turn_list", pa.table({"word": sorted(tones.negations)}))
    connection.execute(_TEXTS.format(source=source))
    connection.execute(_WORDS.format(signs=tones.signs))
    connection.execute(_TONES.format(reach=_REACH))
