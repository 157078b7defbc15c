"""The learned projection: the identity without history, and what a toy world can teach it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learned_world import CREATORS, DIM, alone, arrays, noisy_pools, recall, turned_pools, wide
from retrieval_world import AT, brief, random_snapshot, view

from tastemaker.config import Retrieval
from tastemaker.errors import IndexingError
from tastemaker.retrieval import (
    ContentProjection,
    JointSpace,
    LearnedProjection,
    Retriever,
    fit_projection,
    pools_from_arrays,
    sample_rest,
)
from tastemaker.retrieval.learned import gradients
from tastemaker.retrieval.side import Side

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


def test_a_brief_that_says_nothing_teaches_nothing() -> None:
    told = turned_pools(20, seed=1)
    silent = [replace(pool, brief=np.zeros_like(pool.brief)) for pool in turned_pools(12, seed=2)]
    maps, same = fit_projection([*told, *silent], BASE, CONFIG), fit_projection(told, BASE, CONFIG)
    assert np.array_equal(maps.creator.weight, same.creator.weight)


def test_learned_maps_undo_a_rotation_between_the_two_languages(turned: LearnedProjection) -> None:
    """Briefs speak of a niche in other words than its creators: only the past says which words belong together."""
    later = turned_pools(60, seed=2)
    assert recall(later, BASE, None, CONFIG) < 0.3
    assert recall(later, BASE, turned, CONFIG) > 0.8


def test_learned_from_little_changes_little() -> None:
    def change(decisions: int, ridge: float) -> float:
        config = CONFIG.model_copy(update={"projection_ridge": ridge, "projection_diagonal_ridge": ridge})
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


@pytest.mark.parametrize("rank", [0, 3])
def test_learned_gradient_is_the_slope_of_the_loss(rank: int) -> None:
    rng = np.random.default_rng(0)
    # Creators of no, one and two themes, whom others stand for, and audiences that speak too.
    count = np.array([0, 2, 1, *([1] * (CREATORS - 3))])
    themes = turned_pools(1, seed=3)[0].themes
    pools = [
        replace(
            pool,
            themes=themes,
            start=np.cumsum(count) - count,
            audience=rng.random(CREATORS).astype(np.float32),
            log_stands_for=rng.random(CREATORS).astype(np.float32),
        )
        for pool in turned_pools(2, seed=3)
    ]
    pools[0].weight[5] = np.nan
    sides = {name: Side(DIM, rank, True, rng) for name in ("brief", "creator")}
    for side in sides.values():
        side.stretch, side.u = rng.normal(0, 0.2, DIM), side.u.astype(np.float64)
        side.v = rng.normal(0, 0.2, side.v.shape)
    warmth = np.array([np.log(0.3)])
    params = [*sides["brief"].params, *sides["creator"].params, warmth]

    def loss() -> float:
        total = 0.0
        for pool in pools:
            query, _ = sides["brief"].forward(pool.brief[None, :])
            products = sides["creator"].forward(pool.themes.astype(np.float64))[0] @ query[0]
            best = pool.best(products)
            cosines = np.where(best >= 0, products[best], 0.0)
            scores = CONFIG.content_weight * cosines + CONFIG.audience_weight * pool.audience
            logits = scores / np.exp(warmth[0]) + pool.log_stands_for
            known = ~np.isnan(pool.weight)
            chance = np.exp(logits[known]) / np.exp(logits[known]).sum()
            total -= float((pool.weight[known] / pool.weight[known].sum() * np.log(chance)).sum())
        return total

    for parameter, gradient in zip(params, gradients(pools, sides, warmth, CONFIG), strict=True):
        for place in rng.choice(parameter.size, min(4, parameter.size), replace=False):
            before = parameter.flat[place]
            parameter.flat[place] = before + 1e-5
            above = loss()
            parameter.flat[place] = before - 1e-5
            slope = (above - loss()) / 2e-5
            parameter.flat[place] = before
            assert gradient.flat[place] == pytest.approx(slope, rel=1e-2, abs=1e-4)


def test_the_map_of_a_side_is_what_its_forward_pass_does() -> None:
    rng = np.random.default_rng(0)
    side = Side(DIM, 3, True, rng)
    side.stretch, side.v = (
        rng.normal(size=DIM).astype(np.float32),
        rng.normal(size=(3, DIM)).astype(np.float32),
    )
    rows = rng.normal(size=(5, DIM)).astype(np.float32)
    assert side.forward(rows)[0] == pytest.approx(ContentProjection(side.matrix()).transform(rows), abs=1e-5)


def test_a_diagonal_alone_mutes_the_dimensions_that_say_nothing() -> None:
    """Half of the dimensions are noise, louder than the niche: a weight per dimension is all that it takes."""
    maps = {
        ridge: fit_projection(noisy_pools(60, seed=1), wide(), alone(ridge), epochs=60)
        for ridge in (0.1, 1e4)
    }
    later = noisy_pools(60, seed=2)
    assert recall(later, wide(), None, CONFIG) < 0.4
    assert recall(later, wide(), maps[0.1], CONFIG) > recall(later, wide(), None, CONFIG) + 0.3
    weights = np.diag(maps[0.1].creator.weight)
    assert np.array_equal(maps[0.1].creator.weight, np.diag(weights))
    assert (weights > 0).all()
    assert weights[:DIM].min() > weights[DIM:].max()
    assert np.diag(maps[1e4].creator.weight) == pytest.approx(np.ones(2 * DIM), abs=0.05)


def test_without_diagonal_and_rank_nothing_is_learned() -> None:
    nothing = CONFIG.model_copy(update={"projection_rank": 0, "projection_diagonal_ridge": None})
    maps = fit_projection(turned_pools(20, seed=1), BASE, nothing)
    assert np.array_equal(maps.brief.weight, BASE.weight)


def test_pools_that_share_their_themes_teach_what_they_teach_apart() -> None:
    briefs, creators, positives = arrays(40, seed=1)
    together = pools_from_arrays(briefs, creators, positives)
    assert all(p.themes is together[0].themes for p in together)
    apart = [replace(p, themes=p.themes.copy()) for p in together]
    one, other = (fit_projection(pools, BASE, CONFIG, epochs=3) for pools in (together, apart))
    assert one.brief.weight == pytest.approx(other.brief.weight, abs=1e-4)


def test_plain_arrays_teach_what_past_decisions_would() -> None:
    briefs, creators, positives = arrays(250, seed=1)
    rejected = [np.setdiff1d(np.arange(5), own) for own in positives]
    for pools in (
        pools_from_arrays(briefs, creators, positives),
        pools_from_arrays(briefs, creators, positives, rejected=rejected, negatives=20),
    ):
        maps = fit_projection(pools, BASE, CONFIG, epochs=30)
        assert recall(turned_pools(60, seed=2), BASE, maps, CONFIG) > 0.8


def test_plain_arrays_keep_the_rejected_and_take_penalties_off() -> None:
    briefs, creators, positives = arrays(6, seed=1)
    rejected = [np.array([7, 8])] * 6
    penalties = -np.tile(np.arange(CREATORS, dtype=np.float32), (6, 1))
    pools = pools_from_arrays(
        briefs, creators, positives, rejected=rejected, negatives=10, other_scores=penalties
    )
    for pool, own in zip(pools, positives, strict=True):
        rows = pool.creator_ids.astype(int)
        assert {7, 8, *own} <= set(rows)
        assert len(rows) == len({7, 8, *own}) + 10
        assert set(rows[pool.weight > 0]) == set(own)
        assert np.array_equal(pool.audience, -rows.astype(np.float32))
        assert np.exp(pool.log_stands_for).sum() == pytest.approx(CREATORS, rel=1e-5)
    with pytest.raises(IndexingError, match="expected equally wide rows and one list a brief"):
        pools_from_arrays(briefs, creators, positives[:-1])


@settings(max_examples=40)
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


def test_sample_rest_draws_half_among_partners_and_each_stands_for_his_like() -> None:
    certain, partners = np.arange(100) % 10 == 0, np.arange(100) < 30
    taken, log_stands_for = sample_rest(certain, 20, np.random.default_rng(0), partners)
    others = taken[~certain[taken]]
    assert (partners[others].sum(), (~partners[others]).sum()) == (10, 10)
    stands = np.exp(log_stands_for)
    assert stands[partners[taken]].sum() == pytest.approx(30)
    assert stands[~partners[taken]].sum() == pytest.approx(70)
    everyone, none = sample_rest(certain, 90, np.random.default_rng(0), partners)
    assert (everyone.tolist(), none.any()) == (list(range(100)), False)
    few = sample_rest(certain, 80, np.random.default_rng(0), np.arange(100) < 2)
    assert np.exp(few[1]).sum() == pytest.approx(100)


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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"briefs": np.empty((0, 3))}, "a row or more"),
        ({"creators": np.full((4, 3), np.nan)}, "finite"),
        ({"positives": [np.array([4])]}, "creators 0 to 3"),
        ({"negatives": 0}, "negatives 0"),
    ],
)
def test_arrays_that_are_no_pools_are_refused(change: dict, said: str) -> None:
    asked = {"briefs": np.ones((1, 3)), "creators": np.eye(4, 3), "positives": [np.array([1])]} | change
    with pytest.raises(IndexingError, match=said):
        pools_from_arrays(**asked)
