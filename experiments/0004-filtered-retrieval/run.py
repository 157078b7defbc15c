"""Recall and speed of filtered retrieval at every selectivity, beside peers and the memory's limit; see README.md."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from filtered_world import Ask, World
from measuring import K, bandwidth, creators_of, recall, searched, seconds, truth, waited
from peers import PEERS, measured_peer
from threadpoolctl import threadpool_limits

from tastemaker.retrieval import IVFIndex

BATCH = 256
Point = dict[str, Any]
EXACT_BELOW = 12_000


def point(world: World, index: IVFIndex, asks: list[Ask], key: tuple[str, float], speed: float) -> Point:
    """The engine at one kind and selectivity: means over briefs, of the seconds too."""
    told = []
    for ask in asks:
        mask = ask.masks[key]
        passing = int(mask.sum())
        kept = index.select(mask[world.rows])
        found = searched(world, index, ask.vector, kept, passing)
        wanted = truth(world, ask.vector, mask)
        told.append(
            {
                "plan": found.plan,
                "recall": recall(wanted, creators_of(world, found.ids)),
                "missed": found.missed,
                "cached": seconds(lambda a=ask, s=kept, p=passing: searched(world, index, a.vector, s, p)),
                "cold": seconds(lambda a=ask, m=mask, p=passing: _cold(world, index, a, m, p)),
                "rows": kept.count,
            }
        )
    plans = sorted({t["plan"] for t in told})
    mean = {
        name: float(np.mean([t[name] for t in told]))
        for name in ("recall", "missed", "cached", "cold", "rows")
    }
    # What an exact plan can not but read: a byte for each column of each row that passes.
    limit = mean["rows"] * index.width / speed
    return {
        "kind": key[0],
        "selectivity": key[1],
        "plan": plans[0] if len(plans) == 1 else {p: sum(t["plan"] == p for t in told) for p in plans},
        "recall": mean["recall"],
        "recall_least": min(t["recall"] for t in told),
        "missed_estimated": mean["missed"],
        "qps_cold": 1 / mean["cold"],
        "qps_cached": 1 / mean["cached"],
        "limit_ratio": mean["cached"] / limit,
        "exact_ms": 1_000 * _exact(index, asks, key, world),
        "limit_ms": 1_000 * limit,
    }  # fmt: skip


def _cold(world: World, index: IVFIndex, ask: Ask, mask: np.ndarray, passing: int) -> None:
    """Everything but the filter's own bits: whose vectors pass, in every form that the plan asks for."""
    searched(world, index, ask.vector, index.select(mask[world.rows]), passing)


def _exact(index: IVFIndex, asks: list[Ask], key: tuple[str, float], world: World) -> float:
    """Seconds of an exact plan for as many vectors, the filter cached."""
    taken = []
    for ask in asks[:4]:
        kept = index.select(ask.masks[key][world.rows])
        taken.append(seconds(lambda a=ask, s=kept: index.find(a.vector, 330, s, exact=True), 2))
    return float(np.mean(taken))


def batches(index: IVFIndex, asks: list[Ask], world: World) -> list[dict[str, Any]]:
    """256 briefs under one filter against one by one, on the cores that the process may use."""
    queries = np.stack([asks[i % len(asks)].vector for i in range(BATCH)])
    queries += np.random.default_rng(0).normal(size=queries.shape).astype(np.float32) * 0.002
    rows = []
    for share, exact in ((1.0, True), (0.1, True), (0.01, True), (1.0, False), (0.1, False)):
        kept = index.select(asks[0].masks["uncorrelated", share][world.rows])
        for query in queries[:2]:
            index.find(query, 330, kept, exact=exact)
        some = queries[:24]
        alone = waited(lambda s=some, k=kept, e=exact: [index.find(q, 330, k, exact=e) for q in s], 2) / len(
            some
        )
        together = waited(lambda k=kept, e=exact: index.find_many(queries, 330, k, exact=e), 2) / BATCH
        same = all(
            np.array_equal(a.ids, b.ids)
            for a, b in zip(
                [index.find(q, 330, kept, exact=exact) for q in queries[:8]],
                index.find_many(queries, 330, kept, exact=exact)[:8],
                strict=True,
            )
        )
        rows.append(
            {
                "selectivity": share,
                "exact": exact,
                "alone_qps": 1 / alone,
                "together_qps": 1 / together,
                "times": alone / together,
                "same": same,
            }
        )  # fmt: skip
    return rows


def memory(world: World, indexes: dict[str, IVFIndex]) -> dict[str, dict[str, float]]:
    """Bytes a creator of each mode's parts. The vectors themselves are mapped from their file."""
    creators = len(world.main)
    table = {}
    for name, index in indexes.items():
        parts = {part: size / creators for part, size in index.resident.items()}
        parts["owner of each vector"] = world.rows.nbytes / creators
        table[name] = parts | {
            "resident": sum(parts.values()),
            "mapped vectors": world.vectors.nbytes / creators,
        }
    return table


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """The report; what is known so far is written after each part, for peers take long to build."""
    speed = bandwidth()
    world = World(arguments.creators)
    asks = [world.ask(number) for number in range(6 if arguments.quick else 12)]
    start = time.perf_counter()
    # Below the product's own bound, so that lists are measured at every size.
    index = IVFIndex(exact_below=EXACT_BELOW).fit(world.vectors)
    report: dict[str, Any] = {
        "creators": arguments.creators,
        "vectors": len(world.rows),
        "width": index.width,
        "k": K,
        "bandwidth_gb": speed / 1e9,
        "build_seconds": time.perf_counter() - start,
        "points": [point(world, index, asks, key, speed) for key in asks[0].masks],
    }
    write(report, arguments.out)
    compact = compacted(index)
    report["bytes_per_creator"] = memory(world, {"ivf": index, "compact": compact})
    report["batches"] = batches(index, asks, world)
    write(report, arguments.out)
    # Without codes an exact plan reads the vectors: slow, and the same answers.
    report["compact"] = [point(world, compact, asks[:3], key, speed) for key in asks[0].masks]
    write(report, arguments.out)
    if arguments.peers:
        add_peers(report, world, asks, arguments)
    return report


def write(report: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def compacted(index: IVFIndex) -> IVFIndex:
    """The same lists without the 8-bit codes."""
    compact = IVFIndex(exact_below=10 * EXACT_BELOW, byte_codes=False)
    compact.vectors_, compact.lists_, compact.model_ = index.vectors_, index.lists_, index.model_
    return compact


def add_peers(report: dict[str, Any], world: World, asks: list[Ask], arguments: argparse.Namespace) -> None:
    report["peers"] = {}
    for name in PEERS:
        with TemporaryDirectory(dir=arguments.workspace) as folder:
            told = measured_peer(name, world, asks, Path(folder))
        report["peers"][name] = {key: value for key, value in told.items() if key != "points"}
        for one in report["points"]:
            key = f"{one['kind']} {one['selectivity']:g}"
            one.setdefault("peers", {})[name] = told.get("points", {}).get(key)
        write(report, arguments.out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--creators", type=int, default=100_000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--peers", action="store_true", help="measure the peers that are installed too")
    parser.add_argument("--quick", action="store_true", help="half of the briefs")
    parser.add_argument("--workspace", type=Path, help="where peers keep their files; default: the system's")
    arguments = parser.parse_args()
    threadpool_limits(1)
    report = measured(arguments)
    write(report, arguments.out)
    print(json.dumps({"out": str(arguments.out), "points": len(report["points"])}))


if __name__ == "__main__":
    main()
