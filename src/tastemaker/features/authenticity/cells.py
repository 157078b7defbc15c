"""Cells of peers as packed integers, from the widest to the narrowest, and what is usual in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tastemaker.features.authenticity.evidence import EVIDENCE

SHRINKAGE = 20.0
MIN_PEERS = 5
BITS = {"measure": 5, "t": 12, "platform": 4, "band": 6, "category": 17, "bin": 16}
"""Width of each part of a code, the first uppermost: a wider cell's key is a narrower one's without its last bits."""

LAST_BAND = (1 << BITS["band"]) - 1
MIDDLE_BIN = 1 << (BITS["bin"] - 1)


@dataclass(frozen=True)
class Level:
    """Sorted ``keys`` (k,) of cells with median and spread of each."""

    keys: np.ndarray
    median: np.ndarray
    spread: np.ndarray

    def find(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Median and spread by key, NaN where there is no such cell."""
        if not len(self.keys):
            return np.full(len(keys), np.nan), np.full(len(keys), np.nan)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        there = self.keys[at] == keys
        return np.where(there, self.median[at], np.nan), np.where(there, self.spread[at], np.nan)


def join(left: np.ndarray, right: np.ndarray, name: str) -> np.ndarray:
    """The codes ``left`` with part ``name`` put behind them."""
    joined: np.ndarray = (left << BITS[name]) | right
    return joined


def levels(codes: np.ndarray, counts: np.ndarray) -> tuple[Level, Level, Level]:
    """Platforms, their sizes, and these by niche, from packed codes (n,) and the accounts of each."""
    number = (codes & ((1 << BITS["bin"]) - 1)) - MIDDLE_BIN
    narrow = codes >> BITS["bin"]
    sized = narrow >> BITS["category"]
    whole = sized >> BITS["band"]
    first, n = _middles(whole, _below("platform"), number, counts)
    # The widest cells lean on nothing, so they need some accounts of their own.
    enough = n >= MIN_PEERS
    wide = Level(first.keys[enough], first.median[enough], first.spread[enough])
    middle = _leaning(*_middles(sized, _below("band"), number, counts), wide, "band")
    return wide, middle, _leaning(*_middles(narrow, _below("category"), number, counts), middle, "category")


def _below(last: str) -> int:
    """Bits under the measure in a key whose last part is ``last``."""
    names = list(BITS)
    return sum(BITS[name] for name in names[1 : names.index(last) + 1])


def _leaning(own: Level, n: np.ndarray, wider: Level, name: str) -> Level:
    """Cells shrunk towards the wider ones; a cell without a wider one tells nothing."""
    median, spread = wider.find(own.keys >> BITS[name])
    weight, there = n / (n + SHRINKAGE), ~np.isnan(median)
    return Level(
        own.keys[there],
        (weight * own.median + (1 - weight) * median)[there],
        (weight * own.spread + (1 - weight) * spread)[there],
    )


def _middles(
    keys: np.ndarray, below: int, number: np.ndarray, counts: np.ndarray
) -> tuple[Level, np.ndarray]:
    """Median and spread (half the distance of the 16 % and 84 % points) of each key's bins, and its accounts."""
    # One entry a bin: several buckets, and several niches of a wider cell, fall into one.
    codes, place = np.unique(join(keys, number + MIDDLE_BIN, "bin"), return_inverse=True)
    keys, number = codes >> BITS["bin"], (codes & ((1 << BITS["bin"]) - 1)) - MIDDLE_BIN
    counts = np.bincount(place, weights=counts, minlength=len(codes)).astype(np.int64)
    after = np.cumsum(counts)
    cells, first = np.unique(keys, return_index=True)
    if not len(cells):
        return Level(cells, np.zeros(0), np.zeros(0)), np.zeros(0)
    start = after[first] - counts[first]
    total = np.append(start[1:], after[-1]) - start
    measure = cells >> below
    width = np.array([float(e.bins) for e in EVIDENCE])[measure]
    least = np.array([e.least_spread for e in EVIDENCE])[measure]
    points = []
    for q in (0.16, 0.5, 0.84):
        # Counted within the cell, so that no digit hangs on the cells before it.
        wanted = q * total
        at = np.searchsorted(after, start + np.maximum(np.ceil(wanted).astype(np.int64), 1))
        # Mass lies evenly within a bin.
        points.append((number[at] + (wanted - (after[at] - counts[at] - start)) / counts[at]) / width)
    return Level(cells, points[1], np.maximum((points[2] - points[0]) / 2, least)), total
