"""The engine's own retrieval and ranking on the public brand-creator benchmark. README.md tells the question."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from link_apart import cold_report, competence_report
from link_competence import read_competence
from link_data import read_links
from link_protocol import PROTOCOLS
from link_report import ablated, choices, log_rows, report_rows, spread, table
from link_settings import ALONE, read_settings
from link_telling import teller
from link_units import Judged, Source, Unit, judge_all

from tastemaker.errors import ConfigError
from tastemaker.progress import Progress
from tastemaker.training import Tracking
from tastemaker.workflows import report_command

HERE = Path(__file__).parent
EXPERIMENT = "0001-brand-creator-links"


def report(
    source: Source, full: bool, workers: int, tell: Progress
) -> tuple[dict[str, object], list[Judged]]:
    """The JSON report and what it was made of."""
    settings = source.settings
    seeds = settings.seeds if full else (settings.seed,)
    every = tuple(v.name for v in settings.variants)
    units = [
        Unit(source, seed, number, every if full and seed in settings.ablation_seeds else (ALONE,), full)
        for seed in seeds
        for number in range(1 if source.test else settings.folds)
    ]
    tasks = source.tasks(settings.seed)[1]
    graded = read_competence(source.train, read_links(source.train)) if full else None
    judged = judge_all(units, workers, tell)
    found: dict[str, object] = {
        "n_brands": len({int(b) for unit in judged for b in unit.brands}),
        "n_creators": len(np.unique(np.concatenate([t.candidates for t in tasks]))),
        "protocol": "test" if source.test else f"cv{settings.folds}{source.protocol.removeprefix('cv5')}",
        **report_rows(judged, settings),
    }
    found["cold_start"] = cold_report(source, judged)
    if full:
        found |= {"seeds": list(seeds), "over_seeds": spread(judged), "chosen_inside": choices(judged)}
        found["ablation"] = {"seeds": list(settings.ablation_seeds), **report_rows(ablated(judged), settings)}
    if graded is not None:
        found["competence"] = competence_report(source, judged, graded, tell)
    return found, judged


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where the input or the configuration can not be used."""
    asked = _parser().parse_args(arguments)
    judged: list[Judged] = []

    def make() -> dict[str, object]:
        settings = read_settings(asked.config)
        if asked.test is not None and (asked.full or asked.protocol):
            raise ConfigError(
                "--test has its own protocol and needs no selection; leave --full and --protocol out"
            )
        if asked.tracking != "none":
            _tracking(asked).check()
        source = Source(asked.train, asked.test, asked.protocol or "cv5-797", settings)
        found, units = report(source, asked.full, asked.workers, teller())
        judged.extend(units)
        print(table(found), file=sys.stderr)
        return found

    def log(found: Mapping[str, object]) -> None:
        if asked.tracking != "none":
            settings = read_settings(asked.config)
            log_rows(_tracking(asked), judged, settings, {"protocol": found["protocol"]})

    return report_command(asked.out, make, log)


def _tracking(asked: argparse.Namespace) -> Tracking:
    """Where the runs go: MLflow's database beside the report, unless told otherwise."""
    return Tracking(asked.tracking or f"sqlite:///{asked.out.parent.resolve() / 'mlflow.db'}", EXPERIMENT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--train", type=Path, required=True, metavar="DIR", help="folder of the three files")
    add("--test", type=Path, metavar="DIR", help="judge once on this part instead of in folds")
    add("--protocol", choices=PROTOCOLS, help="candidates of a fold: its own, or padded to 797 (the default)")
    add(
        "--full",
        action="store_true",
        help="five seeds, selection inside the training brands, and the ablation",
    )
    add("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    add("--config", type=Path, default=HERE / "config.yaml", metavar="FILE")
    add("--workers", type=_at_least_one, default=min(4, os.cpu_count() or 1), metavar="N", help="processes")
    add(
        "--tracking",
        metavar="URI",
        help="MLflow's runs; mlflow.db beside the report unless given; 'none': no runs",
    )
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is under 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
