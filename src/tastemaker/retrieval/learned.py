"""What past collaborations teach retrieval: a map for the brief's side and one for the creators'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tastemaker import config as configuration
from tastemaker.retrieval.pool import Pool
from tastemaker.retrieval.projection import ContentProjection, read_tensors
from tastemaker.retrieval.selection import Floats, Ids
from tastemaker.retrieval.side import Adam, Side

EPOCHS = 6
BATCH = 32
RATE = 2e-3
STRETCH_RATE = 2e-2
"""A weight of the diagonal has a tenfold step: there is one where U and V have ``2 * rank``."""
TEMPERATURE = 0.1
"""Where the softmax's temperature starts; it is fitted along and serves no purpose afterwards."""


@dataclass(frozen=True)
class LearnedProjection:
    """Two maps from the encoder's width to the content block: ``brief`` for briefs, ``creator`` for themes."""

    brief: ContentProjection
    creator: ContentProjection

    def save(self, path: Path) -> None:
        """Writes a safetensors file with the tensors ``brief`` and ``creator``."""
        save_file({"brief": self.brief.weight, "creator": self.creator.weight}, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what :meth:`save` wrote. Raises IndexingError with the file's name."""
        tensors = read_tensors(path, "brief", "creator")
        return cls(ContentProjection(tensors["brief"]), ContentProjection(tensors["creator"]))


def fit_projection(
    pools: Sequence[Pool],
    base: ContentProjection,
    config: configuration.Retrieval,
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
) -> LearnedProjection:
    """Maps under which a brief finds the creators who delivered for briefs like it.

    Each side is ``base`` followed by ``D (I + U V)``, see :class:`~tastemaker.retrieval.side.Side`, and scaled
    to unit length. They minimise, over the decisions, the cross entropy between the shares of ``Pool.weight``
    and the softmax of the joint score of everyone in the pool over a temperature, plus
    ``projection_ridge`` times the squared norms of U and V and ``projection_diagonal_ridge`` times that of
    D's logarithm for *all* decisions together: the fewer there are, the closer the maps stay to ``base``.
    A sampled creator's score is raised by the logarithm of how many he stands for (the logQ correction:
    Bengio and Senecal, 2008). Adam over batches of decisions, ``epochs`` passes; the same input and seed give
    the same maps. Without a positive anywhere both maps are ``base``.

    Pools of plain arrays: :func:`~tastemaker.retrieval.pool.pools_from_arrays`, with
    ``ContentProjection(np.eye(d))`` as the base. Those of one batch that share their themes are mapped once.
    """
    rng = np.random.default_rng(seed)
    useful = [p for p in pools if np.nansum(p.weight) > 0 and p.brief.any()]
    diagonal = config.projection_diagonal_ridge is not None
    sides = {s: Side(base.width, config.projection_rank, diagonal, rng) for s in ("brief", "creator")}
    log_temperature = np.array([np.log(TEMPERATURE)])
    params = [*sides["brief"].params, *sides["creator"].params, log_temperature]
    adam = Adam(params, [*2 * [STRETCH_RATE, RATE, RATE], RATE])
    ridge = [*2 * [config.projection_diagonal_ridge or 0.0, *2 * [config.projection_ridge]], 0.0]
    for _ in range(epochs if useful else 0):
        order = rng.permutation(len(useful))
        for start in range(0, len(useful), BATCH):
            batch = [useful[i] for i in order[start : start + BATCH]]
            parts = [gradients(group, sides, log_temperature, config) for group in _sharing(batch)]
            adam.step(
                [
                    sum(part) / len(batch) + 2 * pull / len(useful) * parameter
                    for parameter, pull, *part in zip(params, ridge, *parts, strict=True)
                ]
            )
    return LearnedProjection(*(ContentProjection(base.weight @ sides[s].matrix()) for s in sides))


def joint_scores(
    pool: Pool, base: ContentProjection, learned: LearnedProjection | None, config: configuration.Retrieval
) -> Floats:
    """Joint scores (n,) of a pool gathered in the columns of ``base``, by ``learned`` or, without, by it."""
    query, themes = pool.brief, pool.themes.astype(np.float32)
    if learned is not None:
        back = base.weight.T
        query = learned.brief.transform((query @ back)[None, :])[0]
        themes = learned.creator.transform(themes @ back)
    return _scores(pool, themes @ query, pool.best(themes @ query), config)


def gradients(
    pools: Sequence[Pool],
    sides: dict[str, Side],
    log_temperature: NDArray[np.float64],
    config: configuration.Retrieval,
) -> list[Floats]:
    """Gradients of the summed cross entropies of ``pools``, who share their themes, by the parameters of the
    brief's side, of the creators' and by ``log_temperature``."""
    briefs = np.stack([p.brief for p in pools])
    themes = pools[0].themes.astype(np.float32)
    queries, query_lengths = sides["brief"].forward(briefs)
    unit, lengths = sides["creator"].forward(themes)
    products = unit @ queries.T
    slopes, by_temperature = np.zeros_like(products), 0.0
    for number, pool in enumerate(pools):
        # Of a creator's themes only the best counts, and only it learns.
        best = pool.best(products[:, number])
        scores = _scores(pool, products[:, number], best, config)
        temperature = float(np.exp(log_temperature[0]))
        off = _off(pool, scores / temperature + pool.log_stands_for)
        has = best >= 0
        slopes[best[has], number] = config.content_weight / temperature * off[has]
        by_temperature -= float((off * scores).sum()) / temperature
    taught = slopes.any(axis=1)
    by_query = sides["brief"].backward(briefs, queries, query_lengths, slopes.T @ unit)
    by_theme = sides["creator"].backward(
        themes[taught], unit[taught], lengths[taught], slopes[taught] @ queries
    )
    return [*by_query, *by_theme, np.array([by_temperature])]


def _sharing(pools: Sequence[Pool]) -> list[list[Pool]]:
    """The pools in groups of one and the same array of themes."""
    groups: dict[int, list[Pool]] = {}
    for pool in pools:
        groups.setdefault(id(pool.themes), []).append(pool)
    return list(groups.values())


def _scores(pool: Pool, products: Floats, best: Ids, config: configuration.Retrieval) -> Floats:
    cosines = np.zeros(len(best), dtype=products.dtype)
    cosines[best >= 0] = products[best[best >= 0]]
    scores: Floats = config.content_weight * cosines + config.audience_weight * pool.audience
    return scores


def _off(pool: Pool, logits: Floats) -> Floats:
    """Chances by the softmax minus the shares of what each was worth; who is not known counts in neither."""
    known = ~np.isnan(pool.weight)
    chance = np.where(known, np.exp(logits - logits[known].max()), 0.0)
    off: Floats = chance / chance.sum() - np.nan_to_num(pool.weight) / np.nansum(pool.weight)
    return off
