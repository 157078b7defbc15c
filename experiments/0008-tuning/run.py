"""What tuning finds, and whether it is so: see README.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits
from tuning_scores import score_report
from tuning_settings import TuningSettings, read_settings
from tuning_worlds import World, read_world

from tastemaker.config import Config, load_config
from tastemaker.evaluation import mean_interval, paired_difference
from tastemaker.training import Place, StudyRuns, Tuned, rolling_folds, tune
from tastemaker.training.tuning import Fold
from tastemaker.workflows import report_command

HERE = Path(__file__).parent
SECTIONS = ("scores", "study", "judged", "larger")


def report(settings: TuningSettings, names: Sequence[str], scratch: Path) -> dict[str, Any]:
    """The JSON report of the named sections; ``judged`` and ``larger`` need the study and make it."""
    found: dict[str, Any] = {}
    worlds = [read_world(seed, settings, scratch) for seed in settings.tuned_on]
    if "scores" in names:
        _tell("scores")
        found["scores"] = score_report(worlds, settings)
    if set(names) & {"study", "judged", "larger"}:
        told = study(worlds, settings, scratch)
        found["study"] = told.to_json()
    config = load_config(overrides=settings.engine)
    if "judged" in names:
        _tell("judged")
        others = [read_world(seed, settings, scratch) for seed in settings.judged_on]
        found["judged"] = by_truth(others, config, told.config)
    if "larger" in names:
        _tell("larger")
        others = [read_world(seed, settings, scratch, larger=True) for seed in settings.larger.judged_on]
        found["larger"] = by_truth(others, config, told.config)
    return found


def study(worlds: Sequence[World], settings: TuningSettings, scratch: Path) -> Tuned:
    """The study over the folds of all worlds, the earliest of each first."""
    config = load_config(overrides=settings.engine)
    folds = [rolling_folds(world.examples, config, f"seed {world.seed}, fold") for world in worlds]
    order: list[Fold] = [fold for step in zip(*folds, strict=True) for fold in step]
    place = Place(scratch / "tuning.db", "default", StudyRuns(f"sqlite:///{scratch / 'mlflow.db'}", "tuning"))
    return tune(
        order,
        config,
        place,
        trials=settings.trials,
        progress=lambda what, done, total: _tell(f"{what}: {done} of {total}"),
    )


def by_truth(worlds: Sequence[World], untuned: Config, tuned: Config) -> dict[str, Any]:
    """NDCG@10 of the untuned and the tuned over the held-out campaigns of worlds that no trial saw, and what becomes of
    their 80 % intervals there."""
    judged = {
        name: [world.judged(config) for world in worlds]
        for name, config in {"untuned": untuned, "tuned": tuned}.items()
    }
    ndcg = {name: pd.concat([scores for scores, _ in parts]) for name, parts in judged.items()}
    forecasts = {name: pd.concat([rows for _, rows in parts]) for name, parts in judged.items()}
    each = [a[0].sub(b[0]).mean() for a, b in zip(judged["tuned"], judged["untuned"], strict=True)]
    return {
        "campaigns": len(ndcg["tuned"]),
        **{name: mean_interval(scores).to_json() for name, scores in ndcg.items()},
        "gain": paired_difference(ndcg["tuned"], ndcg["untuned"]).to_json(),
        "gain_by_world": dict(zip([str(world.seed) for world in worlds], map(float, each), strict=True)),
        "forecasts": {
            name: {
                "count": len(rows),
                "held": float(rows["held"].mean()),
                "width": float(rows["width"].mean()),
            }
            for name, rows in forecasts.items()
        },
    }


def _tell(what: str, start: float = time.monotonic()) -> None:
    sys.stderr.write(f"{time.monotonic() - start:6.0f} s  {what}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where something can not be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in place of config.yaml")
    parser.add_argument(
        "--workspace", type=Path, metavar="DIR", help="keeps worlds and study: again goes on where it stopped"
    )
    parser.add_argument(
        "--only", action="append", choices=SECTIONS, metavar="SECTION", help=", ".join(SECTIONS)
    )
    parser.add_argument("--quick", action="store_true", help="small worlds and few trials: nothing to quote")
    asked = parser.parse_args(arguments)

    def make() -> dict[str, Any]:
        settings = read_settings(asked.config or HERE / ("quick.yaml" if asked.quick else "config.yaml"))
        place = TemporaryDirectory() if asked.workspace is None else nullcontext(asked.workspace)
        # Small fits: threads that wait for each other cost more than they bring.
        with place as scratch, threadpool_limits(1):
            return report(settings, asked.only or SECTIONS, Path(scratch))

    return report_command(asked.out, make)


if __name__ == "__main__":
    sys.exit(main())
