"""The learned projection: the identity without history, and what a toy world can teach it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learned_world import DIM, recall, turned_pools
from retrieval_world import AT, brief, random_snapshot, view

from tastemaker.config import Retrieval
from tastemaker.errors import IndexingError
from tastemaker.retrieval import (
    ContentProjection,
    JointSpace,
    LearnedProjection,
    Retriever,
    fit_projection,
    sample_rest,
)
from tastemaker.retrieval.learned import _gradient, _Side

CONFIG = Retrieval(index="exact", projection_rank=16, projection_ridge=0.1)
BASE = ContentProjection(np.eye(DIM))


@pytest.fixture(scope="module")
def turned() -> LearnedProjection:
    return fit_projection(turned_pools(250, seed=1), BASE, CONFIG, epochs=30)


def test_learned_without_history_is_the_identity() -> None:
    silent = [replace(p, weight=np.zeros_like(p.weight)) for p in turned_pools(5, seed=0)]
    for pools in ([], silent):
        maps = fit_projection(pools, BASE, CONFIG)
        assert np.array_equal(maps.brief.weight, BASE.weight)
        assert np.array_equal(maps.creator.weight, BASE.weight)


def test_learned_maps_undo_a_rotation_between_the_two_languages(turned: LearnedProjection) -> None:
    """Briefs speak of a niche in other words than its creators: only the past says which words belong together."""
    later = turned_pools(60, seed=2)
    assert recall(later, BASE, None, CONFIG) < 0.3
    assert recall(later, BASE, turned, CONFIG) > 0.8


def test_learned_from_little_changes_little() -> None:
    def change(decisions: int, ridge: float) -> float:
        config = CONFIG.model_copy(update={"projection_ridge": ridge})
        # As many steps for the few as for the many: it is the ridge that holds them back.
        maps = fit_projection(
            turned_pools(decisions, seed=1), BASE, config, epochs=200 // -(-decisions // 32)
        )
        return float(np.linalg.norm(maps.brief.weight - BASE.weight))

    assert change(8, 3.0) < 0.5 * change(160, 3.0)
    assert change(160, 1_000.0) < 0.2 * change(160, 3.0)


def test_learned_maps_are_deterministic_and_come_back_bit_by_bit(tmp_path: Path) -> None:
    first, again, other = (fit_projection(turned_pools(20, seed=1), BASE, CONFIG, seed=s) for s in (0, 0, 1))
    first.save(tmp_path / "a.safetensors")
    again.save(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    loaded = LearnedProjection.load(tmp_path / "a.safetensors")
    assert loaded.brief.weight.tobytes() == first.brief.weight.tobytes()
    assert loaded.creator.weight.tobytes() == first.creator.weight.tobytes()
    assert not np.array_equal(first.brief.weight, other.brief.weight)


def test_learned_gradient_is_the_slope_of_the_loss() -> None:
    pool = turned_pools(1, seed=3)[0]
    pool.weight[5] = np.nan
    rng = np.random.default_rng(0)
    sides = {name: _Side(DIM, 3, rng) for name in ("brief", "creator")}
    for side in sides.values():
        side.u, side.v = side.u.astype(np.float64), rng.normal(0, 0.2, side.v.shape)
    warmth = np.array([np.log(0.3)])
    params = [sides["brief"].u, sides["brief"].v, sides["creator"].u, sides["creator"].v, warmth]

    def loss() -> float:
        query, _ = sides["brief"].forward(pool.brief[None, :])
        products = sides["creator"].forward(pool.themes.astype(np.float64))[0] @ query[0]
        scores = products[pool.best(products)] + 0.5 * pool.audience
        logits = scores / np.exp(warmth[0]) + pool.log_stands_for
        known = ~np.isnan(pool.weight)
        chance = np.exp(logits[known]) / np.exp(logits[known]).sum()
        return float(-(pool.weight[known] / pool.weight[known].sum() * np.log(chance)).sum())

    gradients = _gradient(pool, sides, warmth, CONFIG)
    for parameter, gradient in zip(params, gradients, strict=True):
        for place in rng.choice(parameter.size, min(4, parameter.size), replace=False):
            before = parameter.flat[place]
            parameter.flat[place] = before + 1e-5
            above = loss()
            parameter.flat[place] = before - 1e-5
            slope = (above - loss()) / 2e-5
            parameter.flat[place] = before
            assert gradient.flat[place] == pytest.approx(slope, rel=1e-2, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 500))
def test_pool_best_and_ranks_match_a_slow_count(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pool = turned_pools(1, seed=seed)[0]
    count = rng.integers(0, 3, len(pool.start))
    pool = replace(
        pool,
        themes=np.zeros((count.sum(), DIM), dtype=np.float16),
        start=np.cumsum(count) - count,
        log_stands_for=np.log(rng.integers(1, 4, len(count))).astype(np.float32),
    )
    products = rng.integers(0, 4, count.sum()).astype(np.float32)
    for creator, position in enumerate(pool.best(products)):
        own = products[pool.start[creator] : pool.start[creator] + count[creator]]
        assert position == (pool.start[creator] + own.argmax() if len(own) else -1)
    scores = rng.integers(0, 5, len(count)).astype(np.float32)
    stands = np.exp(pool.log_stands_for)
    slow = [1 + stands[(scores >= s)].sum() - mine for s, mine in zip(scores, stands, strict=True)]
    assert pool.ranks(scores) == pytest.approx(slow, rel=1e-5)


def test_sample_rest_keeps_the_certain_and_counts_the_others() -> None:
    certain = np.arange(100) % 10 == 0
    taken, log_stands_for = sample_rest(certain, 30, np.random.default_rng(0))
    assert set(np.flatnonzero(certain)) <= set(taken)
    assert np.exp(log_stands_for).sum() == pytest.approx(100)
    everyone, none = sample_rest(certain, 90, np.random.default_rng(0))
    assert (everyone.tolist(), none.any()) == (list(range(100)), False)


def test_learned_maps_go_through_index_and_folder(tmp_path: Path) -> None:
    known, rng = random_snapshot(300), np.random.default_rng(0)
    maps = LearnedProjection(*(ContentProjection(rng.normal(size=(24, 16))) for _ in range(2)))
    built = Retriever.build(known, CONFIG, learned=maps)
    asked = view(brief(markets=["US"], weights={"audience": 0.0}), np.ones(24))
    found = built.retrieve(asked, AT, 20)
    themes = maps.creator.transform(known.themes)
    best = max(
        range(len(themes)), key=lambda i: float(themes[i] @ maps.brief.transform(asked.content[None])[0])
    )
    assert found.rows[0] == known.theme_row[best]
    built.save(tmp_path)
    loaded = Retriever.load(tmp_path, known, CONFIG)
    again = loaded.retrieve(asked, AT, 20)
    assert found.rows.tolist() == again.rows.tolist()
    assert found.scores.tobytes() == again.scores.tobytes()


def test_learned_maps_keep_the_width_within_512() -> None:
    wide = ContentProjection(np.eye(512, 384))
    space = JointSpace.fit(random_snapshot(10), 384, learned=LearnedProjection(wide, wide))
    assert space.width <= 512


def test_maps_of_two_widths_are_refused() -> None:
    with pytest.raises(IndexingError, match="same shape"):
        JointSpace(BASE, {}, ContentProjection(np.eye(DIM, 4)))
