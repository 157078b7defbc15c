"""The joint vector: one inner product scores content and audience together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tastemaker.errors import IndexingError
from tastemaker.retrieval.projection import ContentProjection, read_tensors
from tastemaker.retrieval.selection import Floats, Ids
from tastemaker.schema import AUDIENCE_WIDTH, FACET_SLICES
from tastemaker.schema.tables import PLATFORMS

if TYPE_CHECKING:
    from tastemaker.features import BriefView, FeatureSnapshot
    from tastemaker.retrieval.learned import LearnedProjection

EVERYWHERE = "*"
"""The key of the averages over all platforms."""


class JointSpace:
    """Where creators and briefs meet: ``[content unit vector | square roots of the audience shares]``.

    The inner product of two square-rooted distributions is their Bhattacharyya coefficient (1943), 0 for
    disjoint audiences and 1 for equal ones. Creators carry plain blocks and the query carries the weights,
    so that a brief can change them without a new index: score = w_content * cosine + w_audience * mean
    overlap of the facets given.

    facet_averages: platform -> shares (AUDIENCE_WIDTH,) that stand in for a facet unknown of a creator,
    without NaN; the key ``"*"`` serves every other platform. brief_projection: the map of the brief's content
    where it is not that of the creators', see :mod:`tastemaker.retrieval.learned`; as wide.
    """

    def __init__(
        self,
        projection: ContentProjection,
        facet_averages: Mapping[str, NDArray[np.floating]],
        brief_projection: ContentProjection | None = None,
    ) -> None:
        self.projection = projection
        self.brief_projection = projection if brief_projection is None else brief_projection
        if self.brief_projection.weight.shape != projection.weight.shape:
            raise IndexingError(
                f"the brief's projection is {self.brief_projection.weight.shape}, the creators' "
                f"{projection.weight.shape}; expected the same shape, fitted together"
            )
        self.facet_averages = {
            name: np.asarray(row, dtype=np.float32) for name, row in facet_averages.items()
        }

    @classmethod
    def fit(
        cls, snapshot: FeatureSnapshot, dim: int, seed: int = 0, learned: LearnedProjection | None = None
    ) -> Self:
        """Projection of the snapshot's themes to at most ``dim`` columns, or the ``learned`` one, and its
        audience averages."""
        if learned is not None:
            return cls(learned.creator, facet_averages(snapshot), learned.brief)
        return cls(ContentProjection.fit(snapshot.themes, dim, seed), facet_averages(snapshot))

    @property
    def width(self) -> int:
        return self.projection.width + AUDIENCE_WIDTH

    @property
    def content(self) -> slice:
        """The columns of the content block; the audience block is the rest."""
        return slice(0, self.projection.width)

    def creators(self, snapshot: FeatureSnapshot) -> tuple[Floats, Ids]:
        """(vectors (m, width), rows (m,)): one vector for each theme, and one with a zero content block for
        an account without a theme; ``rows``, ascending, says which row of ``snapshot.table`` a vector
        belongs to."""
        bare = np.setdiff1d(np.arange(len(snapshot)), snapshot.theme_row)
        rows = np.concatenate([snapshot.theme_row, bare]).astype(np.int64)
        order = np.argsort(rows, kind="stable")
        content = np.zeros((len(rows), self.projection.width), dtype=np.float32)
        content[: len(snapshot.theme_row)] = self.projection.transform(snapshot.themes)
        rows = rows[order]
        return np.hstack([content[order], self.audiences(snapshot)[rows]]), rows

    def query(self, view: BriefView, content_weight: float, audience_weight: float) -> Floats:
        """(width,) the brief's side, with the weights in it. A facet that the brief leaves open has weight
        zero; those given share ``audience_weight`` equally; without any, audience does not count."""
        query = np.zeros(self.width, dtype=np.float32)
        query[self.content] = content_weight * self.brief_projection.transform(view.content[None, :])[0]
        given = [part for part in FACET_SLICES.values() if _known(view.audience[None, part])[0]]
        audience = query[self.projection.width :]
        for part in given:
            audience[part] = audience_weight / len(given) * _roots(view.audience[part])
        return query

    def audiences(self, snapshot: FeatureSnapshot) -> Floats:
        """(n, AUDIENCE_WIDTH) square roots of shares; unknown facets at the average of the account's
        platform."""
        names = [str(p) for p in snapshot.table.column("platform").to_pylist()]
        order = {name: i for i, name in enumerate(self.facet_averages)}
        kind = np.array([order.get(name, order[EVERYWHERE]) for name in names], dtype=np.int64)
        averages = np.stack(list(self.facet_averages.values()))
        shares = np.array(snapshot.audience, dtype=np.float32)
        for part in FACET_SLICES.values():
            unknown = ~_known(shares[:, part])
            shares[unknown, part] = averages[kind[unknown], part]
        return _roots(shares)

    def save(self, path: Path) -> None:
        """Writes a safetensors file: ``projection``, ``average.<platform>`` and, where the brief has a map of
        its own, ``brief_projection``."""
        tensors = {f"average.{name}": row for name, row in self.facet_averages.items()}
        tensors["projection"] = self.projection.weight
        if self.brief_projection is not self.projection:
            tensors["brief_projection"] = self.brief_projection.weight
        save_file(tensors, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what :meth:`save` wrote. Raises IndexingError with the file's name."""
        tensors = read_tensors(path, "projection", f"average.{EVERYWHERE}")
        averages = {n.removeprefix("average."): t for n, t in tensors.items() if n.startswith("average.")}
        for name, row in averages.items():
            if row.shape != (AUDIENCE_WIDTH,):
                raise IndexingError(
                    f"{path}: average.{name} has shape {row.shape}; expected ({AUDIENCE_WIDTH},)"
                )
        own = ContentProjection(tensors["brief_projection"]) if "brief_projection" in tensors else None
        return cls(ContentProjection(tensors["projection"]), averages, own)


def facet_averages(snapshot: FeatureSnapshot) -> dict[str, Floats]:
    """Mean shares of the accounts of which a facet is known: by platform and, under ``"*"``, over all of
    them. A platform where nobody's facet is known takes the mean over all; zeros where nobody's is known at
    all."""
    platforms = np.array(snapshot.table.column("platform").to_pylist(), dtype=object)
    everywhere = _average(snapshot.audience, np.zeros(AUDIENCE_WIDTH, dtype=np.float32))
    rows = {p: _average(snapshot.audience[platforms == p], everywhere) for p in PLATFORMS}
    return {EVERYWHERE: everywhere, **rows}


def _average(audience: NDArray[np.floating], otherwise: Floats) -> Floats:
    average = otherwise.copy()
    for part in FACET_SLICES.values():
        known = audience[_known(audience[:, part]), part]
        if len(known):
            average[part] = np.nan_to_num(known).mean(axis=0, dtype=np.float64)
    return average


def _known(shares: NDArray[np.floating]) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = ~np.isnan(shares).all(axis=1)
    return known


def _roots(shares: NDArray[np.floating]) -> Floats:
    roots: Floats = np.sqrt(np.clip(np.nan_to_num(shares), 0.0, None)).astype(np.float32)
    return roots
