"""What is usual among peers, for every kind of evidence at once: integer counts in bins, so that the order of buckets
changes no bit.

A cell is a platform, a size (half a power of ten of followers) and a niche; its median and spread lean on the same size
of the platform with the weight of 20 accounts, and that on the whole platform. For evidence by language the sizes are
languages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tastemaker.features.authenticity.audiences import Abroad, AbroadCounts, count_abroad, spoken_first
from tastemaker.features.authenticity.cells import BITS, LAST_BAND, MIDDLE_BIN, Level, join, levels
from tastemaker.features.authenticity.evidence import EVIDENCE, MIN_EXPOSURE, Evidence
from tastemaker.features.snapshot import to_numpy
from tastemaker.schema.tables import PLATFORMS


@dataclass(frozen=True)
class OddCounts:
    """One bucket's accounts: ``codes`` (m,) pack measure, moment, platform, band, niche (of ``niches``) and bin."""

    niches: tuple[str, ...]
    codes: np.ndarray
    counts: np.ndarray
    abroad: AbroadCounts


@dataclass(frozen=True)
class Usual:
    """Peers of all buckets; ``wide``, ``sized`` and ``niche`` from the widest cells to the narrowest."""

    niches: tuple[str, ...]
    wide: Level
    sized: Level
    niche: Level
    abroad: Abroad

    def standings(self, rows: pa.Table, country_blocks: np.ndarray) -> dict[str, np.ndarray]:
        """Evidence name -> float64 (n,): spreads above the peers' median, NaN unknown.

        Also ``abroad``: the raw share of the audience where peers of the language have none (``audience_abroad``).
        Few pieces count less: the distance is multiplied by pieces / (pieces + ``enough``).
        """
        place, niches = _Place.of(rows), {name: i for i, name in enumerate(self.niches)}
        category = np.array([niches.get(n, 0) for n in _niches(rows)], dtype=np.int64)
        abroad = self.abroad.share(rows, country_blocks)
        found = {}
        for number, evidence in enumerate(EVIDENCE):
            if evidence.by == "all":
                found[evidence.name] = abroad / evidence.least_spread
                continue
            median, spread = self._expected(number, evidence, place, category)
            values = to_numpy(rows.column(evidence.name))
            if evidence.exposure is None:
                standing = (scaled(evidence, values) - median) / spread
            else:
                standing = counted_standing(values, median, spread, to_numpy(rows.column(evidence.exposure)))
            if evidence.count is not None:
                pieces = to_numpy(rows.column(evidence.count))
                standing = standing * pieces / (pieces + evidence.enough)
            found[evidence.name] = standing
        return {**found, "abroad": abroad}

    def _expected(
        self, number: int, evidence: Evidence, place: _Place, category: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        wide = place.wide(number, evidence)
        if evidence.by == "language":
            return self._cell(wide, place.language, np.zeros_like(category))
        # The nearest sizes that have peers, below and above; beyond the last one its peers stand for all.
        known = ~np.isnan(place.size)
        size = np.where(known, np.clip(place.size, 0.0, LAST_BAND - 1), 0.0)
        above = np.searchsorted(
            self.sized.keys, join(wide, np.floor(size).astype(np.int64), "band"), side="right"
        )
        below, above = self._band(above - 1, wide), self._band(above, wide)
        low = np.where(below >= 0, below, above)
        high = np.where(above >= 0, above, below)
        apart = high - low
        weight = np.where(apart > 0, np.clip((size - low) / np.maximum(apart, 1), 0.0, 1.0), 0.0)
        low, high = (np.where(known & (band >= 0), band, LAST_BAND) for band in (low, high))
        a, b = self._cell(wide, low, category), self._cell(wide, high, category)
        return (1 - weight) * a[0] + weight * b[0], (1 - weight) * a[1] + weight * b[1]

    def _band(self, at: np.ndarray, wide: np.ndarray) -> np.ndarray:
        """The band of sized cell ``at`` where it belongs to the wide cell, else -1."""
        if not len(self.sized.keys):
            return np.full(len(wide), -1)
        keys = self.sized.keys[np.clip(at, 0, len(self.sized.keys) - 1)]
        inside = (at >= 0) & (at < len(self.sized.keys)) & (keys >> BITS["band"] == wide)
        return np.where(inside, keys & LAST_BAND, -1)

    def _cell(
        self, wide: np.ndarray, band: np.ndarray, category: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        sized = join(wide, band, "band")
        found = self.niche.find(join(sized, category, "category"))
        for level, keys in ((self.sized, sized), (self.wide, wide)):
            wider = level.find(keys)
            found = (
                np.where(np.isnan(found[0]), wider[0], found[0]),
                np.where(np.isnan(found[1]), wider[1], found[1]),
            )
        return found


@dataclass(frozen=True)
class _Place:
    """Where each row looks for its peers: moment, platform and language codes, and its size in bands (NaN unknown)."""

    t: np.ndarray
    platform: np.ndarray
    language: np.ndarray
    size: np.ndarray

    @classmethod
    def of(cls, rows: pa.Table) -> _Place:
        codes = {name: i for i, name in enumerate(PLATFORMS)}
        platform = [codes.get(name, len(codes)) for name in rows.column("platform").to_pylist()]
        followers = to_numpy(rows.column("followers"))
        return cls(
            t=rows.column("t").to_numpy().astype(np.int64),
            platform=np.array(platform, dtype=np.int64),
            language=spoken_first(rows),
            size=2.0 * np.log10(np.maximum(followers, 1.0)) - 0.5,
        )

    def wide(self, number: int, evidence: Evidence) -> np.ndarray:
        platform = self.platform if evidence.by == "size" else np.zeros_like(self.platform)
        moment = join(np.full_like(self.t, number), self.t, "t")
        return join(moment, platform, "platform")

    def band(self, evidence: Evidence) -> np.ndarray:
        if evidence.by == "language":
            return self.language
        nearest = np.floor(np.nan_to_num(self.size) + 0.5).astype(np.int64)
        return np.where(np.isnan(self.size), LAST_BAND, np.clip(nearest, 0, LAST_BAND - 1))


def count_odd(rows: pa.Table, country_blocks: np.ndarray) -> OddCounts:
    """The counts of a bucket's statistics rows, audience evidence included."""
    names = _niches(rows)
    niches = tuple(sorted({*names, ""}))
    at = {name: i for i, name in enumerate(niches)}
    category, place = np.array([at[n] for n in names], dtype=np.int64), _Place.of(rows)
    parts = []
    for number, evidence in enumerate(EVIDENCE):
        if evidence.by == "all":
            continue
        values = scaled(evidence, to_numpy(rows.column(evidence.name)))
        known = ~np.isnan(values)
        if evidence.exposure is not None:
            known &= to_numpy(rows.column(evidence.exposure)) >= MIN_EXPOSURE
        binned = np.floor(np.where(known, values, 0.0) * evidence.bins).astype(np.int64) + MIDDLE_BIN
        sized = join(place.wide(number, evidence), place.band(evidence), "band")
        narrow = join(sized, category if evidence.by == "size" else np.zeros_like(category), "category")
        parts.append(join(narrow, np.clip(binned, 0, 2 * MIDDLE_BIN - 1), "bin")[known])
    codes, counts = np.unique(np.concatenate(parts), return_counts=True)
    return OddCounts(niches, codes, counts.astype(np.int64), count_abroad(rows, country_blocks))


def reduce_odd(counted: Iterable[OddCounts]) -> Usual:
    """The peers of all buckets."""
    buckets = list(counted)
    niches = tuple(sorted({name for one in buckets for name in one.niches}))
    at = {name: i for i, name in enumerate(niches)}
    parts, amounts = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for one in buckets:
        mapped = np.array([at[name] for name in one.niches], dtype=np.int64)
        place, rest = one.codes >> (BITS["category"] + BITS["bin"]), one.codes & ((1 << BITS["bin"]) - 1)
        category = mapped[(one.codes >> BITS["bin"]) & ((1 << BITS["category"]) - 1)]
        parts.append(join(join(place, category, "category"), rest, "bin"))
        amounts.append(one.counts)
    wide, sized, niche = levels(np.concatenate(parts), np.concatenate(amounts))
    return Usual(niches, wide, sized, niche, Abroad.of(one.abroad for one in buckets))


def scaled(evidence: Evidence, values: np.ndarray) -> np.ndarray:
    """The scale on which accounts are compared: logarithms where ``log``, floored, so that 0 is low and finite."""
    found: np.ndarray = np.log(np.maximum(values, evidence.floor)) if evidence.log else values
    return found


def counted_standing(
    ratio: np.ndarray, median: np.ndarray, spread: np.ndarray, exposure: np.ndarray
) -> np.ndarray:
    """Spreads from the peers of a ratio of counted events, chance included: few comments prove little.

    Square roots of Poisson counts have a variance of 1/4 whatever their size (Anscombe 1948); the spread of ln(ratio)
    among peers adds to it. ``ratio`` is (events + 0.5) / (exposure + 0.5); ``median``, ``spread`` are of its logarithm.
    """
    events, expected = ratio * (exposure + 0.5) - 0.5, np.exp(median) * exposure
    apart = 2.0 * (np.sqrt(np.maximum(events, 0.0) + 0.375) - np.sqrt(expected + 0.375))
    standing: np.ndarray = apart / np.sqrt(1.0 + expected * spread**2)
    return standing


def _niches(rows: pa.Table) -> list[str]:
    return [(c or "").strip().casefold() for c in rows.column("category").to_pylist()]
