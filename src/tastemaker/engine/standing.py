"""Where an account stands among those of its platform and size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.features import FeatureSnapshot
from tastemaker.schema import PeerGroup

TIMES = 3.0
"""Peers have from a third to three times the followers."""

LEAST = 10
"""Peers whose value is known; fewer make no percentile."""


@dataclass(frozen=True)
class Peers:
    """``rows``: of the peers in the snapshot, without the account itself."""

    rows: np.ndarray
    group: PeerGroup


def peers_of(snapshot: FeatureSnapshot, row: int) -> Peers:
    """The accounts of the row's platform and size; of the whole platform where its size is unknown."""
    followers, platform = snapshot.column("followers"), snapshot.column("platform")
    inside = platform == platform[row]
    own = followers[row]
    bounds: tuple[int | None, int | None] = (None, None)
    if not np.isnan(own):
        low, high = np.floor(own / TIMES), np.ceil(own * TIMES)
        inside &= (followers >= low) & (followers <= high)
        bounds = (int(low), int(high))
    inside[row] = False
    rows = np.flatnonzero(inside)
    return Peers(rows, PeerGroup(platform=platform[row], accounts=len(rows), low=bounds[0], high=bounds[1]))


def percentile(snapshot: FeatureSnapshot, row: int, name: str, peers: Peers) -> tuple[float | None, int]:
    """(share of the peers below the row's value in a numeric column, ties counted half; peers whose value is known).

    The share is None where the value is unknown or fewer than :data:`LEAST` peers have one.
    """
    values = snapshot.column(name)
    own, others = values[row], values[peers.rows]
    others = others[~np.isnan(others)]
    if np.isnan(own) or len(others) < LEAST:
        return None, len(others)
    below = np.count_nonzero(others < own) + 0.5 * np.count_nonzero(others == own)
    return float(below / len(others)), len(others)
