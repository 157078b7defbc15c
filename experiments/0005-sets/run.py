"""Sets under a budget, in one report: see README.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from set_exact import greedy_vs_exact, ms_500
from set_promises import promises, promises_report, shared_errors
from set_reach import overlap_check, unique_kpi, unique_reach
from set_settings import SetSettings, read_settings
from set_worlds import make_world
from threadpoolctl import threadpool_limits

from tastemaker.progress import silent
from tastemaker.ranking import make_ranker
from tastemaker.workflows import report_command
from tastemaker.workflows.records import write_json

HERE = Path(__file__).parent


def report(settings: SetSettings, scratch: Path) -> dict[str, Any]:
    """The JSON report. Instances and timings are of the first world; reach and promises of all."""
    found: dict[str, Any] = {}
    reached, overlaps, shared, promised = [], [], [], {}
    for number, seed in enumerate(settings.seeds):
        world = make_world(seed, settings, scratch, silent)
        _tell(f"seed {seed}: {len(world.asked)} later briefs")
        if number == 0:
            found["ms_500"] = ms_500(world, settings)
            found["greedy_vs_exact"] = greedy_vs_exact(world, settings)
            _tell("exact solutions")
        overlaps.append(overlap_check(world, settings))
        counts = [n for n in settings.earlier if world.earlier(n) is not None]
        for campaigns in counts:
            examples = world.earlier(campaigns)
            forecaster = make_ranker("value", world.config).fit(examples).forecaster
            errors = shared_errors(forecaster, examples)
            shared.append({"seed": seed, "campaigns": campaigns, **vars(errors)})
            promised.setdefault(campaigns, []).append(promises(world, forecaster, errors, settings))
            _tell(f"seed {seed}: promises at {campaigns} campaigns")
            if campaigns == max(counts):
                reached.append(unique_reach(world, forecaster, settings))
                _tell(f"seed {seed}: unique reach")
        found |= {
            "worlds": number + 1,
            "unique_kpi": unique_kpi(reached),
            "overlaps": overlaps,
            "shared_errors": shared,
            "promises": promises_report(promised),
            "followers": settings.people,
        }
        write_json(scratch / "so_far.json", found)
    return found


def _tell(what: str, start: float = time.monotonic()) -> None:
    sys.stderr.write(f"{time.monotonic() - start:6.0f} s  {what}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where something can not be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in place of config.yaml")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where worlds are kept for the next run")
    parser.add_argument(
        "--quick", action="store_true", help="a small world and few repetitions: nothing to quote"
    )
    asked = parser.parse_args(arguments)

    def make() -> dict[str, Any]:
        settings = read_settings(asked.config or HERE / ("quick.yaml" if asked.quick else "config.yaml"))
        # Small fits: threads that wait for each other cost more than they bring.
        with TemporaryDirectory() as scratch, threadpool_limits(1):
            return report(settings, asked.scratch or Path(scratch))

    return report_command(asked.out, make)


if __name__ == "__main__":
    sys.exit(main())
