"""Vector engines that one can install, each at the cheapest of its settings that reaches the recall."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from filtered_world import Ask, World
from measuring import creators_of, recall, seconds, truth

ENOUGH = 0.995
VECTORS = 330
"""Vectors asked for, to find 200 creators; twice as many where that is too few."""
Key = tuple[str, float]
Answer = Callable[[int, Key, int, int], np.ndarray]
"""(number of the brief, kind and selectivity, setting, vectors wanted) -> rows, best first."""


def measured_peer(name: str, world: World, asks: list[Ask], folder: Path) -> dict[str, Any]:
    """How long it took to build, the sweep, and at each point the cheapest setting of recall 0.995 (else the best)."""
    module, settings, build = PEERS[name]
    if find_spec(module) is None:
        return {"missing": f"{module} is not installed"}
    start = time.perf_counter()
    answer = build(world, asks, folder)
    told: dict[str, Any] = {"build_seconds": time.perf_counter() - start, "sweep": [], "points": {}}
    for key in asks[0].masks:
        for setting in settings:
            one = _measured(answer, world, asks, key, setting)
            told["sweep"].append(one)
            if one["recall"] >= ENOUGH:
                break
        mine = [one for one in told["sweep"] if one["point"] == f"{key[0]} {key[1]:g}"]
        reached = [one for one in mine if one["recall"] >= ENOUGH]
        told["points"][f"{key[0]} {key[1]:g}"] = (
            max(reached, key=lambda one: one["qps"]) if reached else max(mine, key=lambda one: one["recall"])
        )
    return told


def _measured(answer: Answer, world: World, asks: list[Ask], key: Key, setting: int) -> dict[str, Any]:
    taken, recalls = [], []
    for number, ask in enumerate(asks):
        wanted = truth(world, ask.vector, ask.masks[key])
        vectors = VECTORS
        rows = answer(number, key, setting, vectors)
        if len(creators_of(world, rows)) < len(wanted):
            vectors = 2 * VECTORS
            rows = answer(number, key, setting, vectors)
        taken.append(seconds(lambda n=number, v=vectors: answer(n, key, setting, v), 2))
        recalls.append(recall(wanted, creators_of(world, rows)))
    return {
        "point": f"{key[0]} {key[1]:g}",
        "setting": setting,
        "recall": float(np.mean(recalls)),
        "qps": 1 / float(np.mean(taken)),
    }


def _qdrant(world: World, asks: list[Ask], folder: Path) -> Answer:
    """qdrant-edge: HNSW with filters inside, one segment, one thread. A filter is a number in an indexed field."""
    import qdrant_edge as edge

    numbers: dict[tuple[Any, ...], int] = {}
    held: list[list[int]] = [[] for _ in world.main]
    for number, ask in enumerate(asks):
        for key, mask in ask.masks.items():
            name = _name(number, key)
            if key[1] < 1 and name not in numbers:
                numbers[name] = len(numbers)
                for creator in np.flatnonzero(mask):
                    held[creator].append(numbers[name])
    shard = edge.EdgeShard.create(
        str(folder),
        edge.EdgeConfig(
            vectors={"joint": edge.EdgeVectorParams(size=world.vectors.shape[1], distance=edge.Distance.Dot)},
            hnsw_config=edge.HnswIndexConfig(m=16, ef_construct=100, full_scan_threshold=10_000),
            optimizers=edge.EdgeOptimizersConfig(default_segment_number=1, max_segment_size=10**8),
            max_search_threads=1,
        ),
    )
    shard.update(edge.UpdateOperation.create_field_index("filters", edge.PayloadSchemaType.Integer))
    for start in range(0, len(world.rows), 5_000):
        points = [
            edge.Point(
                id=row,
                vector={"joint": world.vectors[row].tolist()},
                payload={"filters": held[world.rows[row]]},
            )
            for row in range(start, min(start + 5_000, len(world.rows)))
        ]
        shard.update(edge.UpdateOperation.upsert_points(points))
    shard.optimize()

    def answer(number: int, key: Key, setting: int, vectors: int) -> np.ndarray:
        passing = None
        if key[1] < 1:
            value = edge.MatchValue(numbers[_name(number, key)])
            passing = edge.Filter(must=[edge.FieldCondition(key="filters", match=value)])
        request = edge.QueryRequest(
            query=edge.Query.Nearest(asks[number].vector.tolist(), using="joint"),
            limit=vectors,
            filter=passing,
            params=edge.SearchParams(hnsw_ef=setting, exact=setting == 0),
        )
        return np.array([point.id for point in shard.query(request)], dtype=np.int64)

    return answer


def _faiss_hnsw(world: World, asks: list[Ask], folder: Path) -> Answer:  # noqa: ARG001
    faiss.omp_set_num_threads(2)
    index = faiss.IndexHNSWFlat(world.vectors.shape[1], 24, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 100
    index.add(world.vectors)
    faiss.omp_set_num_threads(1)
    bits: dict[tuple[Any, ...], np.ndarray] = {}

    def answer(number: int, key: Key, setting: int, vectors: int) -> np.ndarray:
        selector = None
        if key[1] < 1:
            name = _name(number, key)
            if name not in bits:
                bits[name] = np.packbits(asks[number].masks[key][world.rows], bitorder="little")
            selector = faiss.IDSelectorBitmap(bits[name])
        parameters = faiss.SearchParametersHNSW(efSearch=max(setting, vectors), sel=selector)
        rows = index.search(asks[number].vector[None, :], vectors, params=parameters)[1][0]
        return rows[rows >= 0]

    return answer


def _name(number: int, key: Key) -> tuple[Any, ...]:
    """Uncorrelated filters are the same for every brief."""
    return key if key[0] == "uncorrelated" else (*key, number)


PEERS: dict[str, tuple[str, tuple[int, ...], Callable[[World, list[Ask], Path], Answer]]] = {
    "qdrant-edge": ("qdrant_edge", (330, 500, 800, 1_600, 0), _qdrant),
    "faiss HNSW": ("faiss", (330, 660, 1_320), _faiss_hnsw),
}
"""Name -> module, settings from cheap to dear (ef; 0: the peer's own exact search), how it is built."""
