"""Comparing two audiences: overlap (symmetric) and coverage (how much of one lies inside the other)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tastemaker.schema import AUDIENCE_WIDTH, FACET_KEYS, FACET_SLICES

COMMON_FACETS: tuple[str, ...] = tuple(FACET_KEYS)
"""The facets with a block in an audience row, in its order."""


def bhattacharyya(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Sum of sqrt(p * q) over the last axis: 1 for equal distributions, 0 for disjoint ones.

    NaN where either has a NaN. Shares that sum to less than 1 stay so: the rest overlaps with nothing.
    (Bhattacharyya 1943, "On a measure of divergence between two statistical populations".)
    """
    overlap: np.ndarray = np.sqrt(np.asarray(p) * np.asarray(q)).sum(axis=-1)
    return overlap


def audience_row(facets: Mapping[str, Mapping[str, float]]) -> np.ndarray:
    """facet -> key -> share as one row (AUDIENCE_WIDTH,) float32 in the order of ``schema.AUDIENCE_COLUMNS``.

    A facet that is absent or has no positive share is unknown: NaN throughout. A key outside the vocabulary
    adds to the facet's ``other``; where the facet has none (age_gender) its share is dropped.
    """
    row = np.full(AUDIENCE_WIDTH, np.nan, dtype=np.float64)
    for facet, shares in facets.items():
        if facet not in FACET_KEYS or not any(share > 0 for share in shares.values()):
            continue
        row[FACET_SLICES[facet]] = facet_block(facet, list(shares), np.fromiter(shares.values(), np.float64))
    return row.astype(np.float32)


def facet_block(facet: str, keys: list[str], shares: np.ndarray) -> np.ndarray:
    """The shares (float64) of one facet in the order of its vocabulary; unknown keys fall to ``other``."""
    known = FACET_KEYS[facet]
    block = np.zeros(len(known))
    rest = known.index("other") if "other" in known else -1
    for key, share in zip(keys, shares, strict=True):
        at = known.index(key) if key in known else rest
        if at >= 0:
            block[at] += share
    return block


def facet_overlaps(target: np.ndarray, audience: np.ndarray) -> dict[str, np.ndarray]:
    """facet -> Bhattacharyya overlap of each row of ``audience`` with ``target``; NaN where unknown."""
    return {
        facet: bhattacharyya(audience[:, block].astype(np.float64), target[block].astype(np.float64))
        for facet, block in FACET_SLICES.items()
    }


def facet_coverages(target: np.ndarray, audience: np.ndarray) -> dict[str, np.ndarray]:
    """facet -> share of each audience that lies on the keys the target names (share > 0); NaN unknown."""
    coverages = {}
    for facet, block in FACET_SLICES.items():
        goal, shares = target[block], audience[:, block].astype(np.float64)
        inside = shares[:, goal > 0].sum(axis=1)
        coverages[facet] = np.where(np.isnan(goal[0]) | np.isnan(shares[:, 0]), np.nan, inside)
    return coverages


def mean_known(columns: list[np.ndarray]) -> np.ndarray:
    """Row mean over the columns that are not NaN; NaN where all are."""
    stacked = np.stack(columns)
    known = ~np.isnan(stacked)
    count = known.sum(axis=0)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
