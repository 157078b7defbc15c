"""Theme clusters on vectors whose answer is plain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tastemaker.features.content.themes import MERGE_COSINE, Clusters, Themes


def clusters(rows: np.ndarray) -> Clusters:
    made = Clusters(rows.shape[1])
    for row in rows:
        made.add(row)
    return made


def themes_of(rows: np.ndarray, most: int = 4) -> Themes:
    return clusters(rows).themes(most, rows)


def axes(*numbers: int, dim: int = 6) -> np.ndarray:
    return np.eye(dim, dtype=np.float32)[list(numbers)]


def test_distinct_topics_are_distinct_themes_most_frequent_first() -> None:
    themes = themes_of(axes(2, 0, 2, 0, 2, 1)).centres
    assert np.argmax(themes, axis=1).tolist() == [2, 0, 1]
    assert themes.dtype == np.float32


def test_at_most_so_many_themes_and_no_stray_post() -> None:
    assert len(themes_of(axes(0, 1, 2, 3, 4, 5)).centres) == 4
    assert len(themes_of(axes(*[0] * 9, 1)).centres) == 1


def test_no_posts_or_blank_ones_give_no_theme() -> None:
    assert themes_of(axes()).centres.shape == (0, 6)
    assert themes_of(np.zeros((3, 6), dtype=np.float32)).centres.shape == (0, 6)


def test_clusters_that_drift_together_are_merged() -> None:
    # The third post is nearer to the first, the fourth to the second; both pull the centres together.
    rows = np.array([[1, 0], [0, 1], [0.71, 0.704], [0.55, 0.835]], dtype=np.float32)
    assert len(themes_of(rows[:2]).centres) == 2
    assert len(themes_of(rows).centres) == 1


@settings(max_examples=60)
@given(
    rows=hnp.arrays(
        np.float32, st.tuples(st.integers(1, 30), st.just(5)), elements=st.floats(-1, 1, width=16)
    ),
    most=st.integers(1, 4),
)
def test_themes_are_few_unit_and_apart(rows: np.ndarray, most: int) -> None:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    units = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 1e-3)
    found = themes_of(units, most)
    themes = found.centres
    assert (0 if not units.any() else 1) <= len(themes) <= most
    assert np.linalg.norm(themes, axis=1) == pytest.approx(np.ones(len(themes)), abs=1e-5)
    cosines = themes @ themes.T
    assert (cosines[~np.eye(len(themes), dtype=bool)] < MERGE_COSINE + 1e-5).all()
    for centre, place in zip(themes, found.nearest.tolist(), strict=True):
        assert units[place].any()
        assert units[place] @ centre > 0


def test_the_post_nearest_to_a_theme_is_one_of_it() -> None:
    rows = np.array(
        [[1, 0.1, 0], [0, 0, 1], [1, 0.3, 0], [0.1, 0, 1], [1, 0.2, 0], [0, 0, 0]], dtype=np.float32
    )
    rows[:5] /= np.linalg.norm(rows[:5], axis=1, keepdims=True)
    found = themes_of(rows)
    assert found.nearest.tolist() == [4, 1]
    assert found.posts.tolist() == [3, 2]


def test_the_nearest_post_of_merged_clusters_is_found_among_both() -> None:
    rows = np.array([[1, 0], [0, 1], [0.71, 0.704], [0.55, 0.835]], dtype=np.float32)
    assert themes_of(rows).nearest.tolist() == [2]


def test_focus_is_the_chance_that_two_posts_share_a_cluster() -> None:
    assert themes_of(axes(0, 0, 0, 0, 0)).focus == 1.0
    assert themes_of(axes(0, 1, 2, 3, 4)).focus == 0.0
    assert themes_of(axes(0, 0, 0, 1, 1)).focus == pytest.approx((3 + 1) / 10)
    assert np.isnan(themes_of(axes(0, 0, 0, 0)).focus)


class SlowClusters(Clusters):
    """The plain form: the lengths of all sums anew for each post."""

    def add(self, vector: np.ndarray) -> None:
        super().add(vector)
        k = len(self._posts)
        sums = self._sums[:k]
        self._lengths[:k] = np.sqrt(np.einsum("ij,ij->i", sums, sums))


@pytest.mark.parametrize("dim", [5, 8, 384, 512])
def test_kept_lengths_are_the_computed_ones_bit_for_bit(dim: int) -> None:
    rng = np.random.default_rng(dim)
    for _ in range(20):
        centre = rng.normal(size=dim)
        rows = rng.normal(size=(40, dim)) * rng.uniform(0.1, 2.0) + centre
        units = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        fast, slow = Clusters(dim), SlowClusters(dim)
        for unit in units:
            fast.add(unit)
            slow.add(unit)
        assert fast.themes(4, units).centres.tobytes() == slow.themes(4, units).centres.tobytes()
        assert fast._lengths.tobytes() == slow._lengths.tobytes()
