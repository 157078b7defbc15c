"""Timings and recall of one way to answer, and what the machine's memory allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from filtered_world import World
from numpy.typing import NDArray

from tastemaker.retrieval import Index
from tastemaker.retrieval.retriever import distinct
from tastemaker.retrieval.scan import Found
from tastemaker.retrieval.selection import Selection

K = 200


def creators_of(world: World, rows: NDArray[np.integer], k: int = K) -> NDArray[np.int64]:
    """The first ``k`` different creators of rows, best first."""
    return world.rows[rows[distinct(world.rows, np.asarray(rows, dtype=np.int64))[:k]]]


def truth(world: World, query: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The ``K`` best creators who pass, by the plainest way."""
    rows = np.flatnonzero(mask[world.rows])
    scores = world.vectors[rows] @ query
    if len(rows) > 6 * K:
        near = np.argpartition(-scores, 6 * K)[: 6 * K]
        rows, scores = rows[near], scores[near]
    top = rows[np.argsort(-scores, kind="stable")]
    return creators_of(world, top)


def searched(
    world: World, index: Index, query: NDArray[np.float32], selection: Selection, passing: int
) -> Found:
    """One answer of the engine: ``K`` creators, or all who pass."""
    k = min(K, passing)
    wanted = int(1.1 * k * selection.count / passing) + 8
    while True:
        found = index.find(query, wanted, selection)
        if len(distinct(world.rows, found.ids)) >= k or len(found.ids) < wanted:
            return found
        wanted *= 2


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of CPU of the process, the best of a few calls: what a busy machine adds is no property of the work."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def waited(work: Callable[[], object], times: int = 3) -> float:
    """Seconds on the clock, the best of a few calls: what several threads gain shows here."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def bandwidth() -> float:
    """Bytes a second that one core reads from memory, in order."""
    block = np.ones(32_000_000, dtype=np.float32)
    return block.nbytes / seconds(lambda: np.dot(block, block), 9)


def recall(wanted: Sequence[int] | NDArray[np.int64], found: NDArray[np.int64]) -> float:
    return float(np.isin(wanted, found).mean()) if len(wanted) else 1.0
