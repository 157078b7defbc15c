"""The planner: what it promises under filters that work against the brief, when it goes exact, batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tastemaker.retrieval import ExactIndex, IVFIndex
from tastemaker.retrieval.index import Index
from tastemaker.retrieval.ivf import ALLOWED
from tastemaker.retrieval.list_model import ListModel, above, kth_score

TOPICS, WIDTH = 60, 32


@pytest.fixture(scope="module")
def world() -> tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex]:
    """(vectors (30,000, 32), topic of each, planned index without the exact floor, oracle)."""
    rng = np.random.default_rng(0)
    topic = rng.integers(0, TOPICS, 30_000)
    centres = np.random.default_rng(1).normal(size=(TOPICS, WIDTH))
    vectors = (centres[topic] + 0.9 * rng.normal(size=(len(topic), WIDTH))).astype(np.float32)
    return vectors, topic, IVFIndex(exact_below=0).fit(vectors), ExactIndex().fit(vectors)


def far_topics(vectors: np.ndarray, topic: np.ndarray, query: np.ndarray, share: float) -> np.ndarray:
    """Only rows of the topics that are farthest from the query."""
    means = np.array([(vectors[topic == t] @ query).mean() for t in range(TOPICS)])
    return np.isin(topic, np.argsort(means)[: round(share * TOPICS)])


def cheap_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """At this size exact plans are cheaper: the lists are what is tested."""
    monkeypatch.setattr("tastemaker.retrieval.ivf.IVFIndex._cheaper_exact", lambda *_: False)


@pytest.mark.parametrize("kind", ["none", "random", "own topic", "adverse"])
def test_planner_keeps_its_promise(
    world: tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheap_lists(monkeypatch)
    vectors, topic, index, oracle = world
    rng = np.random.default_rng(4)
    recalls, plans = [], []
    for number in range(12):
        query = vectors[rng.integers(len(vectors))] + 0.5 * rng.normal(size=WIDTH).astype(np.float32)
        masks = {
            "none": None,
            "random": rng.random(len(vectors)) < 0.1,
            "own topic": (topic == topic[np.argmax(vectors @ query)]) | (rng.random(len(vectors)) < 0.05),
            "adverse": far_topics(vectors, topic, query, 0.1),
        }
        selection = index.select(masks[kind])
        found, wanted = index.find(query, 100, selection), oracle.find(query, 100, selection)
        recalls.append(np.isin(wanted.ids, found.ids).mean())
        plans.append(found.plan)
        assert found.missed <= ALLOWED, number
        assert found.exact == (found.plan != "lists")
    assert np.mean(recalls) >= 0.995
    assert "lists" in plans


def test_planner_goes_exact_where_asked_and_where_few_pass(
    world: tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex],
) -> None:
    vectors, _, index, oracle = world
    few = np.zeros(len(vectors), dtype=np.bool_)
    few[::1_000] = True
    assert index.find(vectors[3], 10, index.select(few)).plan == "scan"
    found, wanted = (
        index.find(vectors[3], 50, index.select(), exact=True),
        oracle.find(vectors[3], 50, oracle.select()),
    )
    assert found.plan == "codes"
    assert found.scores.tobytes() == wanted.scores.tobytes()
    assert found.ids.tolist() == wanted.ids.tolist()


def test_planner_goes_exact_where_the_lists_can_not_promise(
    world: tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    cheap_lists(monkeypatch)
    monkeypatch.setattr("tastemaker.retrieval.ivf.ALLOWED", 0.0)
    vectors, _, index, _ = world
    assert index.find(vectors[3], 50, index.select()).plan == "codes"


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("share", [1.0, 0.3, 0.001, 0.0])
def test_planner_batches_answer_as_one_by_one(
    world: tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex], share: float, exact: bool
) -> None:
    vectors, _, index, _ = world
    selection = index.select(np.random.default_rng(2).random(len(vectors)) < share)
    queries = np.vstack([vectors[:20], np.zeros((1, WIDTH), dtype=np.float32)])
    together = index.find_many(queries, 30, selection, exact=exact)
    for query, found in zip(queries, together, strict=True):
        alone = index.find(query, 30, selection, exact=exact)
        assert found.ids.tolist() == alone.ids.tolist()
        assert found.scores.tobytes() == alone.scores.tobytes()
        assert found.exact == alone.exact


def test_list_model_expects_about_what_is_there(
    world: tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex],
) -> None:
    vectors, _, index, _ = world
    model = index.model_
    assert model is not None
    mean, deviation = model.moments(vectors[9])
    score = kth_score(300, mean, deviation, model.sizes)
    assert 150 < np.count_nonzero(vectors @ vectors[9] > score) < 600
    assert above(score, mean, deviation, model.sizes).sum() == pytest.approx(300, rel=0.05)
    assert ListModel.fit(vectors, model.list_of, len(model.sizes)).sizes.sum() == len(vectors)


def test_a_long_tail_inside_closed_lists_is_heard_of(
    world: tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that is large for few rows of every list: no list is normal in it."""
    cheap_lists(monkeypatch)
    vectors, _, _, _ = world
    rng = np.random.default_rng(8)
    skewed = np.hstack([vectors, rng.gamma(0.1, 8.0, (len(vectors), 1)).astype(np.float32)])
    index, oracle = IVFIndex(exact_below=0).fit(skewed), ExactIndex().fit(skewed)
    recalls = []
    for _ in range(12):
        query = np.append(0.2 * vectors[rng.integers(len(vectors))], 1.0).astype(np.float32)
        every = index.select(None)
        found, wanted = index.find(query, 100, every), oracle.find(query, 100, every)
        recalls.append(np.isin(wanted.ids, found.ids).mean())
    assert np.mean(recalls) >= 0.995


def test_rows_far_off_their_list_are_always_found(
    world: tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    cheap_lists(monkeypatch)
    vectors, _, _, _ = world
    rng = np.random.default_rng(9)
    column = rng.normal(0.0, 0.1, (len(vectors), 1)).astype(np.float32)
    strange = rng.choice(len(vectors), 60, replace=False)
    column[strange] = 3.0
    odd = np.hstack([vectors, column])
    index, oracle = IVFIndex(exact_below=0).fit(odd), ExactIndex().fit(odd)
    assert index.model_ is not None
    assert len(set(strange) & set(index.model_.strange)) >= 55
    query = np.append(0.3 * vectors[5], 20.0).astype(np.float32)
    every = index.select(None)
    found, wanted = index.find(query, 60, every), oracle.find(query, 60, every)
    assert np.isin(wanted.ids, found.ids).mean() >= 0.98


@pytest.mark.parametrize("made", [ExactIndex, lambda: IVFIndex(exact_below=0)], ids=["exact", "ivf"])
def test_a_loaded_index_saves_into_its_own_folder(
    made: Callable[[], Index], tmp_path: Path, world: tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex]
) -> None:
    """The vectors are mapped from the very file that is written."""
    index = made().fit(world[0][:4_000])
    index.save(tmp_path)
    type(index).load(tmp_path).save(tmp_path)
    np.testing.assert_array_equal(type(index).load(tmp_path).vectors_, index.vectors_)


def test_a_query_of_nothing_reads_nothing_and_goes_by_id(
    world: tuple[np.ndarray, np.ndarray, IVFIndex, ExactIndex],
) -> None:
    index, oracle = world[2], world[3]
    allowed = np.arange(len(index)) % 3 == 1
    nothing = np.zeros(WIDTH, dtype=np.float32)
    for mask in (None, allowed):
        found, wanted = (
            index.find(nothing, 40, index.select(mask)),
            oracle.find(nothing, 40, oracle.select(mask)),
        )
        np.testing.assert_array_equal(found.ids, wanted.ids)
        assert not found.scores.any()
