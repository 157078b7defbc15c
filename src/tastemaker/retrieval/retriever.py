"""From a brief to candidates: eligible creators, then the most similar of them, each with its source."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tastemaker import config as configuration
from tastemaker.encoders import require_same
from tastemaker.errors import IndexingError
from tastemaker.retrieval.eligibility import Eligibility
from tastemaker.retrieval.index import ExactIndex, Index, read_array
from tastemaker.retrieval.ivf import IVFIndex
from tastemaker.retrieval.joint import JointSpace
from tastemaker.retrieval.learned import LearnedProjection
from tastemaker.retrieval.selection import Floats, Ids, Mask
from tastemaker.schema import FilterCount

if TYPE_CHECKING:
    from tastemaker.features import BriefView, FeatureSnapshot

FORMAT = 1
META = "retrieval.json"
ROWS = "rows.npy"
SPACE = "space.safetensors"
KINDS: dict[str, type[Index]] = {"exact": ExactIndex, "ivf": IVFIndex}


@dataclass(frozen=True)
class Candidates:
    """Who was retrieved, one row of the snapshot's table per creator, best first (ties by creator_id).

    rows: int64 (m,); scores: float32 (m,), w_content * cosine + w_audience * mean overlap of the best theme;
    source: for each what lifted it, see :func:`sources`; creators, eligible, retrieved: the funnel so far,
    in creators; filters: what each hard filter left.
    """

    rows: Ids
    scores: Floats
    source: list[str]
    creators: int
    eligible: int
    retrieved: int
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
    ) -> None:
        self.space = space
        self.index = index
        self.rows = rows
        self.config = config
        self.eligibility = Eligibility(snapshot)
        self.encoder_id = snapshot.encoder_id
        self._snapshot_digest = _digest(snapshot)
        self._average = index.vectors_.mean(axis=0, dtype=np.float64)

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
        index = IVFIndex(exact_below=config.exact_below, seed=seed) if config.index == "ivf" else ExactIndex()
        return cls(space, index.fit(vectors), rows, snapshot, config)

    def retrieve(self, view: BriefView, at: datetime, k: int) -> Candidates:
        """The ``k`` most similar eligible creators, fewer where fewer are eligible.

        Weights are the brief's, or else the configured ones. Raises BriefError for a currency without a rate,
        EncoderError where the brief was encoded with another encoder than the creators.
        """
        require_same(self.encoder_id, view.encoder_id, "retrieval index")
        eligible = self.eligibility.check(view.brief, at)
        query = self.space.query(view, *self._weights(view))
        ids, scores = self._search(query, min(k, eligible.creators), eligible.mask)
        return Candidates(
            rows=self.rows[ids],
            scores=scores,
            source=sources(self.index.vectors_[ids], self._average, query, self.space.content),
            creators=self.eligibility.creators,
            eligible=eligible.creators,
            retrieved=len(ids),
            filters=eligible.filters,
        )

    def _weights(self, view: BriefView) -> tuple[float, float]:
        asked, usual = view.brief.weights, self.config
        content = usual.content_weight if asked.content is None else asked.content
        audience = usual.audience_weight if asked.audience is None else asked.audience
        return content, audience

    def _search(self, query: Floats, k: int, accounts: Mask) -> tuple[Ids, Floats]:
        """The best vector of each of the ``k`` best accounts. ``accounts`` holds one of each creator, so the
        first vector of an account is its creator's best; more vectors are asked for until ``k`` accounts are
        among them."""
        if k == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        allowed = accounts[self.rows]
        wanted = 2 * k
        while True:
            ids, scores = self.index.search(query, wanted, allowed)
            first = np.sort(np.unique(self.rows[ids], return_index=True)[1])
            if len(first) >= k or len(ids) < wanted:
                return ids[first[:k]], scores[first[:k]]
            wanted *= 2

    def save(self, folder: Path) -> None:
        """Writes vectors.npy, rows.npy, space.safetensors, retrieval.json and, for IVF, lists.faiss into
        ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.index.save(folder)
        np.save(folder / ROWS, self.rows, allow_pickle=False)
        self.space.save(folder / SPACE)
        kind = next(name for name, made in KINDS.items() if isinstance(self.index, made))
        meta = {
            "format": FORMAT,
            "index": kind,
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
        index = KINDS[meta["index"]].load(folder)
        if isinstance(index, IVFIndex):
            index.exact_below = config.exact_below
        rows = read_array(folder / ROWS).astype(np.int64)
        if index.width != space.width or rows.shape != (len(index),):
            raise IndexingError(
                f"{folder}: vectors {index.vectors_.shape}, rows {rows.shape} and a space of width "
                f"{space.width} do not belong together; build the index again"
            )
        return cls(space, index, rows, snapshot, config)


def sources(vectors: Floats, average: Floats, query: Floats, content: slice) -> list[str]:
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
