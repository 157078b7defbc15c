"""Inverted lists of 4-bit codes, 8-bit codes, and the choice between them for each query and filter."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from tastemaker.errors import IndexingError
from tastemaker.retrieval.codes import ByteCodes
from tastemaker.retrieval.fast_lists import FastLists
from tastemaker.retrieval.index import VECTORS, Index, read_vectors, save_vectors
from tastemaker.retrieval.list_model import Counts, ListModel, above, kth_score
from tastemaker.retrieval.scan import (
    CODES,
    LISTS,
    SCAN,
    Found,
    kth_largest,
    scan,
    scan_many,
)
from tastemaker.retrieval.selection import Floats, Ids, Selection
from tastemaker.retrieval.witnesses import Witnesses

CODES_FILE, MODEL_FILE = "codes.safetensors", "lists.safetensors"

WITNESS_SEED = 0
LISTS_FROM = 2_000
"""Rows below which there are no lists: scanning them is faster."""
POINTS_PER_LIST = 39
"""FAISS asks for at least so many training points a centroid."""

PLANNED = 0.001
"""Share of the k best that the closed lists may be expected to hold when the lists are chosen."""
ALLOWED = 0.003
"""The same once the k-th score is known, with the rows that too coarse codes may have hidden. Above it: exact."""
DEPTH = 8
"""Rows rescored for each one wanted; twice and four times that where it turns out too few."""

SCAN_NS, GATHERED_NS, READ_NS = 450.0, 75.0, 18.0
OPEN_NS, FAST_NS, SIFTED_NS, START_NS = 1_000.0, 9.0, 16.0, 300_000.0
"""What a plan costs, in ns at width 348 on one core: a row in full precision; a row of 8-bit codes, picked or in order;
opening a list; a row of 4-bit codes, and under a filter; choosing lists. Only their ratios matter."""


class IVFIndex(Index):
    """Plans each search: exact where few rows are allowed or where the lists can not promise enough, else lists.

    exact_below: allowed rows up to which the search is exact (and finds exactly what ExactIndex finds); without
    ``byte_codes`` a tenth of it, for exact plans cost so much more then.
    byte_codes: keep 8-bit codes; without them (compact) exact plans read the vectors themselves, which then best stay
    on disk.
    """

    def __init__(self, *, exact_below: int = 200_000, byte_codes: bool = True, seed: int = 0) -> None:
        self.exact_below = exact_below
        self.byte_codes = byte_codes
        self.seed = seed
        self.codes_: ByteCodes | None = None
        self.lists_: FastLists | None = None
        self.model_: ListModel | None = None
        self.witnesses_: Witnesses | None = None

    def _fit(self) -> None:
        n = len(self)
        self.codes_ = ByteCodes.fit(self.vectors_) if self.byte_codes else None
        self.lists_ = self.model_ = self.witnesses_ = None
        if n >= LISTS_FROM:
            lists = int(np.clip(2 * np.sqrt(n), 1, n // POINTS_PER_LIST))
            self.lists_ = FastLists.fit(self.vectors_, lists, self.seed)
            self.model_ = ListModel.fit(self.vectors_, self.lists_.list_of(), lists)
            self.witnesses_ = Witnesses.of(self.vectors_, self.model_, WITNESS_SEED)

    def _find(self, query: Floats, k: int, selection: Selection, exact: bool) -> Found:
        must = exact or selection.count <= max(self._exact_below, k)
        # A zero query ties all rows: only a scan knows which ids come first.
        if must or self.lists_ is None or not query.any():
            return self._exact(query, k, selection)
        return self._by_lists(query, k, selection) or self._exact(query, k, selection)

    @property
    def _exact_below(self) -> int:
        return self.exact_below if self.byte_codes else self.exact_below // 10

    def _exact(self, query: Floats, k: int, selection: Selection) -> Found:
        ids = None if selection.everything else selection.ids
        codes = self.codes_
        if not query.any():
            first = np.arange(min(k, len(self))) if ids is None else ids[:k]
            return Found(first.astype(np.int64), np.zeros(len(first), dtype=np.float32), plan=SCAN)
        if codes is None or selection.count <= 4 * k:
            return Found(*scan(self.vectors_, query, k, ids), plan=SCAN)
        if 3 * selection.count > len(self):
            # Reading all codes in order is faster than gathering a good part of them.
            scores, error = codes.scores(query)
            scores = scores if ids is None else scores[ids]
        else:
            scores, error = codes.scores(query, ids)
        near = np.flatnonzero(scores >= kth_largest(scores, k) - 2 * error)
        ids = near if ids is None else ids[near]
        return Found(*self._best(query, k, ids), plan=CODES)

    def _best(self, query: Floats, k: int, ids: Ids) -> tuple[Ids, Floats]:
        """The ``k`` best of some rows, exactly: finer codes first where they spare reading vectors."""
        if self.codes_ is not None and len(ids) > k + k // 2:
            scores, error = self.codes_.scores(query, ids, fine=True)
            ids = ids[scores >= kth_largest(scores, k) - 2 * error]
        return scan(self.vectors_, query, k, ids)

    def _by_lists(self, query: Floats, k: int, selection: Selection) -> Found | None:
        """The answer from some lists; None where that would cost more, or could miss more, than an exact plan."""
        lists, model, witnesses = self.lists_, self.model_, self.witnesses_
        if lists is None or model is None or witnesses is None:
            return None
        counts = selection.shares(model.list_of, len(model.sizes))
        hopes = _Hopes(*model.moments(query), counts, model.sizes)
        closed_at = PLANNED
        depth = DEPTH * k
        score = kth_score(k, hopes.mean, hopes.deviation, counts)
        heard = witnesses.scores(query)
        for _ in range(3):
            opened = hopes.worth_opening(score, k, closed_at)
            if self._cheaper_exact(opened, model.sizes, selection):
                return None
            inside = int(counts[opened].sum())
            if inside < k:
                return None
            deep = min(depth, inside)
            ids = lists.open(query, opened, deep, selection)
            found, scores = self._best(query, k, np.union1d(ids, selection.among(model.strange)))
            if len(found) < k:
                return None
            score = float(scores[-1])
            if witnesses.object_to(heard, score, hopes.mean, hopes.deviation, opened):
                return None
            hidden = hopes.hidden(score, k, opened) / k
            shallow = 0.0 if deep == inside else _late(ids, found)
            if hidden + shallow <= ALLOWED:
                return Found(found, scores, LISTS, hidden + shallow)
            closed_at = PLANNED if hidden <= ALLOWED / 2 else PLANNED / 2
            depth = depth if shallow <= ALLOWED / 2 else 2 * depth
        return None

    def _cheaper_exact(self, opened: Ids, sizes: Counts, selection: Selection) -> bool:
        row = FAST_NS if selection.everything else SIFTED_NS
        by_lists = START_NS + OPEN_NS * len(opened) + row * float(sizes[opened].sum())
        each = GATHERED_NS if self.byte_codes else SCAN_NS
        exact = min(each * selection.count, (READ_NS if self.byte_codes else SCAN_NS) * len(self))
        return exact < by_lists

    def _find_many(self, queries: Floats, k: int, selection: Selection, exact: bool) -> list[Found]:
        if exact or selection.count <= max(self._exact_below, k) or self.lists_ is None:
            return scan_many(self.vectors_, queries, k, selection)
        if self.model_ is not None:
            selection.shares(self.model_.list_of, len(self.model_.sizes))
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            return list(threads.map(lambda query: self._find(query, k, selection, exact), queries))

    def save(self, folder: Path) -> None:
        save_vectors(folder, self.vectors_)
        if self.codes_ is not None:
            self.codes_.save(folder / CODES_FILE)
        if self.lists_ is not None and self.model_ is not None:
            self.lists_.save(folder)
            self.model_.save(folder / MODEL_FILE)

    @classmethod
    def load(cls, folder: Path, *, byte_codes: bool = True) -> Self:
        loaded = cls(byte_codes=byte_codes)
        loaded.vectors_ = read_vectors(folder)
        shape = loaded.vectors_.shape
        if byte_codes:
            loaded.codes_ = ByteCodes.load(folder / CODES_FILE)
            _require(folder / CODES_FILE, (len(loaded.codes_.codes), len(loaded.codes_.step)), shape)
        if len(loaded) >= LISTS_FROM:
            loaded.model_ = ListModel.load(folder / MODEL_FILE)
            loaded.lists_ = FastLists.load(folder, loaded.width)
            model = loaded.model_
            _require(folder / MODEL_FILE, (len(model.list_of), model.mean.shape[1]), shape)
            _require(folder / loaded.lists_.FILE, (len(loaded.lists_), loaded.lists_.width), shape)
            loaded.witnesses_ = Witnesses.of(loaded.vectors_, model, WITNESS_SEED)
        return loaded

    @property
    def resident(self) -> dict[str, int]:
        """Bytes held in memory, by part; the vectors of a loaded index are mapped from their file and not among
        them."""
        parts = {
            "8-bit codes": self.codes_,
            "4-bit lists": self.lists_,
            "list model": self.model_,
            "witnesses": self.witnesses_,
        }
        return {name: part.nbytes for name, part in parts.items() if part is not None}


@dataclass(frozen=True)
class _Hopes:
    """What one query may hope for from each list: (lists,) each."""

    mean: Floats
    deviation: Floats
    counts: Counts
    sizes: Counts

    def worth_opening(self, score: float, k: int, missed: float) -> Ids:
        """Numbers of the lists to open, those first that give most for their length, until the others are expected
        to hold ``missed * k`` rows above ``score``."""
        hits = above(score, self.mean, self.deviation, self.counts)
        order = np.argsort(-hits / np.maximum(self.sizes, 1), kind="stable")
        held = np.cumsum(hits[order])
        needed = int(np.searchsorted(held, held[-1] - missed * k)) + 1
        return order[:needed]

    def hidden(self, score: float, k: int, opened: Ids) -> float:
        """Rows above ``score`` that the lists not opened are expected to hold, scaled up where the opened held more
        (``k``) than they were expected to."""
        expected = above(score, self.mean, self.deviation, self.counts)
        inside = float(expected[opened].sum())
        return max(float(expected.sum()) - inside, 0.0) * max(k / max(inside, 1e-9), 1.0)


def _late(ids: Ids, found: Ids) -> float:
    """The share of the k best that too coarse codes are expected to have put beyond the depth of the search.

    Of the best found, the second half of what the 4-bit codes proposed holds fewer than the quarter before it; the
    next octave of depth is taken to hold fewer again by the same factor, and so on. Half a row is added so that a
    lucky draw does not promise everything.
    """
    ordered = np.sort(found)
    at = np.minimum(np.searchsorted(ordered, ids), len(ordered) - 1)
    among = ordered[at] == ids
    early, late = (int(part.sum()) for part in np.split(among, [len(ids) // 4, len(ids) // 2])[1:])
    factor = min((late + 1) / (early + 1), 0.75)
    return (late + 0.5) * factor / (1 - factor) / len(found)


def _require(path: Path, held: tuple[int, int], wanted: tuple[int, ...]) -> None:
    if held != wanted:
        raise IndexingError(
            f"{path}: holds {held[0]} rows of width {held[1]}, {VECTORS} beside it {wanted}; build the index again"
        )
