"""What is learned from campaigns, in one report: see README.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ad_rates import ad_rates
from drift import FIRST_SEED, drift
from drift import settings as drift_settings
from ope_choices import logged_choices
from ope_known import known_truth
from outcome_forecasts import coverage80, held, own_picks, picks_report
from outcome_promises import contradictions
from outcome_rankers import curve_points, learning_curve, ndcg10, scores
from outcome_settings import OutcomeSettings, read_settings
from outcome_worlds import World, given, simulated
from threadpoolctl import threadpool_limits

from tastemaker.errors import ConfigError
from tastemaker.progress import silent
from tastemaker.workflows import report_command

HERE = Path(__file__).parent
DATA = HERE.parents[1].parent / "shared" / "data"
WORLDS = ("ndcg10", "learning_curve", "coverage80", "own_picks", "one_number")
SECTIONS = (*WORLDS, "ope", "ad_outcomes", "closed_loop", "drift")


def report(
    settings: OutcomeSettings,
    names: Sequence[str],
    data: Path | None,
    marketplace: Path | None,
    scratch: Path,
) -> dict[str, Any]:
    """The JSON report of the named sections."""
    found: dict[str, Any] = {}
    if set(names) & set(WORLDS):
        folder = scratch / "worlds"
        worlds = (
            simulated(settings.worlds, folder, silent)
            if marketplace is None
            else given(marketplace, settings.worlds, folder, silent)
        )
        found |= _of_worlds(worlds, settings, names)
    others: dict[str, Callable[[], object]] = {
        "ope": lambda: _off_policy(settings, data),
        "ad_outcomes": lambda: _rates(settings, data),
        "closed_loop": lambda: _loop(settings),
        "drift": lambda: _drift(settings, scratch / "drift"),
    }
    for name, make in others.items():
        if name in names:
            _tell(name)
            found[name] = make()
    return found


def _of_worlds(worlds: Any, settings: OutcomeSettings, names: Sequence[str]) -> dict[str, Any]:
    """Each world is looked at once and let go: only what was judged stays."""
    parts: dict[str, list[Any]] = {name: [] for name in WORLDS}
    make: dict[str, Callable[[World], Any]] = {
        "ndcg10": lambda w: w.judge(scores(w, w.split.train, settings)).per_campaign,
        "learning_curve": lambda w: curve_points(w, settings),
        "coverage80": held,
        "own_picks": lambda w: own_picks(w, settings),
        "one_number": lambda w: contradictions(w, settings),
    }
    for number, world in enumerate(worlds):
        for name in WORLDS if number == 0 else WORLDS[:-1]:
            if name in names:
                _tell(f"{world.name}: {name}")
                parts[name].append(make[name](world))
    tell: dict[str, Callable[[list[Any]], Any]] = {
        "ndcg10": ndcg10,
        "learning_curve": learning_curve,
        "coverage80": coverage80,
        "own_picks": picks_report,
        "one_number": lambda found: found[0],
    }
    return {name: tell[name](parts[name]) for name in WORLDS if name in names}


def _off_policy(settings: OutcomeSettings, data: Path | None) -> dict[str, Any]:
    known = known_truth(settings.ope_repetitions, settings.ope_decisions)
    logs = _there(data, "logged_choices/uniform.parquet")
    choices = {"left_out": "no --data"} if logs is None else logged_choices(logs.parent)
    return {
        "interval_hits": known["interval_hits"],
        "repetitions": known["repetitions"],
        "logged_choices": choices,
        "designs": known["designs"],
    }


def _rates(settings: OutcomeSettings, data: Path | None) -> dict[str, Any]:
    ads = _there(data, "ad_outcomes/ads.parquet")
    return (
        {"left_out": "no --data"}
        if ads is None
        else ad_rates(
            ads.parent, repeats=settings.ad_repeats, folds=settings.ad_folds, whole=settings.ad_whole
        )
    )


def _loop(settings: OutcomeSettings) -> dict[str, Any]:
    from closed_loop import closed_loop

    return dict(closed_loop(settings.loop_seeds, quick=settings.loop_seeds < 2, progress=silent))


def _drift(settings: OutcomeSettings, scratch: Path) -> dict[str, Any]:
    quiet, planted = (
        range(FIRST_SEED, FIRST_SEED + n) for n in (settings.quiet_seeds, settings.planted_seeds)
    )
    return drift(drift_settings(overrides=settings.drift), scratch, quiet_seeds=quiet, planted_seeds=planted)


def _there(data: Path | None, name: str) -> Path | None:
    return data / name if data is not None and (data / name).is_file() else None


def _tell(what: str, start: float = time.monotonic()) -> None:
    sys.stderr.write(f"{time.monotonic() - start:6.0f} s  {what}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where something can not be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    parser.add_argument("--data", type=Path, metavar="DIR", help=f"public data sets (where there: {DATA})")
    parser.add_argument(
        "--marketplace", type=Path, metavar="DIR", help="tables with truth/, in place of worlds"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in place of config.yaml")
    parser.add_argument(
        "--only", action="append", choices=SECTIONS, metavar="SECTION", help=", ".join(SECTIONS)
    )
    parser.add_argument(
        "--quick", action="store_true", help="small worlds and few repetitions: nothing to quote"
    )
    asked = parser.parse_args(arguments)

    def make() -> dict[str, Any]:
        if asked.data is not None and not asked.data.is_dir():
            raise ConfigError(f"--data {asked.data}: is no folder")
        settings = read_settings(asked.config or HERE / ("quick.yaml" if asked.quick else "config.yaml"))
        data = asked.data or (DATA if DATA.is_dir() else None)
        # Small fits: threads that wait for each other cost more than they bring.
        with TemporaryDirectory() as scratch, threadpool_limits(1):
            return report(settings, asked.only or SECTIONS, data, asked.marketplace, Path(scratch))

    return report_command(asked.out, make)


if __name__ == "__main__":
    sys.exit(main())
