"""Past decisions of a toy world in which briefs and creators name the same niches in different directions."""

from __future__ import annotations

import numpy as np

from tastemaker.config import Retrieval
from tastemaker.retrieval import (
    ContentProjection,
    LearnedProjection,
    Pool,
    joint_scores,
    pools_from_arrays,
)

DIM, NICHES, CREATORS = 16, 12, 60


def turned_pools(decisions: int, seed: int, turn: bool = True) -> list[Pool]:
    """``decisions`` pools of everyone; of each brief's niche those deliver. With ``turn`` a brief's vector is
    its niche's after a fixed rotation, else near the niche's own."""
    world = np.random.default_rng(99)
    niches = np.linalg.qr(world.normal(size=(DIM, DIM)))[0][:NICHES]
    rotation = np.linalg.qr(world.normal(size=(DIM, DIM)))[0] if turn else np.eye(DIM)
    topic = np.arange(CREATORS) % NICHES
    themes = _unit(niches[topic] + world.normal(0, 0.1, (CREATORS, DIM)))
    rng = np.random.default_rng(seed)
    pools = []
    for number, wanted in enumerate(rng.integers(0, NICHES, decisions)):
        content = _unit(niches[wanted][None, :] @ rotation + rng.normal(0, 0.1, (1, DIM)))[0]
        pools.append(
            Pool(
                decision_id=f"d{number:04d}",
                creator_ids=np.array([f"c{i:02d}" for i in range(CREATORS)], dtype=object),
                brief=content.astype(np.float32),
                themes=themes.astype(np.float16),
                start=np.arange(CREATORS),
                audience=np.zeros(CREATORS, dtype=np.float32),
                weight=(topic == wanted).astype(np.float32),
                log_stands_for=np.zeros(CREATORS, dtype=np.float32),
            )
        )
    return pools


def arrays(decisions: int, seed: int) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """:func:`turned_pools` as plain arrays: briefs, creators, and for each brief the rows of those who delivered."""
    pools = turned_pools(decisions, seed)
    briefs = np.stack([p.brief for p in pools])
    return briefs, pools[0].themes.astype(np.float32), [np.flatnonzero(p.weight) for p in pools]


def noisy_pools(decisions: int, seed: int) -> list[Pool]:
    """Briefs near their niche's own vector in the first DIM dimensions, and noise three times as long in DIM more."""
    plain, rng = turned_pools(decisions, seed, turn=False), np.random.default_rng(seed)
    noise = np.random.default_rng(99).normal(0, 3 * DIM**-0.5, (CREATORS, DIM))
    creators = np.hstack([plain[0].themes, noise])
    briefs = np.hstack([[p.brief for p in plain], rng.normal(0, 3 * DIM**-0.5, (decisions, DIM))])
    return pools_from_arrays(briefs, creators, [np.flatnonzero(p.weight) for p in plain])


def wide() -> ContentProjection:
    """The identity on what :func:`noisy_pools` makes."""
    return ContentProjection(np.eye(2 * DIM))


def alone(ridge: float) -> Retrieval:
    """A diagonal and nothing else."""
    return Retrieval(projection_rank=0, projection_diagonal_ridge=ridge)


def recall(
    pools: list[Pool], base: ContentProjection, learned: LearnedProjection | None, config: Retrieval
) -> float:
    """Mean share of those who deliver among the first ten."""
    shares = []
    for pool in pools:
        first = np.argsort(-joint_scores(pool, base, learned, config), kind="stable")[:10]
        shares.append(pool.weight[first].sum() / pool.weight.sum())
    return float(np.mean(shares))


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
