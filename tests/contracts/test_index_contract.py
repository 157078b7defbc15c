"""What every vector index promises. A new one joins by a line in ``INDEXES``; the exact one is the oracle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tastemaker.errors import IndexingError
from tastemaker.retrieval import ExactIndex, Index, IVFIndex

INDEXES: dict[str, Callable[[], Index]] = {
    "exact": ExactIndex,
    "ivf": IVFIndex,
    "ivf-lists-only": lambda: IVFIndex(exact_below=0),
    "compact": lambda: IVFIndex(exact_below=0, byte_codes=False),
}
WIDTH = 48


@pytest.fixture(params=INDEXES)
def index(request: pytest.FixtureRequest) -> Index:
    return INDEXES[request.param]()


def load(index: Index, folder: Path) -> Index:
    if isinstance(index, IVFIndex):
        return IVFIndex.load(folder, byte_codes=index.byte_codes)
    return type(index).load(folder)


def clusters(n: int, seed: int = 0, width: int = WIDTH) -> np.ndarray:
    """Rows around 30 centres, the same for every seed; all norms differ: closeness is by inner product, not by
    angle."""
    centres = np.random.default_rng(99).normal(size=(30, width))
    rng = np.random.default_rng(seed)
    return (centres[rng.integers(0, 30, n)] + 0.7 * rng.normal(size=(n, width))).astype(np.float32)


def slowly(vectors: np.ndarray, query: np.ndarray, k: int, allowed: np.ndarray) -> list[int]:
    scores = [float(np.dot(row.astype(float), query.astype(float))) for row in vectors]
    return sorted(np.flatnonzero(allowed).tolist(), key=lambda i: (-scores[i], i))[:k]


def test_index_few_rows_match_a_slow_search(index: Index) -> None:
    vectors = clusters(200)
    index.fit(vectors)
    rng = np.random.default_rng(1)
    for _ in range(20):
        query = rng.normal(size=WIDTH).astype(np.float32)
        allowed = rng.random(200) < rng.choice([0.1, 0.5, 1.0])
        ids, scores = index.search(query, 7, allowed)
        assert ids.tolist() == slowly(vectors, query, 7, allowed)
        assert ids.dtype == np.int64
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, vectors[ids] @ query, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1, 0.01])
@pytest.mark.parametrize("k", [10, 100])
def test_index_recall_against_the_oracle(index: Index, share: float, k: int) -> None:
    vectors = clusters(20_000)
    index.fit(vectors)
    oracle = ExactIndex().fit(vectors)
    rng = np.random.default_rng(2)
    found = wanted = 0
    for query in clusters(15, seed=3):
        allowed = None if share == 1.0 else rng.random(len(vectors)) < share
        ids, scores = index.search(query, k, allowed)
        best, best_scores = oracle.search(query, k, allowed)
        found += len(np.intersect1d(ids, best))
        wanted += len(best)
        assert len(ids) == len(best)
        assert (np.diff(scores) <= 0).all()
        assert scores[0] <= best_scores[0]
        assert allowed is None or allowed[ids].all()
    assert found / wanted >= 0.99


def test_index_ties_go_to_the_smaller_id(index: Index) -> None:
    rows = clusters(300)
    rows[[17, 140, 299]] = rows[3]
    index.fit(rows)
    query = rows[3]
    exact = slowly(rows, query, 20, np.ones(300, dtype=bool))
    ids, scores = index.search(query, 20)
    assert ids.tolist() == exact
    places = [exact.index(i) for i in (3, 17, 140, 299)]
    assert places == list(range(places[0], places[0] + 4))
    assert len(set(scores[places].tolist())) == 1


def test_index_zero_query_ties_everything(index: Index) -> None:
    index.fit(clusters(3_000))
    allowed = np.ones(3_000, dtype=bool)
    allowed[:5] = False
    ids, scores = index.search(np.zeros(WIDTH, dtype=np.float32), 6, allowed)
    assert ids.tolist() == [5, 6, 7, 8, 9, 10]
    assert not scores.any()


def test_index_score_does_not_depend_on_the_filter(index: Index) -> None:
    vectors = clusters(5_000)
    index.fit(vectors)
    for query in clusters(20, seed=9):
        ids, scores = index.search(query, 50)
        allowed = np.zeros(5_000, dtype=bool)
        allowed[ids[::3]] = True
        again, same = index.search(query, 50, allowed)
        assert again.tolist() == ids[::3].tolist()
        assert same.tobytes() == scores[::3].tobytes()


def test_index_gives_fewer_where_fewer_are_allowed(index: Index) -> None:
    index.fit(clusters(60))
    query = clusters(1, seed=5)[0]
    assert len(index.search(query, 500)[0]) == 60
    some = np.zeros(60, dtype=bool)
    some[[4, 30]] = True
    assert sorted(index.search(query, 500, some)[0].tolist()) == [4, 30]
    ids, scores = index.search(query, 5, np.zeros(60, dtype=bool))
    assert ids.shape == scores.shape == (0,)


def test_index_single_row(index: Index) -> None:
    index.fit(np.ones((1, 3)))
    ids, scores = index.search(np.array([1.0, 2.0, 3.0]), 4)
    assert ids.tolist() == [0]
    assert scores.tolist() == [6.0]


def test_index_refuses_what_does_not_fit(index: Index) -> None:
    with pytest.raises(IndexingError, match=r"got shape \(0, 5\)"):
        index.fit(np.empty((0, 5)))
    with pytest.raises(IndexingError, match=r"got shape \(5,\)"):
        index.fit(np.zeros(5))
    broken = clusters(10)
    broken[6, 2] = np.nan
    with pytest.raises(IndexingError, match="row 6"):
        index.fit(broken)
    index.fit(clusters(10))
    query = np.ones(WIDTH)
    with pytest.raises(IndexingError, match=rf"width {WIDTH}.*\(47,\)"):
        index.search(np.ones(WIDTH - 1), 3)
    with pytest.raises(IndexingError, match="NaN"):
        index.search(np.full(WIDTH, np.nan), 3)
    with pytest.raises(IndexingError, match="k is 0"):
        index.search(query, 0)
    with pytest.raises(IndexingError, match=r"shape \(10,\).*\(9,\)"):
        index.search(query, 3, np.ones(9, dtype=bool))
    with pytest.raises(IndexingError, match="int64"):
        index.search(query, 3, np.arange(10))


def test_index_comes_back_from_its_folder(index: Index, tmp_path: Path) -> None:
    vectors = clusters(3_000)
    index.fit(vectors).save(tmp_path)
    loaded = load(index, tmp_path)
    allowed = np.random.default_rng(0).random(3_000) < 0.3
    for query in clusters(5, seed=8):
        for mask in (None, allowed):
            ids, scores = index.search(query, 40, mask)
            again, same = loaded.search(query, 40, mask)
            assert again.tolist() == ids.tolist()
            assert same.tobytes() == scores.tobytes()
    assert (loaded.width, len(loaded)) == (WIDTH, 3_000)


def test_index_missing_or_cut_file_is_named(index: Index, tmp_path: Path) -> None:
    index.fit(clusters(100)).save(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(IndexingError, match=path.name):
            load(index, tmp_path)
        path.unlink()
        with pytest.raises(IndexingError, match=path.name):
            load(index, tmp_path)
        path.write_bytes(whole)


def test_index_same_input_same_answer(index: Index, request: pytest.FixtureRequest) -> None:
    vectors = clusters(6_000)
    other = INDEXES[request.node.callspec.params["index"]]()
    index.fit(vectors)
    other.fit(vectors)
    for query in clusters(5, seed=4):
        first, second = index.search(query, 30), other.search(query, 30)
        assert first[0].tolist() == second[0].tolist()
        assert first[1].tobytes() == second[1].tobytes()
