"""Sets of rows in a bit a row, and the columns that answer a filter with one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tastemaker.retrieval.selection import Ids, Mask

Words = NDArray[np.uint64]

CUTS = 120
"""Values that a column is cut at: twice that many bands, and one for unknown, fit a byte."""
SAMPLE = 100_000
"""Rows that the cuts are read from."""


def packed(mask: Mask) -> Words:
    """The mask (n,) as words of 64 rows, the first row in the lowest bit; bits past the last row are zero."""
    bits = np.packbits(mask, bitorder="little")
    return np.pad(bits, (0, -len(bits) % 8)).view(np.uint64)


def unpacked(words: Words, size: int) -> Mask:
    """The mask (``size``,) that :func:`packed` took."""
    return np.unpackbits(words.view(np.uint8), count=size, bitorder="little").view(np.bool_)


def count(words: Words) -> int:
    """How many bits are set."""
    return int(np.bitwise_count(words).sum(dtype=np.int64))


def shifted(words: Words, places: int) -> Words:
    """Every bit moved to the row ``places`` further on."""
    whole, rest = divmod(places, 64)
    moved = np.zeros_like(words)
    if whole < len(words):
        moved[whole:] = words[: len(words) - whole]
    if rest:
        carried = moved >> np.uint64(64 - rest)
        moved <<= np.uint64(rest)
        moved[1:] |= carried[:-1]
    return moved


class Categorical:
    """A column of words or of lists of words: for every word that occurs, the rows that hold it."""

    def __init__(self, values: Iterable[str | list[str] | None]) -> None:
        numbers: dict[frozenset[str], int] = {}
        codes = np.array(
            [numbers.setdefault(_words(value), len(numbers)) for value in values], dtype=np.int32
        )
        self._none = packed(np.zeros(len(codes), dtype=np.bool_))
        self._rows: dict[str, Words] = {}
        for word in set().union(*numbers):
            hit = np.array([word in held for held in numbers], dtype=np.bool_)
            self._rows[word] = packed(hit[codes])

    def any_of(self, wanted: Iterable[str]) -> Words:
        """Rows whose set holds one of ``wanted``; an unknown value is an empty set and holds none."""
        rows = self._none.copy()
        for word in set(wanted) & self._rows.keys():
            rows |= self._rows[word]
        return rows


class Banded:
    """A column of numbers with, for each row, the band of values that it falls into.

    Bands lie between ``CUTS`` of the column's own quantiles, and each quantile is a band of itself, so that values
    that many rows share have one of their own. A threshold is then a comparison of bytes; only in the one band that
    holds it, about a 120th of the rows, values are looked at. Unknown (NaN) is band 0 and in no range.
    """

    def __init__(self, values: NDArray[np.floating]) -> None:
        self._values = values
        some = values[:: max(1, len(values) // SAMPLE)]
        known = np.sort(some[~np.isnan(some)])
        places = (
            np.linspace(0, len(known) - 1, CUTS).astype(np.int64) if len(known) else np.empty(0, np.int64)
        )
        self._cuts = np.unique(known[places])
        below = np.searchsorted(self._cuts, values, "left")
        # A cut is a band of its own; NaN is equal to nothing.
        on = np.append(self._cuts, np.nan)[np.minimum(below, len(self._cuts))] == values
        self._bands = np.where(np.isnan(values), 0, 2 * below + on + 1).astype(np.uint8)
        self._order = np.argsort(self._bands, kind="stable").astype(np.int32)
        self._ends = np.cumsum(np.bincount(self._bands, minlength=2 * CUTS + 2))

    def between(self, low: float, high: float) -> Words:
        """Rows whose value is known and in ``low..high``, both included."""
        first, last = self._band(low), self._band(high)
        if first > last:
            return packed(np.zeros(len(self._bands), dtype=np.bool_))
        # One comparison: what lies below the first band wraps round.
        inside = (self._bands - np.uint8(first)) <= np.uint8(last - first)
        for band in {first, last}:
            # Bands of even number are a single value: the threshold itself.
            if band % 2:
                rows = self._order[self._ends[band - 1] : self._ends[band]]
                values = self._values[rows]
                inside[rows] = (values >= low) & (values <= high)
        return packed(inside)

    def _band(self, value: float) -> int:
        cuts = self._cuts
        return int(np.searchsorted(cuts, value, "left") + np.searchsorted(cuts, value, "right")) + 1

    @property
    def nbytes(self) -> int:
        return int(self._bands.nbytes + self._order.nbytes)


class Numbered:
    """Texts, each once, and where they stand: 12 bytes each and not the 150 of a dictionary."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        hashes = np.fromiter(map(hash, texts), dtype=np.int64, count=len(texts))
        self._order = np.argsort(hashes, kind="stable").astype(np.int32)
        self._hashes = hashes[self._order]
        again = self._hashes[1:][np.diff(self._hashes) == 0]
        places = self._order[np.isin(self._hashes, again)].tolist() if len(again) else []
        self._twins: dict[str, int] = {texts[place]: place for place in places}

    def places(self, wanted: Iterable[str]) -> Ids:
        """int64: the places of those of ``wanted`` that are there, in any order."""
        asked = list(wanted)
        hashes = np.fromiter(map(hash, asked), dtype=np.int64, count=len(asked))
        order = np.argsort(hashes)
        at = np.searchsorted(self._hashes, hashes[order])
        near = self._order[np.minimum(at, len(self._order) - 1)]
        texts = self._texts
        found = [p for o, p in zip(order.tolist(), near.tolist(), strict=True) if texts[p] == asked[o]]
        found += [self._twins[text] for text in asked if text in self._twins] if self._twins else []
        return np.array(found, dtype=np.int64)


def _words(value: str | list[str] | None) -> frozenset[str]:
    return frozenset([value] if isinstance(value, str) else value or ())
