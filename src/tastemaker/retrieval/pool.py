"""A past decision as retrieval learns from it: the brief, and who stood beside those who delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import IndexingError
from tastemaker.retrieval.projection import unit_rows
from tastemaker.retrieval.selection import Floats, Ids


@dataclass(frozen=True)
class Pool:
    """One brief and n eligible creators, their m themes in the columns of the content block.

    brief: float32 (d,), unit; themes: float16 (m, d), the first creator's, then the second's, ...;
    start: int64 (n,), where each creator's themes begin (a creator without any begins where the next does);
    audience: float32 (n,), mean audience overlap as the joint vector has it; weight: float32 (n,), what each
    was worth, 0 for who was passed over or declined, NaN for whose outcome is not known;
    log_stands_for: float32 (n,), log of how many eligible creators each stands for, 0 for who is there for
    certain.
    """

    decision_id: str
    creator_ids: NDArray[np.object_]
    brief: Floats
    themes: NDArray[np.float16]
    start: Ids
    audience: Floats
    weight: Floats
    log_stands_for: Floats

    def best(self, products: Floats) -> Ids:
        """int64 (n,): the position of each creator's largest of ``products`` (m,), the first of equal ones;
        -1 for a creator without a theme."""
        if len(self.themes) == len(self.start) and np.array_equal(self.start, np.arange(len(self.start))):
            return self.start
        count = np.diff(np.append(self.start, len(self.themes)))
        best = np.full(len(self.start), -1, dtype=np.int64)
        owner = np.repeat(np.arange(len(self.start)), count)
        order = np.lexsort((-products, owner))
        has = count > 0
        best[has] = order[self.start[has]]
        return best

    def ranks(self, scores: Floats) -> NDArray[np.float64]:
        """float64 (n,): each one's place among the eligible, 1 for the first; a sampled creator counts for
        all whom he stands for, and equal scores count as ahead."""
        stands = np.exp(self.log_stands_for.astype(np.float64))
        order = np.argsort(-scores, kind="stable")
        ahead = np.cumsum(stands[order])
        last = np.searchsorted(-scores[order], -scores, side="right") - 1
        ranks: NDArray[np.float64] = ahead[last] - stands + 1.0
        return ranks


def sample_rest(
    certain: NDArray[np.bool_],
    most: int,
    rng: np.random.Generator,
    partners: NDArray[np.bool_] | None = None,
) -> tuple[Ids, Floats]:
    """Positions of all ``certain`` and of at most ``most`` others, ascending, and the log of how many each stands
    for. Half of the others are drawn from ``partners``, as far as there are so many, and half from the rest, evenly
    within each."""
    favoured = np.zeros_like(certain) if partners is None or most < 2 else partners & ~certain
    others = ~favoured & ~certain
    halves = min(int(favoured.sum()), max(most // 2, most - int(others.sum())))
    share = np.zeros(len(certain), dtype=np.float32)
    taken = [np.flatnonzero(certain)]
    for group, number in ((favoured, halves), (others, most - halves)):
        positions = np.flatnonzero(group)
        if len(positions) > number:
            share[positions] = np.log(len(positions) / number)
            positions = rng.choice(positions, number, replace=False)
        taken.append(positions)
    rows = np.sort(np.concatenate(taken))
    return rows, share[rows]


def pools_from_arrays(
    briefs: NDArray[np.floating],
    creators: NDArray[np.floating],
    positives: Sequence[Ids],
    *,
    rejected: Sequence[Ids] | None = None,
    other_scores: NDArray[np.floating] | None = None,
    negatives: int | None = None,
    seed: int = 0,
) -> list[Pool]:
    """A pool for each of the ``briefs`` (q, d), in which everyone of ``creators`` (n, d) is eligible.

    Rows of any length; a zero row says nothing. ``positives``: for each brief the rows of those who delivered;
    ``rejected``: of those who were considered and passed over, who stay in whatever is drawn. ``negatives``: how
    many others are drawn for each brief, half of them among the positives of other briefs; None: everyone, and
    then the pools share one array of themes. ``other_scores`` (q, n): what is known of a pair beside content, a
    penalty below 0; it counts ``audience_weight`` times. Raises IndexingError where shapes disagree, a number is not
    finite, or a row does not exist.
    """
    said = [np.asarray(each, dtype=np.float64) for each in (briefs, creators)]
    if not all(each.ndim == 2 and len(each) and np.isfinite(each).all() for each in said):
        raise IndexingError(
            "briefs and creators: expected two tables of finite numbers, a row or more in each"
        )
    if negatives is not None and negatives < 1:
        raise IndexingError(f"negatives {negatives}: expected 1 or more, or None for everyone")
    rows, themes = unit_rows(said[0]), unit_rows(said[1]).astype(np.float16)
    passed = [np.empty(0, dtype=np.int64)] * len(rows) if rejected is None else rejected
    n = len(themes)
    beside = np.zeros((len(rows), n)) if other_scores is None else np.asarray(other_scores)
    if rows.shape[1] != themes.shape[1] or not len(rows) == len(positives) == len(passed) == len(beside):
        raise IndexingError(
            f"briefs {rows.shape}, creators {themes.shape}, {len(positives)} lists of positives, {len(passed)} of "
            f"rejected and other scores {beside.shape} do not fit; expected equally wide rows and one list a brief"
        )
    named = np.concatenate([np.asarray(each, dtype=np.int64) for each in (*positives, *passed)])
    if len(named) and (named.min() < 0 or named.max() >= n):
        raise IndexingError(f"rows {named.min()} to {named.max()} are named; there are creators 0 to {n - 1}")
    rng, ids = np.random.default_rng(seed), np.arange(n).astype(str).astype(object)
    liked = np.bincount(np.concatenate([np.unique(p) for p in positives]).astype(np.int64), minlength=n)
    pools = []
    for number, (own, seen) in enumerate(zip(positives, passed, strict=True)):
        certain, weight = np.zeros(n, dtype=bool), np.zeros(n, dtype=np.float32)
        certain[own], certain[seen], weight[own] = True, True, 1.0
        taken, log_stands_for = sample_rest(certain, n if negatives is None else negatives, rng, liked > 0)
        pools.append(
            Pool(
                decision_id=str(number),
                creator_ids=ids[taken],
                brief=rows[number],
                themes=themes if len(taken) == n else themes[taken],
                start=np.arange(len(taken)),
                audience=beside[number, taken].astype(np.float32),
                weight=weight[taken],
                log_stands_for=log_stands_for,
            )
        )
    return pools
