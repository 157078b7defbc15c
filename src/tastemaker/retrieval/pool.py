"""A past decision as retrieval learns from it: the brief, and who stood beside those who delivered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tastemaker.retrieval.index import Floats, Ids


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


def sample_rest(certain: NDArray[np.bool_], most: int, rng: np.random.Generator) -> tuple[Ids, Floats]:
    """Positions of all ``certain`` and of at most ``most`` others drawn evenly, ascending, and the log of how
    many each stands for."""
    others = np.flatnonzero(~certain)
    drawn = others if len(others) <= most else rng.choice(others, most, replace=False)
    taken = np.sort(np.concatenate([np.flatnonzero(certain), drawn]))
    share = np.float32(np.log(len(others) / len(drawn))) if len(drawn) else np.float32(0)
    return taken, np.where(certain[taken], np.float32(0), share).astype(np.float32)
