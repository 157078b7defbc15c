"""From a brief to candidates: eligible creators, then the most similar of them, each with its source."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from tastemaker import config as configuration
from tastemaker.encoders import require_same
from tastemaker.errors import IndexingError
from tastemaker.retrieval.eligibility import CreatorList, Eligibility
from tastemaker.retrieval.index import ExactIndex, Index, read_array
from tastemaker.retrieval.ivf import IVFIndex
from tastemaker.retrieval.joint import JointSpace
from tastemaker.retrieval.learned import LearnedProjection
from tastemaker.retrieval.recent import Recent
from tastemaker.retrieval.scan import SCAN, Found
from tastemaker.retrieval.selection import Floats, Ids, Selection
from tastemaker.schema import FilterCount

if TYPE_CHECKING:
    from tastemaker.features import BriefView, FeatureSnapshot

FORMAT = 2
META = "retrieval.json"
ROWS = "rows.npy"
SPACE = "space.safetensors"
AVERAGE = "average.npy"
KINDS = ("exact", "ivf", "compact")

FILTERED, ROOM = 64, 128 << 20
"""Filters whose rows are remembered, and bytes for them."""
SPARE = 1.1
"""Vectors asked for beyond what the average number of themes says, to find enough creators at once."""


@dataclass(frozen=True)
class Candidates:
    """Who was retrieved, one row of the snapshot's table per creator, best first (ties by creator_id).

    rows: int64 (m,); scores: float32 (m,), w_content * cosine + w_audience * mean overlap of the best theme;
    source: for each what lifted it, see :func:`sources`; creators, eligible, retrieved: the funnel so far,
    in creators; filters: what each hard filter left; plan: which way they were found ("scan" and "codes" are exact,
    "lists" is not), see :mod:`tastemaker.retrieval.scan`; missed: the share of the exact answer that is expected to be
    missing.
    """

    rows: Ids
    scores: Floats
    source: list[str]
    creators: int
    eligible: int
    retrieved: int
    filters: tuple[FilterCount, ...]
    plan: str = SCAN
    missed: float = 0.0


@dataclass(frozen=True)
class _Filtered:
    """Those who pass a filter, as the index takes them."""

    selection: Selection
    creators: int
    filters: tuple[FilterCount, ...]


class Retriever:
    """Holds a snapshot's joint vectors in an index, and its eligibility. Safe to share between threads."""

    def __init__(
        self,
        space: JointSpace,
        index: Index,
        rows: Ids,
        snapshot: FeatureSnapshot,
        config: configuration.Retrieval,
        average: NDArray[np.floating] | None = None,
    ) -> None:
        self.space = space
        self.index = index
        self.rows = rows
        self.config = config
        self.eligibility = Eligibility(snapshot)
        self.encoder_id = snapshot.encoder_id
        self._snapshot_digest = _digest(snapshot)
        self._average = index.vectors_.mean(axis=0, dtype=np.float64) if average is None else average
        self._filtered: Recent[_Filtered] = Recent(FILTERED, ROOM, lambda one: one.selection.nbytes)

    @classmethod
    def build(
        cls,
        snapshot: FeatureSnapshot,
        config: configuration.Retrieval,
        seed: int = 0,
        learned: LearnedProjection | None = None,
    ) -> Self:
        """Fits projection (or takes the ``learned`` one), averages and index. Raises IndexingError where the
        snapshot has no account."""
        if not len(snapshot):
            raise IndexingError("the feature snapshot has no account; there is nothing to retrieve from")
        space = JointSpace.fit(snapshot, config.content_dim, seed, learned)
        vectors, rows = space.creators(snapshot)
        return cls(space, _index(config, seed).fit(vectors), rows, snapshot, config)

    def retrieve(self, view: BriefView, at: datetime, k: int, *, exact: bool = False) -> Candidates:
        """The ``k`` most similar eligible creators, fewer where fewer are eligible; ``exact`` allows only exact plans.

        Weights are the brief's, or else the configured ones. Raises BriefError for a currency without a rate,
        EncoderError where the brief was encoded with another encoder than the creators.
        """
        filtered = self._filter(view, at)
        query = self.space.query(view, *self._weights(view))
        return self._candidates(query, filtered, self._search(query[None, :], k, filtered, exact)[0])

    def retrieve_many(
        self, views: Sequence[BriefView], at: datetime, k: int, *, exact: bool = False
    ) -> list[Candidates]:
        """:meth:`retrieve` for each brief, those with the same filters together: the same answers, in less time."""
        groups: dict[tuple[Any, ...], list[int]] = {}
        for number, view in enumerate(views):
            groups.setdefault(self.eligibility.asked(view.brief, at), []).append(number)
        found: dict[int, Candidates] = {}
        for numbers in groups.values():
            filtered = self._filter(views[numbers[0]], at)
            own = [views[number] for number in numbers]
            queries = np.stack([self.space.query(view, *self._weights(view)) for view in own])
            for number, query, one in zip(
                numbers, queries, self._search(queries, k, filtered, exact), strict=True
            ):
                require_same(self.encoder_id, views[number].encoder_id, "retrieval index")
                found[number] = self._candidates(query, filtered, one)
        return [found[number] for number in range(len(views))]

    def _filter(self, view: BriefView, at: datetime) -> _Filtered:
        require_same(self.encoder_id, view.encoder_id, "retrieval index")
        asked = self.eligibility.asked(view.brief, at)
        key = tuple((n, replace(v, ids=()) if isinstance(v, CreatorList) else v) for n, v in asked)
        return self._filtered.get(key, lambda: self._apply(asked))

    def _apply(self, asked: tuple[tuple[str, Any], ...]) -> _Filtered:
        eligible = self.eligibility.apply(asked)
        return _Filtered(self.index.select(eligible.mask[self.rows]), eligible.creators, eligible.filters)

    def _candidates(self, query: Floats, filtered: _Filtered, found: Found) -> Candidates:
        return Candidates(
            rows=self.rows[found.ids],
            scores=found.scores,
            source=sources(self.index.vectors_[found.ids], self._average, query, self.space.content),
            creators=self.eligibility.creators,
            eligible=filtered.creators,
            retrieved=len(found.ids),
            filters=filtered.filters,
            plan=found.plan,
            missed=found.missed,
        )

    def _weights(self, view: BriefView) -> tuple[float, float]:
        asked, usual = view.brief.weights, self.config
        content = usual.content_weight if asked.content is None else asked.content
        audience = usual.audience_weight if asked.audience is None else asked.audience
        return content, audience

    def _search(self, queries: Floats, k: int, filtered: _Filtered, exact: bool) -> list[Found]:
        """For each query the best vector of each of the ``k`` best creators. The selection holds one account of each,
        so the first vector of an account is its creator's best; more vectors are asked for until ``k`` accounts are
        among them."""
        k = min(k, filtered.creators)
        if k == 0:
            nobody = Found(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
            return [nobody] * len(queries)
        selection = filtered.selection
        wanted = int(SPARE * k * selection.count / filtered.creators) + 8
        found: dict[int, Found] = {}
        waiting = list(range(len(queries)))
        while waiting:
            alone = len(waiting) == 1
            answers = (
                [self.index.find(queries[waiting[0]], wanted, selection, exact=exact)]
                if alone
                else self.index.find_many(queries[waiting], wanted, selection, exact=exact)
            )
            for number, answer in zip(waiting, answers, strict=True):
                first = distinct(self.rows, answer.ids)
                if len(first) >= k or len(answer.ids) < wanted:
                    first = first[:k]
                    found[number] = replace(answer, ids=answer.ids[first], scores=answer.scores[first])
            waiting = [number for number in waiting if number not in found]
            wanted *= 2
        return [found[number] for number in range(len(queries))]

    def save(self, folder: Path) -> None:
        """Writes vectors.npy, rows.npy, average.npy, space.safetensors, retrieval.json and the index's own files into
        ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.index.save(folder)
        np.save(folder / ROWS, self.rows, allow_pickle=False)
        self.space.save(folder / SPACE)
        np.save(folder / AVERAGE, self._average, allow_pickle=False)
        meta = {
            "format": FORMAT,
            "index": _kind(self.index),
            "encoder_id": self.encoder_id,
            "snapshot": self._snapshot_digest,
        }
        (folder / META).write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, snapshot: FeatureSnapshot, config: configuration.Retrieval) -> Self:
        """What :meth:`save` wrote, over the same snapshot. Raises IndexingError where the two do not fit."""
        meta = _read_meta(folder / META)
        if meta["snapshot"] != _digest(snapshot):
            raise IndexingError(f"{folder}: was built on another feature snapshot; build the index again")
        require_same(meta["encoder_id"], snapshot.encoder_id, str(folder))
        space = JointSpace.load(folder / SPACE)
        index = _loaded(meta["index"], folder, config)
        rows = read_array(folder / ROWS).astype(np.int64)
        if index.width != space.width or rows.shape != (len(index),):
            raise IndexingError(
                f"{folder}: vectors {index.vectors_.shape}, rows {rows.shape} and a space of width "
                f"{space.width} do not belong together; build the index again"
            )
        return cls(space, index, rows, snapshot, config, read_array(folder / AVERAGE))


def _index(config: configuration.Retrieval, seed: int) -> Index:
    if config.index == "exact":
        return ExactIndex()
    return IVFIndex(exact_below=config.exact_below, byte_codes=config.index == "ivf", seed=seed)


def _kind(index: Index) -> str:
    if not isinstance(index, IVFIndex):
        return "exact"
    return "ivf" if index.byte_codes else "compact"


def _loaded(kind: str, folder: Path, config: configuration.Retrieval) -> Index:
    if kind == "exact":
        return ExactIndex.load(folder)
    index = IVFIndex.load(folder, byte_codes=kind == "ivf")
    index.exact_below = config.exact_below
    return index


def distinct(rows: Ids, ids: Ids) -> Ids:
    """Places in ``ids`` (m,), ascending, of the first vector of each account; ``rows``: whose each vector is."""
    first: Ids = np.sort(np.unique(rows[ids], return_index=True)[1])
    return first


def sources(vectors: Floats, average: NDArray[np.floating], query: Floats, content: slice) -> list[str]:
    """What lifted each vector (m, d) above the catalogue's average vector, by block of the query.

    "content" or "audience" where that block gave at least two thirds of the lift, "content+audience" in
    between, and "filters" where the vector is no better than average in either: it was found because it
    passed the filters.
    """
    lift = (vectors - average) * query
    by_content = np.clip(lift[:, content].sum(axis=1), 0.0, None)
    by_audience = np.clip(lift[:, content.stop :].sum(axis=1), 0.0, None)
    total = by_content + by_audience
    names = []
    for part, whole in zip(by_content, total, strict=True):
        if whole < 1e-6:
            names.append("filters")
        elif part >= whole * 2 / 3:
            names.append("content")
        else:
            names.append("audience" if part <= whole / 3 else "content+audience")
    return names


def _digest(snapshot: FeatureSnapshot) -> str:
    """SHA-256 over the accounts in their order: rows mean nothing over another snapshot."""
    accounts = "\n".join(snapshot.table.column("account_id").to_pylist())
    return hashlib.sha256(f"{snapshot.as_of.isoformat()}\n{accounts}".encode()).hexdigest()


def _read_meta(path: Path) -> dict[str, Any]:
    try:
        meta: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexingError(f"{path}: can not be read: {error}; build the index again") from None
    if meta.get("format") != FORMAT or meta.get("index") not in KINDS:
        raise IndexingError(
            f"{path}: format {meta.get('format')!r}, index {meta.get('index')!r}; "
            f"this version reads format {FORMAT} with {' or '.join(KINDS)}; build the index again"
        )
    return meta
