"""What the inputs can tell at all: bounds and near bounds of the matching, each with what it takes for granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from link_engine import examples, make_lambdamart
from link_protocol import Task
from link_settings import Settings
from link_world import Floats, World
from numpy.typing import NDArray

from tastemaker.evaluation import auc

Flags = NDArray[np.bool_]
CONTENT = ("topics", "hashtags")
EVERY = ("topics", "hashtags", "letters", "words", "concepts")


def rivals(world: World, task: Task, blocks: Sequence[str] = CONTENT, own_category: bool = True) -> Floats:
    """(n_queries, n_candidates) for each partner how many non-partners (of the brand's own category, where asked so)
    are at least as alike to the brand on **every** one of ``blocks``; NaN for who is no partner.

    No score that never falls when a similarity rises can place the partner above any of them, ties aside.
    """
    like = [world.like[name].across[np.ix_(task.queries, task.candidates)] for name in blocks]
    out = np.full(task.linked.shape, np.nan)
    for row, partner in enumerate(task.linked):
        rival = ~partner & (task.own_category[row] if own_category else True)
        above = np.ones((int(partner.sum()), int(rival.sum())), dtype=bool)
        for block in like:
            above &= block[row, rival][None, :] >= block[row, partner][:, None]
        out[row, partner] = above.sum(axis=1)
    return out


def rival_bounds(counts: Floats) -> dict[str, Floats]:
    """Metric -> value per brand (n_queries,) that a monotone scorer can reach at best, partner by partner: a partner
    with ten rivals or more is never in the first ten. Generous: each partner gets the scorer that suits it best."""
    some = np.isfinite(counts)
    number = some.sum(axis=1)
    least = np.where(some, counts, np.inf).min(axis=1)
    return {
        "R@10": (np.where(some, counts, np.inf) < 10).sum(axis=1) / number,
        "R@50": (np.where(some, counts, np.inf) < 50).sum(axis=1) / number,
        "MRR": 1.0 / (1.0 + least),
        "with a rival": (np.where(some, counts, 0.0) >= 1).sum(axis=1) / number,
    }


def alphabet(world: World) -> Floats:
    """(n_creators,) place of the handle in the alphabet, 0..1. For looking at the collection, never a feature."""
    place: Floats = np.asarray(world.creators["handle"].str.lower().rank(), dtype=np.float64) / len(
        world.creators
    )
    return place


def alphabet_shares(world: World, draws: int = 200, seed: int = 0) -> dict[str, float]:
    """How far a brand's partners stand together in the alphabet, brands of eight partners or more: the share of brands
    with all of them in its first half, the mean spread (standard deviation) of places, and that of links by chance."""
    place, rng = alphabet(world), np.random.default_rng(seed)
    own = [place[row] for row in world.linked if row.sum() >= 8]
    weight = world.linked.sum(axis=0) / world.linked.sum()
    chance = [
        np.mean([place[rng.choice(len(place), len(o), replace=False, p=weight)].std() for o in own])
        for _ in range(draws)
    ]
    return {
        "brands": float(len(own)),
        "all in the first half": float(np.mean([o.max() < 0.5 for o in own])),
        "spread": float(np.mean([o.std() for o in own])),
        "spread by chance": float(np.mean(chance)),
    }


def alphabet_scores(world: World, task: Task) -> Floats:
    """(n_queries, n_candidates) minus the distance, in the alphabet, to the median partner of the known brands of the
    category: what the trace alone would be worth to who stooped to it."""
    place, known = alphabet(world), world.without(task.padding).linked[task.known]
    usual = {
        name: np.median(place[np.nonzero(known[world.category[task.known] == name])[1]])
        for name in np.unique(world.category[task.known])
    }
    middle = np.array([usual.get(name, 0.5) for name in world.category[task.queries]])
    scores: Floats = -np.abs(place[task.candidates][None, :] - middle[:, None])
    return scores


def span_auc(world: World, task: Task, scores: Floats) -> dict[str, Floats]:
    """``within`` and ``outside`` -> cAUC per brand (n_queries,) against non-partners of the own category that stand, in
    the alphabet, between the brand's first and last partner, or beyond. If the links of a brand are a slice of
    the alphabet, those beyond were never looked at, and some are partners nobody wrote down."""
    place = np.broadcast_to(alphabet(world)[task.candidates], task.linked.shape)
    first = np.where(task.linked, place, np.inf).min(axis=1, keepdims=True)
    last = np.where(task.linked, place, -np.inf).max(axis=1, keepdims=True)
    span = (place >= first) & (place <= last)
    return {
        "within": auc(scores, task.linked, task.own_category & span),
        "outside": auc(scores, task.linked, task.own_category & ~span),
    }


def in_sample(
    world: World,
    task: Task,
    arrays: Mapping[str, Floats],
    settings: Settings,
    rounds: int = 300,
    leaves: int = 7,
) -> Floats:
    """(n_queries, n_candidates) of the engine's ranker fitted on the judged pairs themselves. Not to be quoted as
    reachable: a lot of it is memory. What it does *not* order is not in these features at this flexibility."""
    ranking = settings.ranking.model_copy(update={"rounds": rounds, "leaves": leaves})
    frame = examples(world, task.queries, task.candidates, arrays, task.linked)
    ranker = make_lambdamart(tuple(arrays), ranking, settings.seed, len(frame))
    scores: Floats = ranker.fit(frame).raw(frame).reshape(task.linked.shape)
    return scores
