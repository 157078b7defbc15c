"""Joint vectors of invented creators, briefs near their niches, and filters for, beside and against the brief."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tastemaker.schema import AUDIENCE_WIDTH, FACET_SLICES

CONTENT = 256
NICHES, GROUPS = 400, 40
BLOCK = 100_000
SELECTIVITIES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.001)
ADVERSE = (0.1, 0.05)
AUDIENCE_WEIGHTS = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Ask:
    """A brief's vector (width,) and the bool masks over creators by (kind, selectivity)."""

    vector: NDArray[np.float32]
    masks: dict[tuple[str, float], NDArray[np.bool_]]


class World:
    """``creators`` creators of 400 niches in 40 groups, of sizes as uneven as a flat Dirichlet draw makes them.

    vectors: float32 (m, 348), about 1.5 a creator, as :class:`tastemaker.retrieval.JointSpace` makes them: 256
    columns of content whose variance falls with the column as that of principal components does, and four facets'
    roots; rows: int64 (m,), whose each is. A creator's second theme lies in one of the eight next niches.
    """

    def __init__(self, creators: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        spectrum = (np.arange(CONTENT) + 4.0) ** -0.55
        self._spectrum = (spectrum / np.linalg.norm(spectrum)).astype(np.float32)
        groups = rng.normal(size=(GROUPS, CONTENT)) * self._spectrum
        self._group = rng.integers(0, GROUPS, NICHES)
        common = 0.6 * rng.normal(size=CONTENT) * self._spectrum
        own = 0.7 * rng.normal(size=(NICHES, CONTENT)) * self._spectrum
        self._centres = (common + 0.7 * groups[self._group] + own).astype(np.float32)
        self._sizes = rng.dirichlet(np.ones(NICHES))
        self._tastes = [
            rng.dirichlet(np.full(p.stop - p.start, 0.3), GROUPS).astype(np.float32)
            for p in FACET_SLICES.values()
        ]
        self.main = rng.choice(NICHES, creators, p=self._sizes)
        self.rows = np.repeat(np.arange(creators), rng.choice([1, 2, 3], creators, p=[0.6, 0.3, 0.1]))
        self.vectors = np.empty((len(self.rows), CONTENT + AUDIENCE_WIDTH), dtype=np.float32)
        self._fill(rng)

    def _fill(self, rng: np.random.Generator) -> None:
        first = np.diff(self.rows, prepend=-1) != 0
        near = np.argsort(-(unit(self._centres) @ unit(self._centres).T), axis=1)[:, 1:9]
        niche = np.where(
            first, self.main[self.rows], near[self.main[self.rows], rng.integers(0, 8, len(first))]
        )
        audiences = self._audiences(rng)
        for start in range(0, len(niche), BLOCK):
            part = slice(start, start + BLOCK)
            noise = rng.standard_normal((len(niche[part]), CONTENT), dtype=np.float32) * self._spectrum
            self.vectors[part, :CONTENT] = unit(self._centres[niche[part]] + 0.9 * noise)
            self.vectors[part, CONTENT:] = audiences[self.rows[part]]

    def _audiences(self, rng: np.random.Generator) -> NDArray[np.float32]:
        roots = np.empty((len(self.main), AUDIENCE_WIDTH), dtype=np.float32)
        for part, taste in zip(FACET_SLICES.values(), self._tastes, strict=True):
            for start in range(0, len(self.main), BLOCK):
                group = self._group[self.main[start : start + BLOCK]]
                own = rng.standard_gamma(0.4, (len(group), part.stop - part.start)).astype(np.float32)
                own /= np.maximum(own.sum(axis=1, keepdims=True), 1e-9)
                roots[start : start + BLOCK, part] = np.sqrt(0.5 * taste[group] + 0.5 * own)
        return roots

    def ask(self, number: int) -> Ask:
        """The brief ``number``, from the same draw in every world of this seed's niches; weights by turns."""
        rng = np.random.default_rng([9, number])
        niche = rng.choice(NICHES, p=self._sizes)
        vector = np.zeros(self.vectors.shape[1], dtype=np.float32)
        said = self._centres[niche] + 1.1 * rng.normal(size=CONTENT) * self._spectrum
        vector[:CONTENT] = unit(said[None, :])[0]
        weight = AUDIENCE_WEIGHTS[number % len(AUDIENCE_WEIGHTS)] / len(FACET_SLICES)
        for part, taste in zip(FACET_SLICES.values(), self._tastes, strict=True):
            wanted = 0.6 * taste[self._group[niche]] + 0.4 * rng.dirichlet(
                np.full(part.stop - part.start, 0.5)
            )
            vector[CONTENT + part.start : CONTENT + part.stop] = weight * np.sqrt(wanted)
        return Ask(vector, self._masks(vector))

    def _masks(self, vector: NDArray[np.float32]) -> dict[tuple[str, float], NDArray[np.bool_]]:
        nearest = np.argsort(-(self._centres @ vector[:CONTENT]))
        everyone = np.ones(len(self.main), dtype=np.bool_)
        masks = {("uncorrelated", 1.0): everyone}
        for share in SELECTIVITIES[1:]:
            rng = np.random.default_rng([5, round(1_000 * share)])
            draw = rng.random(len(self.main))
            masks["uncorrelated", share] = draw < share
            # Half of those who pass are of the brief's own niches, half are anyone.
            own = np.isin(self.main, self._covering(nearest, share / 2))
            masks["correlated", share] = np.where(own, draw * own.mean() < share / 2, draw < share / 2)
        for share in ADVERSE:
            masks["adverse", share] = np.isin(self.main, self._covering(nearest[::-1], share))
        return masks

    def _covering(self, order: NDArray[np.intp], share: float) -> NDArray[np.intp]:
        """The first niches of ``order`` that hold ``share`` of the creators."""
        return order[: int(np.searchsorted(np.cumsum(self._sizes[order]), share)) + 1]


def unit(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
