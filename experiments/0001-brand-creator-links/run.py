"""The engine's own retrieval and ranking on the public brand-creator benchmark. README.md tells the question."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from link_data import read_links
from link_protocol import PROTOCOLS, ROWS, Task, cross_validation, held_out, judge
from link_settings import Settings, read_settings
from link_world import Floats

from tastemaker.atomic import atomic_file
from tastemaker.errors import TastemakerError
from tastemaker.evaluation import LINK_METRICS, paired_difference, summarise
from tastemaker.progress import Progress

HERE = Path(__file__).parent


def report(
    train: Path, test: Path | None, protocol: str, settings: Settings, tell: Progress
) -> tuple[dict[str, object], str]:
    """The JSON report, and the same as a table for a person."""
    known = read_links(train)
    size = PROTOCOLS.get(protocol)
    world, tasks = held_out(known, read_links(test)) if test else cross_validation(known, settings, size)
    values = judge(world, tasks, settings, tell)
    rows = {name: summarise(values[name], settings.bootstrap, settings.seed) for name in ROWS}
    found: dict[str, object] = {
        "n_brands": sum(len(t.queries) for t in tasks),
        "n_creators": _creators(tasks),
        "protocol": "test" if test else f"cv{len(tasks)}{protocol.removeprefix('cv5')}",
        "rows": {name: {m: e.to_json() for m, e in row.items()} for name, row in rows.items()},
    }
    lines = [f"{'':16}" + "".join(f"{m:>22}" for m in LINK_METRICS)]
    lines += [f"{name:16}" + "".join(f"{row[m]!s:>22}" for m in LINK_METRICS) for name, row in rows.items()]
    lines += [_gain(values, settings)]
    return found, "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where the input or the configuration can not be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, metavar="DIR", help="folder of the three files")
    parser.add_argument(
        "--test", type=Path, metavar="DIR", help="judge once on this part instead of in folds"
    )
    parser.add_argument(
        "--protocol", choices=PROTOCOLS, default="cv5", help="candidates of a fold: its own, or padded to 797"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    parser.add_argument("--config", type=Path, default=HERE / "config.yaml", metavar="FILE")
    asked = parser.parse_args(arguments)
    try:
        settings = read_settings(asked.config)
        found, table = report(asked.train, asked.test, asked.protocol, settings, _teller())
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(asked.out) as partial:
            partial.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    except (TastemakerError, OSError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    print(table, file=sys.stderr)
    return 0


def _creators(tasks: list[Task]) -> int:
    return len(np.unique(np.concatenate([t.candidates for t in tasks])))


def _gain(values: dict[str, dict[str, Floats]], settings: Settings) -> str:
    """Paired over brands, MedR apart: the median of differences is not the difference of medians."""
    ours, theirs = values["tastemaker"], values["two_cosines"]
    gains = {
        m: paired_difference(ours[m], theirs[m], repetitions=settings.bootstrap, seed=settings.seed)
        for m in LINK_METRICS
        if m != "MedR"
    }
    return f"{'over two_cosines':16}" + "".join(f"{g!s:>22}" for g in gains.values())


def _teller() -> Progress:
    start = time.monotonic()

    def tell(what: str, done: int, total: int) -> None:
        spent = time.monotonic() - start
        left = f", about {spent / done * (total - done):.0f} s left" if done else ""
        print(f"{what} {done}/{total} after {spent:.0f} s{left}", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())
