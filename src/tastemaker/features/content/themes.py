"""Themes: what an account posts about, as a few unit vectors that grow as posts become known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

JOIN_COSINE = 0.25
"""A post joins the nearest cluster if its cosine with the cluster's centre is at least this.

Measured with the multilingual encoder on simulated captions: two posts of one account have a median cosine of 0.30,
two of any accounts 0.17 (three quarters below 0.23). With these settings an account has 1.5 themes on average.
"""

MERGE_COSINE = 0.6
"""Clusters whose centres are at least this close are one theme."""

MIN_SHARE = 0.15
"""A cluster with a smaller share of the posts is not a theme."""

MAX_CLUSTERS = 12

MIN_FOCUS_POSTS = 5


class Themes(NamedTuple):
    """``centres``: float32 (k, dim), unit rows; ``posts``: how many posts each has; ``nearest``: place, in the order in
    which they were added, of the post nearest to each centre.

    ``focus``: probability that two posts drawn at random are of one cluster; NaN with fewer than 5 posts.
    """

    centres: np.ndarray
    posts: np.ndarray
    nearest: np.ndarray
    focus: float


class Clusters:
    """Leader clustering on the sphere: a post joins the nearest centre or founds a new one.

    What comes out hangs only on the posts and their order, never on the moments at which it is asked, so that a later
    post can not change an earlier theme.
    """

    def __init__(self, dim: int) -> None:
        self._sums = np.zeros((MAX_CLUSTERS, dim))
        # Of the sums: a post changes one of them.
        self._lengths = np.zeros(MAX_CLUSTERS)
        self._posts: list[int] = []
        self._joined: list[int] = []

    def add(self, vector: np.ndarray) -> None:
        """One more post: ``vector`` (dim,), a unit row; a row of zeros says nothing and is passed over."""
        if not vector.any():
            self._joined.append(-1)
            return
        k = len(self._posts)
        if k:
            cosines = np.einsum("ij,j->i", self._sums[:k], vector) / self._lengths[:k]
            nearest = int(cosines.argmax())
            if cosines[nearest] >= JOIN_COSINE or k == MAX_CLUSTERS:
                self._sums[nearest] += vector
                self._posts[nearest] += 1
                self._lengths[nearest] = _lengths(self._sums[nearest : nearest + 1])[0]
                self._joined.append(nearest)
                return
        self._sums[k] = vector
        self._lengths[k] = _lengths(self._sums[k : k + 1])[0]
        self._posts.append(1)
        self._joined.append(k)

    def themes(self, most: int, vectors: np.ndarray) -> Themes:
        """At most ``most`` themes, the most posted about first; none without posts.

        ``vectors``: (n, dim), what was added, in its order.
        """
        sums, posts = self._sums[: len(self._posts)].copy(), np.array(self._posts, dtype=np.int64)
        home = np.arange(len(posts))
        while len(posts) > 1:
            cosines = np.einsum("ik,jk->ij", sums, sums) / np.outer(_lengths(sums), _lengths(sums))
            np.fill_diagonal(cosines, -1.0)
            into, gone = sorted(divmod(int(cosines.argmax()), len(posts)))
            if cosines[into, gone] < MERGE_COSINE:
                break
            sums[into] += sums[gone]
            posts[into] += posts[gone]
            sums, posts = np.delete(sums, gone, axis=0), np.delete(posts, gone)
            home = np.where(home == gone, into, home - (home > gone))
        order = np.argsort(-posts, kind="stable")[:most]
        kept = [i for place, i in enumerate(order) if place == 0 or posts[i] >= MIN_SHARE * posts.sum()]
        centres: np.ndarray = (sums[kept] / _lengths(sums[kept])[:, None]).astype(np.float32)
        joined = np.array(self._joined, dtype=np.int64)
        cluster = home[joined] if len(home) else joined
        nearest = [
            _nearest(centre, vectors, (cluster == i) & (joined >= 0))
            for centre, i in zip(centres, kept, strict=True)
        ]
        return Themes(centres, posts[kept], np.array(nearest, dtype=np.int64), _focus(posts))


def _nearest(centre: np.ndarray, vectors: np.ndarray, members: np.ndarray) -> int:
    places = np.flatnonzero(members)
    return int(places[np.einsum("ij,j->i", vectors[places], centre).argmax()])


def _focus(posts: np.ndarray) -> float:
    # Simpson's index without bias: pairs within clusters of all pairs.
    total = int(posts.sum())
    if total < MIN_FOCUS_POSTS:
        return float("nan")
    return int((posts * (posts - 1)).sum()) / (total * (total - 1))


def _lengths(rows: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return lengths
