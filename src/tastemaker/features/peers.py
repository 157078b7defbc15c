"""Peers: what is usual for accounts of a platform, category and size. The one table that all buckets reduce to.

A bucket counts its accounts into fine bins of ln(measure); counts are integers, so that adding the buckets up gives the
same table in any order and for any number of buckets. Medians and spreads come from the summed bins.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from tastemaker.features.engagement import MEASURES as LEVELS
from tastemaker.features.engagement import Norms, count_levels, reduce_levels
from tastemaker.features.price import FeeModel, fit_fees, gather_quotes, sample_quotes
from tastemaker.features.snapshot import to_numpy

MEASURES = ("engagement_rate", "comment_like_ratio")
BINS_PER_UNIT = 20
FLOOR = 1e-5
SHRINKAGE = 20.0
MIN_PEERS = 5
MIN_SPREAD = 0.25
ANY = ""

Cell = tuple[int, str, str, int, str]
"""(moment, platform, category or ANY, band or -1 for any size, measure)."""


@dataclass(frozen=True)
class Tally:
    """One bucket's counts: (cell, bin) -> accounts, those behind the norms of posts, and its quotes."""

    bins: Counter[tuple[Cell, int]]
    levels: pa.Table
    quotes: pa.Table


@dataclass(frozen=True)
class Peers:
    """(cell) -> (median, spread) of ln(measure), shrunk towards wider cells; what is usual of posts; moment -> fees."""

    usual: dict[Cell, tuple[float, float]]
    norms: Norms
    fees: dict[int, FeeModel]

    def standing(self, rows: pa.Table, measure: str) -> np.ndarray:
        """How many spreads ln(measure) of each row lies above its peers' median; NaN unknown, float64 (n,).

        Between the centres of two size bands the medians are interpolated, so that no step in size is a step in score.
        """
        values = log_measure(to_numpy(rows.column(measure)))
        place = band_place(to_numpy(rows.column("followers")))
        keys = zip(*(rows.column(n).to_pylist() for n in ("t", "platform", "category")), strict=True)
        found = [
            self._expect(t, p, fold(c), at, measure)
            for (t, p, c), at in zip(keys, place.tolist(), strict=True)
        ]
        expected = np.array(found, dtype=np.float64).reshape(-1, 2)
        return (values - expected[:, 0]) / expected[:, 1]

    def _expect(
        self, t: int, platform: str, category: str, place: float, measure: str
    ) -> tuple[float, float]:
        bands = self._bands.get((t, platform, measure))
        if np.isnan(place) or not bands:
            return self._cell(t, platform, category, -1, measure)
        # The nearest sizes that have peers, below and above; beyond the last one its peers stand for all.
        above = bisect_left(bands, place)
        low, high = bands[max(above - 1, 0)], bands[min(above, len(bands) - 1)]
        weight = min(max((place - low) / (high - low), 0.0), 1.0) if high > low else 0.0
        a, b = (self._cell(t, platform, category, band, measure) for band in (low, high))
        return (1 - weight) * a[0] + weight * b[0], (1 - weight) * a[1] + weight * b[1]

    def _cell(self, t: int, platform: str, category: str, band: int, measure: str) -> tuple[float, float]:
        for key in ((category, band), (ANY, band), (ANY, -1)):
            found = self.usual.get((t, platform, *key, measure))
            if found is not None:
                return found
        return float("nan"), float("nan")

    @cached_property
    def _bands(self) -> dict[tuple[int, str, str], list[int]]:
        found: dict[tuple[int, str, str], list[int]] = {}
        for t, platform, category, band, measure in sorted(self.usual):
            if category == ANY and band >= 0:
                found.setdefault((t, platform, measure), []).append(band)
        return found


def tally(rows: pa.Table, quotes: pa.Table) -> Tally:
    """The counts of a bucket's statistics rows and its quotes."""
    place = band_place(to_numpy(rows.column("followers")))
    bands = [-1 if np.isnan(p) else max(int((p + 0.5) // 1), 0) for p in place.tolist()]
    keys = list(zip(*(rows.column(n).to_pylist() for n in ("t", "platform", "category")), bands, strict=True))
    bins: Counter[tuple[Cell, int]] = Counter()
    for measure in MEASURES:
        values = log_measure(to_numpy(rows.column(measure)))
        known = ~np.isnan(values)
        binned = np.floor(np.where(known, values, 0.0) * BINS_PER_UNIT).astype(int).tolist()
        bins.update(
            ((t, platform, fold(category), band, measure), number)
            for (t, platform, category, band), number, ok in zip(keys, binned, known.tolist(), strict=True)
            if ok
        )
    return Tally(bins, count_levels(rows, LEVELS), sample_quotes(quotes))


def reduce_peers(tallies: Iterable[Tally]) -> Peers:
    """The peers of all buckets."""
    bins: Counter[tuple[Cell, int]] = Counter()
    parts = list(tallies)
    for one in parts:
        bins.update(one.bins)
    norms = reduce_levels(one.levels for one in parts)
    return Peers(_usual(bins), norms, fit_fees(gather_quotes(one.quotes for one in parts)))


def log_measure(values: np.ndarray) -> np.ndarray:
    """ln of a rate, floored at 1e-5: an account that nobody answers is far below its peers, not infinitely."""
    logs: np.ndarray = np.log(np.maximum(values, FLOOR))
    return logs


def band_place(followers: np.ndarray) -> np.ndarray:
    """Where an account lies among the centres of the size bands: half a power of ten each; NaN unknown."""
    place: np.ndarray = 2.0 * np.log10(np.maximum(followers, 1.0)) - 0.5
    return place


def fold(category: str | None) -> str:
    return (category or ANY).strip().casefold()


def _usual(bins: Counter[tuple[Cell, int]]) -> dict[Cell, tuple[float, float]]:
    cells: dict[Cell, Counter[int]] = {}
    for ((t, platform, category, band, measure), number), n in bins.items():
        for key in {(category, band), (ANY, band), (ANY, -1)}:
            cells.setdefault((t, platform, *key, measure), Counter())[number] += n
    usual: dict[Cell, tuple[float, float]] = {}
    # Widest first: a cell leans on its wider one with the weight of SHRINKAGE accounts.
    for cell in sorted(cells, key=lambda c: (c[3] >= 0, c[2] != ANY, c)):
        t, platform, category, _, measure = cell
        median, spread, n = _middle(cells[cell])
        wider = usual.get((t, platform, ANY, -1, measure)) if category == ANY else None
        if category != ANY:
            wider = usual.get((t, platform, ANY, cell[3], measure)) or usual.get(
                (t, platform, ANY, -1, measure)
            )
        if wider is not None:
            own = n / (n + SHRINKAGE)
            median, spread = own * median + (1 - own) * wider[0], own * spread + (1 - own) * wider[1]
        elif n < MIN_PEERS:
            continue
        usual[cell] = (median, max(spread, MIN_SPREAD))
    return usual


def _middle(bins: Counter[int]) -> tuple[float, float, int]:
    """Median, half the distance between the 16 % and 84 % points, and the count, from bins."""
    numbers = np.array(sorted(bins))
    counts = np.array([bins[int(i)] for i in numbers])
    after = np.cumsum(counts)
    # Mass lies evenly within a bin and nowhere between bins.
    mass = np.column_stack([after - counts, after]).ravel()
    edges = np.column_stack([numbers, numbers + 1]).ravel() / BINS_PER_UNIT
    low, middle, high = np.interp(np.array([0.16, 0.5, 0.84]) * after[-1], mass, edges)
    return float(middle), float(high - low) / 2, int(after[-1])
