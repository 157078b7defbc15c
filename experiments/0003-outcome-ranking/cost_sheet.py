"""What recommendations cost: CPU seconds, memory and disk per 1,000, and the minutes of a retraining.

    python cost_sheet.py --bundle var/demo/bundle [--source var/demo/marketplace] --out cost_sheet.json

The serving part runs in a process of its own, so that its memory is a server's and nobody else's. ``--source`` builds
anew from the raw tables, without any stage that was done before: the whole cost of a retraining.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from tastemaker.bundle import load_bundle
from tastemaker.config import Config
from tastemaker.engine import Engine
from tastemaker.schema import EXAMPLE_BRIEF, Brief
from tastemaker.store import SqlDecisionLog
from tastemaker.workflows import Job, Workspace, build_all, report_command

REQUESTS = 200
PER = 1_000
MIB = 2**20
ASKED = (
    ("awareness", "Slow mornings, home baking and tea rituals."),
    ("engagement", "Runners and hikers who show muddy mornings."),
    ("conversion", "Skin care with few ingredients, shown on real skin."),
    ("content", "Short films about repairing what others throw away."),
)


def cost_sheet(bundle: Path, source: Path | None = None, requests: int = REQUESTS) -> dict[str, Any]:
    """The sheet of ``bundle`` as JSON's own types; without ``source`` ``retraining`` is None.

    ``serving``: per 1,000 recommendations of the configured length, logged durably with their features.
    """
    facts = load_bundle(bundle)
    with tempfile.TemporaryDirectory() as scratch:
        serving = _in_a_process_of_its_own(bundle, Path(scratch), requests)
        retraining = None if source is None else retrain(bundle, source, Path(scratch))
    disk = {
        part: _bytes(bundle / part) / MIB for part in sorted(p.name for p in bundle.iterdir() if p.is_dir())
    }
    return {
        "bundle": facts.id,
        "creators": len(set(facts.snapshot.column("creator_id").tolist())),
        "accounts": len(facts.snapshot),
        "ranker": facts.ranker.name,
        "cores": os.cpu_count(),
        "serving": serving,
        "disk_mib": {"bundle": _bytes(bundle) / MIB, **disk},
        "retraining": retraining,
    }


def serve(bundle: Path, store: Path, requests: int) -> dict[str, float]:
    """Answers ``requests`` briefs in this process; ``memory`` is the most that it ever held."""
    url = f"sqlite:///{store / 'log.db'}"
    before = time.process_time()
    log = SqlDecisionLog(url)
    engine = Engine.load(bundle, log)
    loaded = time.process_time()
    list(islice(_answers(engine), len(ASKED)))
    started, wall = time.process_time(), time.perf_counter()
    list(islice(_answers(engine), requests))
    spent, lasted = time.process_time() - started, time.perf_counter() - wall
    log.close()
    return {
        "requests": float(requests),
        "load_cpu_seconds": loaded - before,
        f"cpu_seconds_per_{PER}": PER * spent / requests,
        f"wall_seconds_per_{PER}": PER * lasted / requests,
        f"log_mib_per_{PER}": PER * _bytes(store) / (requests + len(ASKED)) / MIB,
        # ru_maxrss is in KiB on Linux.
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def retrain(bundle: Path, source: Path, scratch: Path) -> dict[str, Any]:
    """From raw tables to a promoted bundle, by the configuration of ``bundle``, nothing done before."""
    config: Config = load_bundle(bundle).manifest.config
    workspace = Workspace(scratch / "workspace")
    started, wall = _cpu(), time.perf_counter()
    build_all(Job(workspace, config), source)
    spent, lasted = _cpu() - started, time.perf_counter() - wall
    return {
        "minutes": lasted / 60,
        "cpu_minutes": spent / 60,
        "stages_seconds": {name: round(seconds, 2) for name, seconds in workspace.timings.items()},
        "disk_mib": _bytes(workspace.root) / MIB,
    }


def _answers(engine: Engine) -> Iterator[object]:
    briefs: list[Brief] = [EXAMPLE_BRIEF]
    for objective, text in ASKED[1:]:
        asked = {
            "brand": {"name": "Quillmoor"},
            "objective": objective,
            "text": text,
            "markets": ["GB", "US"],
        }
        briefs.append(Brief.parse(asked))
    return (engine.recommend(brief) for brief in cycle(briefs))


def _in_a_process_of_its_own(bundle: Path, scratch: Path, requests: int) -> dict[str, float]:
    store = scratch / "store"
    store.mkdir()
    command = [
        sys.executable,
        __file__,
        "--serve",
        str(store),
        "--bundle",
        str(bundle),
        "--requests",
        str(requests),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _cpu() -> float:
    """CPU seconds of this process and of the workers that it has waited for."""
    return sum(
        t for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN) for t in resource.getrusage(who)[:2]
    )


def _bytes(path: Path) -> int:
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--source", type=Path, help="raw tables to retrain from")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--out", type=Path, help="the sheet as JSON")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    if given.serve is not None:
        print(json.dumps(serve(given.bundle, given.serve, given.requests)))
        return 0
    if given.out is None:
        parser.error("--out is needed")
    return report_command(given.out, lambda: cost_sheet(given.bundle, given.source, given.requests))


if __name__ == "__main__":
    sys.exit(main())
