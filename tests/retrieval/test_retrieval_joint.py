"""The joint vector: one inner product is the score that the design promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retrieval_world import account, brief, random_snapshot, snapshot, view

from tastemaker.errors import IndexingError
from tastemaker.retrieval import ContentProjection, JointSpace
from tastemaker.schema import AUDIENCE_WIDTH, FACET_KEYS, FACET_SLICES

TARGETS: dict[str, dict[str, float]] = {
    "age_gender": {"female.18-24": 0.6, "male.25-34": 0.4},
    "country": {"US": 0.5, "GB": 0.25},
    "language": {"en": 1.0},
    "interest": {"food": 0.7, "home": 0.3},
}


def slow_score(
    space: JointSpace, known: Any, row: int, theme: Any, asked: Any, w: tuple[float, float]
) -> float:
    """w_content * cosine + w_audience * mean overlap over the facets that the brief gives, one number at a time."""
    cosine = 0.0
    if theme is not None:
        a, b = (space.projection.weight.T.astype(float) @ v.astype(float) for v in (theme, asked.content))
        lengths = np.linalg.norm(a) * np.linalg.norm(b)
        cosine = float(a @ b / lengths) if lengths else 0.0
    averages = space.facet_averages[known.column("platform")[row]]
    overlaps = []
    for facet, keys in FACET_KEYS.items():
        part = FACET_SLICES[facet]
        if np.isnan(asked.audience[part]).all():
            continue
        shares = known.audience[row, part]
        shares = averages[part] if np.isnan(shares).all() else shares
        overlaps.append(sum(float(asked.audience[part][i] * shares[i]) ** 0.5 for i in range(len(keys))))
    audience = sum(overlaps) / len(overlaps) if overlaps else 0.0
    return w[0] * cosine + w[1] * audience


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    facets=st.sets(st.sampled_from(sorted(TARGETS))),
    weights=st.tuples(st.floats(0, 10), st.floats(0, 10)),
    dim=st.sampled_from([8, 12, 24, 64]),
    blank=st.booleans(),
)
def test_joint_inner_product_is_the_promised_score(
    seed: int, facets: set[str], weights: tuple[float, float], dim: int, blank: bool
) -> None:
    known = random_snapshot(30, seed=seed, unknown=0.4)
    space = JointSpace.fit(known, dim)
    content = np.zeros(24) if blank else np.random.default_rng(seed).normal(size=24)
    asked = view(brief(audience={f: TARGETS[f] for f in facets}), content)
    vectors, _ = space.creators(known)
    scores = vectors @ space.query(asked, *weights)
    themes = {row: list(known.themes[known.theme_row == row]) or [None] for row in range(len(known))}
    expected = [
        slow_score(space, known, r, theme, asked, weights) for r in range(len(known)) for theme in themes[r]
    ]
    np.testing.assert_allclose(scores, expected, atol=2e-5 * (1 + sum(weights)))


def test_joint_vectors_stand_by_row_and_theme() -> None:
    known = snapshot(
        [account(number=i) for i in range(3)],
        themes={"a000000": [[1, 0], [0, 2]], "a000002": [[0, 1]]},
        audiences={"a000000": {"country": {"US": 1.0}}},
        dim=2,
    )
    space = JointSpace.fit(known, 8)
    vectors, rows = space.creators(known)
    assert rows.tolist() == [0, 0, 1, 2]
    assert vectors.shape == (4, 2 + AUDIENCE_WIDTH) == (4, space.width)
    assert vectors[:, :2].tolist() == [[1, 0], [0, 1], [0, 0], [0, 1]]
    assert (vectors[0, 2:] == vectors[1, 2:]).all()
    assert space.query(view(brief(), np.array([3.0, 4.0])), 2.0, 0.5)[:2] == pytest.approx([1.2, 1.6])


def test_joint_unknown_facet_takes_the_platform_average_then_the_overall_one_then_nothing() -> None:
    accounts = [
        account(number=0, platform="tiktok"),
        account(number=1, platform="tiktok"),
        account(number=2, platform="tiktok"),
        account(number=3, platform="youtube"),
        account(number=4, platform="blog"),
    ]
    audiences = {
        "a000000": {"country": {"US": 1.0}},
        "a000001": {"country": {"US": 0.5, "GB": 0.5}},
        "a000003": {"country": {"GB": 1.0}, "language": {"en": 1.0}},
    }
    known = snapshot(accounts, audiences=audiences)
    space = JointSpace.fit(known, 8)
    vectors, _ = space.creators(known)
    shares = vectors[:, space.width - AUDIENCE_WIDTH :] ** 2
    us, gb = (FACET_SLICES["country"].start + FACET_KEYS["country"].index(c) for c in ("US", "GB"))
    assert shares[2, [us, gb]] == pytest.approx([0.75, 0.25])
    assert shares[4, [us, gb]] == pytest.approx([0.5, 0.5])
    english = FACET_SLICES["language"].start + FACET_KEYS["language"].index("en")
    assert shares[:, english] == pytest.approx([1.0] * 5)
    assert not shares[:, FACET_SLICES["interest"]].any()


def test_joint_space_comes_back_from_its_file(tmp_path: Path) -> None:
    known = random_snapshot(50)
    space = JointSpace.fit(known, 12)
    space.save(tmp_path / "space.safetensors")
    loaded = JointSpace.load(tmp_path / "space.safetensors")
    assert loaded.creators(known)[0].tobytes() == space.creators(known)[0].tobytes()
    (tmp_path / "space.safetensors").write_bytes(b"junk")
    with pytest.raises(IndexingError, match=r"space\.safetensors"):
        JointSpace.load(tmp_path / "space.safetensors")


def test_projection_is_the_identity_where_it_need_not_narrow() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    projection = ContentProjection.fit(rows, 8)
    assert projection.width == 6
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_array_equal(projection.transform(rows), rows / lengths)


def test_projection_keeps_cosines_of_what_lies_in_few_directions() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 10)) @ rng.normal(size=(10, 60)) + 0.01 * rng.normal(size=(400, 60))
    projection = ContentProjection.fit(rows, 10)
    narrow = projection.transform(rows)
    wide = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert narrow.shape == (400, 10)
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow @ narrow.T, wide @ wide.T, atol=0.01)
    np.testing.assert_allclose(projection.weight.T @ projection.weight, np.eye(10), atol=1e-5)


def test_projection_same_seed_same_weights_and_zero_stays_zero(tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(100, 20))
    first, second = ContentProjection.fit(rows, 8, seed=3), ContentProjection.fit(rows, 8, seed=3)
    assert first.weight.tobytes() == second.weight.tobytes()
    assert (first.weight.max(axis=0) >= -first.weight.min(axis=0)).all(), "an axis's sign is fixed"
    assert not first.transform(np.zeros((2, 20))).any()
    first.save(tmp_path / "p.safetensors")
    assert ContentProjection.load(tmp_path / "p.safetensors").weight.tobytes() == first.weight.tobytes()


def test_projection_without_any_theme_still_has_its_width() -> None:
    assert ContentProjection.fit(np.empty((0, 20)), 8).width == 8


def test_projection_refuses_another_width() -> None:
    projection = ContentProjection.fit(np.eye(6), 4)
    with pytest.raises(IndexingError, match=r"width 6; got shape \(1, 7\).*encoder"):
        projection.transform(np.ones((1, 7)))
