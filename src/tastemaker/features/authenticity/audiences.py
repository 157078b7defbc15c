"""Where an audience lives and what it speaks, against the creator's languages and against peers of the language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tastemaker.schema import FACET_KEYS

BINS = 50
"""Bins of a share: 2 % of the audience each."""

USUAL_POINT = 0.8
"""A country's usual share is this point of it among peers: while four of five are honest, the others do not move it."""

MIN_PEERS = 20
_LANGUAGES, _COUNTRIES = FACET_KEYS["language"], FACET_KEYS["country"]
_LANGUAGE = {key: i for i, key in enumerate(_LANGUAGES)}
_COUNTRY = {key: i for i, key in enumerate(_COUNTRIES)}
UNKNOWN = len(_LANGUAGES)
_SHAPE = (UNKNOWN + 1, len(_COUNTRIES), BINS + 1)


def spoken_first(rows: pa.Table) -> np.ndarray:
    """int64 (n,): place of the creator's first language in the vocabulary; :data:`UNKNOWN` for none or another."""
    first = [languages[0] if languages else None for languages in rows.column("languages").to_pylist()]
    return np.array([_LANGUAGE.get(language or "", UNKNOWN) for language in first], dtype=np.int64)


def language_share(rows: pa.Table, blocks: np.ndarray) -> np.ndarray:
    """Share of each audience that speaks a language of the creator; NaN where either is unknown."""
    listed = rows.column("languages").to_pylist()
    spoken = np.zeros((len(rows), len(_LANGUAGES)), dtype=bool)
    pairs = [
        (i, _LANGUAGE[name]) for i, names in enumerate(listed) for name in names or () if name in _LANGUAGE
    ]
    if pairs:
        spoken[tuple(np.array(pairs).T)] = True
    report = rows.column("report_language").to_numpy()
    known = (report >= 0) & spoken.any(axis=1)
    share = np.full(len(rows), np.nan)
    share[known] = np.where(spoken[known], blocks[report[known]], 0.0).astype(np.float64).sum(axis=1)
    return share


@dataclass(frozen=True)
class AbroadCounts:
    """One bucket's audiences: ``codes`` pack moment, language, country and bin of the country's share."""

    codes: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class Abroad:
    """``keys``: moment and language; ``usual`` (k, countries): the share that peers of the language mostly have."""

    keys: np.ndarray
    usual: np.ndarray

    @classmethod
    def of(cls, counted: Iterable[AbroadCounts]) -> Abroad:
        buckets = list(counted)
        codes, at = np.unique(np.concatenate([one.codes for one in buckets]), return_inverse=True)
        counts = np.zeros(len(codes), dtype=np.int64)
        np.add.at(counts, at, np.concatenate([one.counts for one in buckets]))
        countries, width = _SHAPE[1], _SHAPE[2]
        keys, row = np.unique(codes // (countries * width), return_inverse=True)
        table = np.zeros((len(keys), countries, width), dtype=np.int64)
        table[row, codes // width % countries, codes % width] = counts
        n = table[:, 0].sum(axis=1)
        # The upper edge of the bin that holds the point, so that the usual is never called unusual.
        point = (np.cumsum(table, axis=2) < USUAL_POINT * n[:, None, None]).sum(axis=2) + 1
        return cls(keys[n >= MIN_PEERS], (point / BINS)[n >= MIN_PEERS])

    def share(self, rows: pa.Table, blocks: np.ndarray) -> np.ndarray:
        """Share of each audience beyond what peers of the language usually have in a country; NaN unknown.

        The creator's own country is left out.
        """
        share = np.full(len(rows), np.nan)
        report, keys = rows.column("report_country").to_numpy(), _keys(rows)
        if not len(self.keys):
            return share
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = (report >= 0) & (self.keys[at] == keys)
        beyond = np.maximum(blocks[report[known]].astype(np.float64) - self.usual[at[known]], 0.0)
        home = np.array([_COUNTRY.get(c, -1) for c in rows.column("country").to_pylist()], dtype=np.int64)[
            known
        ]
        at_home = np.nonzero(home >= 0)[0]
        beyond[at_home, home[at_home]] = 0.0
        share[known] = beyond.sum(axis=1)
        return share


def count_abroad(rows: pa.Table, blocks: np.ndarray) -> AbroadCounts:
    """The counts of a bucket's statistics rows; ``blocks`` (reports, countries)."""
    report = rows.column("report_country").to_numpy()
    known = report >= 0
    bins = np.minimum(np.floor(blocks[report[known]].astype(np.float64) * BINS).astype(np.int64), BINS)
    place = _keys(rows)[known, None] * _SHAPE[1] + np.arange(_SHAPE[1])
    codes, counts = np.unique(place * _SHAPE[2] + bins, return_counts=True)
    return AbroadCounts(codes.astype(np.int64), counts.astype(np.int64))


def _keys(rows: pa.Table) -> np.ndarray:
    keys: np.ndarray = rows.column("t").to_numpy().astype(np.int64) * _SHAPE[0] + spoken_first(rows)
    return keys
