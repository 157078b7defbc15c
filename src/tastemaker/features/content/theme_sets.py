"""The themes of every account of a bucket at every moment, each set stored once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import duckdb
import numpy as np

from tastemaker.encoders import VectorTable
from tastemaker.features.bucket import known_sql
from tastemaker.features.content.themes import Clusters, Themes
from tastemaker.features.texts import bio_row

# In the order in which posts became known; posts of one moment by their id.
_ARRIVALS = f"""
SELECT account_id, {known_sql("posted_at", "observed_at")} AS known_at, post_id FROM posts
ORDER BY account_id, known_at, post_id
"""
_ROWS = """
SELECT account_id, moment, valid_from, bio, row_number() OVER (ORDER BY t, creator_id, account_id) - 1 AS place
FROM grid ORDER BY account_id, t
"""


@dataclass(frozen=True)
class ThemeSets:
    """``vectors``: float32 (m, dim), unit rows; row ``i`` of the grid has ``vectors[start[i]:start[i] + count[i]]``.

    ``posts`` (m,): id of the post nearest to each theme, None for a theme from a bio; ``share``: float64 (m,), share of
    the account's posts that are of it, NaN for a bio. ``focus``: float64, a row of the grid each (:class:`Themes`).
    """

    vectors: np.ndarray
    posts: list[str | None]
    share: np.ndarray
    start: np.ndarray
    count: np.ndarray
    focus: np.ndarray


def theme_sets(connection: duckdb.DuckDBPyConnection, vectors: VectorTable, most: int) -> ThemeSets:
    """Themes from the captions known at each moment, else from the bio of that moment, else none.

    The grid's rows are in the order (t, creator_id, account_id). Where no post arrived between two moments the set of
    the earlier one is used again.
    """
    rows = {(owner, i): row for row, (owner, i) in enumerate(zip(vectors.owner, vectors.ids, strict=True))}
    arrivals: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for account_id, known_at, post_id in connection.execute(_ARRIVALS).fetchall():
        if ("post", post_id) in rows:
            arrivals[account_id].append((known_at, rows["post", post_id]))
    grid = connection.execute(_ROWS).fetchall()
    sets = _Sets(vectors, most)
    start, count = np.zeros(len(grid), dtype=np.int64), np.zeros(len(grid), dtype=np.int64)
    focus = np.full(len(grid), np.nan)
    history = _History(sets, "", [])
    for account_id, moment, valid_from, bio, place in grid:
        if account_id != history.account_id:
            history = _History(sets, account_id, arrivals[account_id])
        said = bio_row(lambda i: rows.get(("account", i)), account_id, valid_from, bio)
        (start[place], count[place]), focus[place] = history.at(moment, said)
    return ThemeSets(sets.stacked(), sets.posts, np.array(sets.share, dtype=np.float64), start, count, focus)


class _Sets:
    def __init__(self, vectors: VectorTable, most: int) -> None:
        self.matrix = vectors.matrix
        self.most = most
        self.posts: list[str | None] = []
        self.share: list[float] = []
        self._ids = vectors.ids
        self._parts: list[np.ndarray] = []

    def add_posts(self, themes: Themes, rows: list[int]) -> tuple[int, int]:
        """(start, count) of the themes; ``rows``: vector rows of the posts that they were made of."""
        whole = max(len(rows), 1)
        self.posts += [str(self._ids[rows[i]]) for i in themes.nearest.tolist()]
        self.share += [n / whole for n in themes.posts.tolist()]
        return self._add(themes.centres)

    def add_bio(self, row: int) -> tuple[int, int]:
        themes = self.matrix[row][None] if self.matrix[row].any() else self.matrix[:0]
        self.posts += [None] * len(themes)
        self.share += [float("nan")] * len(themes)
        return self._add(themes)

    def stacked(self) -> np.ndarray:
        empty = np.zeros((0, self.matrix.shape[1]), dtype=np.float32)
        return np.concatenate([empty, *self._parts])

    def _add(self, themes: np.ndarray) -> tuple[int, int]:
        self._parts.append(themes)
        return len(self.posts) - len(themes), len(themes)


class _History:
    """One account's posts, walked through once, moment by moment."""

    def __init__(self, sets: _Sets, account_id: str, posts: list[tuple[int, int]]) -> None:
        self.account_id = account_id
        self._sets = sets
        self._posts = posts
        self._next = 0
        self._clusters = Clusters(sets.matrix.shape[1])
        self._from_posts: tuple[int, int] = (0, 0)
        self._focus = float("nan")
        self._from_bio: dict[int, tuple[int, int]] = {}

    def at(self, moment: int, bio: int | None) -> tuple[tuple[int, int], float]:
        """((start, count) of the themes known at ``moment``, their focus); ``bio``: vector row of the bio then."""
        before = self._next
        while self._next < len(self._posts) and self._posts[self._next][0] <= moment:
            self._clusters.add(self._sets.matrix[self._posts[self._next][1]])
            self._next += 1
        if self._next > before:
            rows = [row for _, row in self._posts[: self._next]]
            themes = self._clusters.themes(self._sets.most, self._sets.matrix[rows])
            self._from_posts, self._focus = self._sets.add_posts(themes, rows), themes.focus
        if self._from_posts[1] or bio is None:
            return self._from_posts, self._focus
        if bio not in self._from_bio:
            self._from_bio[bio] = self._sets.add_bio(bio)
        return self._from_bio[bio], self._focus
