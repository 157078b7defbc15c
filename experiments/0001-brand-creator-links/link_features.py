"""Features of a brand and a creator, from their contents and from the links of *other* brands."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from link_graph import Graph, above_usual, affinities, past, peers
from link_world import Floats, Ids, World

from tastemaker.errors import FeatureError

GROUPS: dict[str, tuple[str, ...]] = {
    "retrieval": ("retrieval",),
    "similarities": ("content", "topics", "tilt", "hashtags", "sharp"),
    "texts": ("letters", "words", "concepts", "name_in_handle_and_bio", "texts", "name_in_bio"),
    "bios": ("name_in_handle_and_bio", "texts", "name_in_bio"),
    "affinities": ("affinity", "affinity_text"),
    "peers": tuple(
        f"peers_{how}_{what}"
        for what in ("content", "sharp", "letters")
        for how in ("mean", "most", "nearest")
    ),
    "hubs": tuple(
        f"{name}_{what}"
        for name in ("topics", "hashtags", "sharp", "letters")
        for what in ("above_usual", "usual")
    ),
    "past": ("past_in_category", "past_elsewhere"),
}
"""Features that are left out together; ``bios`` are a part of ``texts``."""


def columns_without(names: Iterable[str], groups: Iterable[str]) -> tuple[str, ...]:
    """``names`` but those of the ``groups`` (keys of ``GROUPS``)."""
    left_out = {name for group in groups for name in GROUPS[group]}
    return tuple(name for name in names if name not in left_out)


USUAL = Graph()


def pair_arrays(
    world: World, graph: Ids, queries: Ids, candidates: Ids, how: Graph = USUAL
) -> dict[str, Floats]:
    """Feature name -> (n_queries, n_candidates). Only links of the brands ``graph`` are looked at.

    Raises FeatureError where a query stands among ``graph``: its own links would give its partners away.
    """
    both = np.intersect1d(graph, queries)
    if len(both):
        name = world.brands["brand_id"].iloc[int(both[0])]
        raise FeatureError(f"brand {name!r} is asked about and among the known links; leave its links out")
    across = {name: cosines[np.ix_(queries, candidates)] for name, cosines in world.across.items()}
    return {
        **across,
        **affinities(world, graph, queries, candidates, how),
        **peers(world, graph, queries, candidates, how),
        **above_usual(world, graph, candidates, across, how),
        **past(world, graph, queries, candidates),
    }
