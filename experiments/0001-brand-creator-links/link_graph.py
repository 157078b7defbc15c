"""What the links of *other* brands tell of a brand and a creator: affinities, peers, hubs, past work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from link_world import Floats, Ids, World


@dataclass(frozen=True)
class Graph:
    """``nearest`` graph brands stand for a brand, and a creator's usual similarity is taken over as many; penalties of
    the two-step ridge, beside kernels with ones on the diagonal; ``kernel``: weights of contents, letters of names and
    words in the kernel that hears texts; ``peer_letters``: weight of the letters beside one each of topics and hashtags
    where nearest brands are found."""

    nearest: int = 10
    ridge_brands: float = 1.0
    ridge_creators: float = 5.0
    kernel: tuple[float, float, float] = (0.7, 0.2, 0.1)
    peer_letters: float = 2.0


PEER_CREATORS = {"content": ("topics", "hashtags"), "sharp": ("sharp",), "letters": ("letters",)}


def affinities(world: World, graph: Ids, queries: Ids, candidates: Ids, how: Graph) -> dict[str, Floats]:
    """Two-step kernel ridge regression on the known links (Stock et al., Briefings in Bioinformatics 2018).

    The link of an unseen brand to an unseen creator is carried over from alike brands and alike creators, in
    closed form: k_brand (K_brands + r1 I)^-1 Y (K_creators + r2 I)^-1 k_creator.
    """
    known = np.flatnonzero(world.linked[graph].any(axis=0))
    y = world.linked[np.ix_(graph, known)].astype(np.float64)
    y -= y.mean()
    like, spread = world.like, np.eye(len(graph)) * how.ridge_brands
    content = _kernel(like["topics"].brands, like["hashtags"].brands)
    sides = {
        "affinity": content,
        "affinity_text": _mixed(how.kernel, content, like["letters"].brands, like["words"].brands),
    }
    left = [
        np.linalg.solve(k[np.ix_(graph, graph)] + spread, k[np.ix_(graph, queries)]).T @ y
        for k in sides.values()
    ]
    rows = np.concatenate([known, candidates])
    topics, hashtags, letters, words = (
        like[name].creators[np.ix_(rows, known)] for name in ("topics", "hashtags", "letters", "words")
    )
    creators = _mixed(how.kernel, _kernel(topics, hashtags), letters, words)
    inner = creators[: len(known)] + how.ridge_creators * np.eye(len(known))
    # One solve for both brand kernels: the creators' side is the same.
    scores = (creators[len(known) :] @ np.linalg.solve(inner, np.vstack(left).T)).T
    return dict(zip(sides, np.split(scores, len(sides)), strict=True))


def _kernel(topics: Floats, hashtags: Floats) -> Floats:
    kernel: Floats = (np.exp(2.0 * (topics - 1.0)) + np.exp(hashtags - 1.0)) / 2.0
    return kernel


def _mixed(weights: tuple[float, float, float], *kernels: Floats) -> Floats:
    return np.asarray(sum(weight * kernel for weight, kernel in zip(weights, kernels, strict=True)))


def peers(world: World, graph: Ids, queries: Ids, candidates: Ids, how: Graph) -> dict[str, Floats]:
    """How like the partners of the nearest graph brands a creator is: the mean partner, the most alike one, and
    the most alike one of the three nearest brands."""
    like, links = world.like, world.linked[graph]
    weights = {"topics": 1.0, "hashtags": 1.0, "letters": how.peer_letters}
    near = sum(w * like[n].brands[np.ix_(queries, graph)] for n, w in weights.items())
    top = np.argsort(-np.asarray(near), axis=1, kind="stable")[:, : how.nearest]
    weight = np.zeros((len(queries), len(graph)))
    np.put_along_axis(weight, top, np.exp(3.0 * np.take_along_axis(np.asarray(near), top, axis=1)), axis=1)
    weight /= weight.sum(axis=1, keepdims=True)
    out = {}
    for name, blocks in PEER_CREATORS.items():
        alike = sum(like[block].creators[:, candidates] for block in blocks)
        mean = (links.astype(np.float64) @ alike) / links.sum(axis=1, keepdims=True)
        most = np.stack([np.asarray(alike)[row].max(axis=0) for row in links])
        out[f"peers_mean_{name}"] = weight @ mean
        out[f"peers_most_{name}"] = weight @ most
        out[f"peers_nearest_{name}"] = most[top[:, :3]].max(axis=1)
    return out


def above_usual(
    world: World, graph: Ids, candidates: Ids, across: Mapping[str, Floats], how: Graph
) -> dict[str, Floats]:
    """A creator's usual similarity to the brands nearest to it, and how far this brand stands above that: some
    creators are like every brand (hubs; the correction is that of CSLS, Conneau et al. 2018)."""
    out = {}
    for name in ("topics", "hashtags", "sharp", "letters"):
        known = np.sort(world.like[name].across[np.ix_(graph, candidates)], axis=0)
        usual = known[-how.nearest :].mean(axis=0)
        out[f"{name}_above_usual"] = across[name] - usual
        out[f"{name}_usual"] = np.broadcast_to(usual, across[name].shape)
    return out


def past(world: World, graph: Ids, queries: Ids, candidates: Ids) -> dict[str, Floats]:
    """How many graph brands of the brand's category, and of the others, the creator worked with."""
    links = world.linked[np.ix_(graph, candidates)].astype(np.float64)
    same = (world.category[queries][:, None] == world.category[graph][None, :]).astype(np.float64) @ links
    return {"past_in_category": same, "past_elsewhere": links.sum(axis=0)[None, :] - same}
