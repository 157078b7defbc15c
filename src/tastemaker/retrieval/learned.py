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
from tastemaker.retrieval.index import Floats
from tastemaker.retrieval.pool import Pool
from tastemaker.retrieval.projection import ContentProjection, read_tensors

EPOCHS = 6
BATCH = 32
RATE = 2e-3
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

    Each side is ``base`` followed by ``I + U V``, U (d, rank) and V (rank, d), and scaled to unit length. They
    minimise, over the decisions, the cross entropy between the shares of ``Pool.weight`` and the softmax of
    the joint score of everyone in the pool over a temperature, plus ``projection_ridge`` times the squared
    norms of U and V for *all* decisions together: the fewer there are, the closer the maps stay to ``base``.
    A sampled creator's score is raised by the logarithm of how many he stands for (the logQ correction:
    Bengio and Senecal, 2008). Adam over batches of decisions; the same input and seed give the same maps.
    Without a positive anywhere both maps are ``base``.
    """
    rng = np.random.default_rng(seed)
    useful = [p for p in pools if np.nansum(p.weight) > 0 and p.brief.any()]
    sides = {"brief": _Side(base.width, config.projection_rank, rng)}
    sides["creator"] = _Side(base.width, config.projection_rank, rng)
    log_temperature = np.array([np.log(TEMPERATURE)])
    params = [*sides["brief"].params, *sides["creator"].params, log_temperature]
    adam = _Adam(params, RATE)
    for _ in range(epochs if useful else 0):
        order = rng.permutation(len(useful))
        for start in range(0, len(useful), BATCH):
            batch = [useful[i] for i in order[start : start + BATCH]]
            total = [np.zeros_like(p) for p in params]
            for pool in batch:
                for into, part in zip(total, _gradient(pool, sides, log_temperature, config), strict=True):
                    into += part / len(batch)
            for parameter, gradient in zip(params[:-1], total[:-1], strict=True):
                gradient += 2 * config.projection_ridge / len(useful) * parameter
            adam.step(total)
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
    products = themes @ query
    best = pool.best(products)
    cosines = np.where(best >= 0, products[np.maximum(best, 0)], 0.0) if len(products) else 0.0
    scores: Floats = config.content_weight * cosines + config.audience_weight * pool.audience
    return scores


class _Side:
    """``I + U V``: at the start V is zero and the map the identity."""

    def __init__(self, width: int, rank: int, rng: np.random.Generator) -> None:
        self.u = rng.normal(0, width**-0.5, (width, rank)).astype(np.float32)
        self.v = np.zeros((rank, width), dtype=np.float32)
        self.params = [self.u, self.v]

    def matrix(self) -> Floats:
        return np.eye(len(self.u), dtype=np.float32) + self.u @ self.v

    def forward(self, rows: Floats) -> tuple[Floats, Floats]:
        """Unit rows of the mapped ones, and the lengths (n, 1) that they had."""
        mapped = rows + (rows @ self.u) @ self.v
        lengths = np.maximum(np.linalg.norm(mapped, axis=1, keepdims=True), 1e-9)
        return mapped / lengths, lengths

    def backward(self, rows: Floats, unit: Floats, lengths: Floats, slope: Floats) -> list[Floats]:
        """Gradients of U and V, from the loss's slope (n, d) along the unit rows."""
        slope = (slope - (slope * unit).sum(axis=1, keepdims=True) * unit) / lengths
        return [rows.T @ (slope @ self.v.T), (rows @ self.u).T @ slope]


class _Adam:
    """Steps of Kingma and Ba (2015), with their constants, in place."""

    def __init__(self, params: list[Floats], rate: float) -> None:
        self.params, self.rate, self.steps = params, rate, 0
        self._mean = [np.zeros_like(p) for p in params]
        self._square = [np.zeros_like(p) for p in params]

    def step(self, gradients: list[Floats]) -> None:
        self.steps += 1
        for p, g, mean, square in zip(self.params, gradients, self._mean, self._square, strict=True):
            mean += 0.1 * (g - mean)
            square += 0.001 * (g * g - square)
            size = np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8
            p -= self.rate * mean / (1 - 0.9**self.steps) / size


def _gradient(
    pool: Pool, sides: dict[str, _Side], log_temperature: NDArray[np.float64], config: configuration.Retrieval
) -> list[Floats]:
    brief = pool.brief[None, :]
    themes = pool.themes.astype(np.float32)
    query, query_length = sides["brief"].forward(brief)
    unit, lengths = sides["creator"].forward(themes)
    products = unit @ query[0]
    # Of a creator's themes only the best counts, and only it learns.
    best = pool.best(products)
    has = best >= 0
    cosines = np.zeros(len(best), dtype=np.float32)
    cosines[has] = products[best[has]]
    scores = config.content_weight * cosines + config.audience_weight * pool.audience
    temperature = float(np.exp(log_temperature[0]))
    logits = scores / temperature + pool.log_stands_for
    known = ~np.isnan(pool.weight)
    chance = np.where(known, np.exp(logits - logits[known].max()), 0.0)
    off = chance / chance.sum() - np.nan_to_num(pool.weight) / np.nansum(pool.weight)
    slope = (config.content_weight / temperature * off[has]).astype(np.float32)[:, None]
    picked = best[has]
    by_query = sides["brief"].backward(brief, query, query_length, (slope * unit[picked]).sum(0)[None, :])
    by_theme = sides["creator"].backward(themes[picked], unit[picked], lengths[picked], slope * query)
    by_temperature = np.array([-(off * scores).sum() / temperature])
    return [*by_query, *by_theme, by_temperature]
