"""Does exploration pay in a loop of monthly retrainings? See CLOSED_LOOP.md.

Python: ``closed_loop(seeds, quick, progress)``; command: ``closed_loop.py --out FILE``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from loop_run import Run, before, ideals, loop, oracle
from loop_world import make_market

from tastemaker.config import Config, Exploration, load_config
from tastemaker.evaluation import mean_interval
from tastemaker.progress import Progress, silent
from tastemaker.simulation.clock import Floats
from tastemaker.workflows import report_command

FIRST_SEED = 1
"""The judged markets are those of the seeds from here on; the settings were chosen on 101, 102 and 201 to 203, and
11 to 20 were judged later, once."""

END = 3
"""Months at the end over which policies are compared."""

SHARES = (0.4, 0.4, 0.4, 0.24, 0.24, 0.24, 0.12, 0.12, 0.12, 0.0, 0.0, 0.0)
"""Of the places that are contested, by month."""

SETTINGS = Exploration(least_chance=0.02)
QUICK_SEEDS = 2
POLICIES = ("greedy", "explore", "oracle")
COLOURS = {"greedy": "#b5542a", "explore": "#1f6f8b", "oracle": "#6b6b6b"}


@dataclass(frozen=True)
class Size:
    """Of one market. ``history``: campaigns that the marketer decided in the year before; ``k``: creators a brief.

    ``a_month``: briefs that are run; ``asked``: more of each of the last months, answered to measure and not run.
    """

    creators: int = 400
    brands: int = 40
    history: int = 30
    a_month: int = 25
    asked: int = 100
    months: int = 12
    k: int = 5


WHOLE, QUICK = Size(), Size(creators=80, brands=8, history=14, a_month=2, asked=1, months=3, k=3)


def closed_loop(
    seeds: int = 10, quick: bool = False, progress: Progress = silent, first: int = FIRST_SEED
) -> dict[str, Any]:
    """Keys ``greedy``, ``explore``, ``oracle``: by month the mean over ``seeds`` markets of what was shown, with its
    95 % interval; ``difference``: explore less greedy, paired by market.

    The unit is the true value of the best k that the market held before the loop, brief by brief: 1 is what a year's
    first day had to give. All of a policy's shown creators count, test slots too. ``quick``: two tiny markets at most,
    to see that it runs.
    """
    size = QUICK if quick else WHOLE
    seeds = min(seeds, QUICK_SEEDS) if quick else seeds
    runs: list[dict[str, Run]] = []
    for number in range(seeds):
        progress("markets", number, seeds)
        runs.append(market_of(first + number, size))
    progress("markets", seeds, seeds)
    return report(runs, size)


def market_of(seed: int, size: Size = WHOLE, shares: Sequence[float] = SHARES) -> dict[str, Run]:
    """One market under each policy, with the same briefs, and the same luck of the same pairs."""
    shared = make_market(
        configuration(size),
        seed,
        campaigns=size.history,
        a_month=size.a_month,
        months=size.months,
        asked=measured(size),
    )
    past = before(shared)
    ideal = ideals(past, size.k)
    return {
        "greedy": loop(past, size.k, ideal, SETTINGS, [0.0] * size.months),
        "explore": loop(past, size.k, ideal, SETTINGS, shares),
        "oracle": oracle(past, size.k, ideal),
    }


def measured(size: Size) -> list[int]:
    """Briefs a month that are asked beside those that are run: at the end, where policies are compared."""
    return [size.asked if month >= size.months - END else 0 for month in range(size.months)]


def configuration(size: Size) -> Config:
    return load_config(
        overrides={
            "simulation": {"creators": size.creators, "brands": size.brands},
            "encoders": {"name": "hashing", "workers": 1},
            "features": {"buckets": 1, "workers": 1},
        }
    )


def report(runs: list[dict[str, Run]], size: Size) -> dict[str, Any]:
    """See :func:`closed_loop`."""
    ends = {
        "shown": lambda run: run.shown[-END:].mean(),
        "best": lambda run: run.best[-END:].mean(),
        "whole_period": lambda run: run.shown.mean(),
        "knowledge": lambda run: run.knowledge,
    }
    by_end = {
        name: [float(of(run["explore"]) - of(run["greedy"])) for run in runs] for name, of in ends.items()
    }
    policies: dict[str, Any] = {
        name: {
            "monthly": [_interval([run[name].shown[m].mean() for run in runs]) for m in range(size.months)],
            "end": _interval([run[name].shown[-END:].mean() for run in runs]),
            "tests_per_brief": [
                float(np.mean([run[name].tests[m] for run in runs])) for m in range(size.months)
            ],
            **({"knowledge": _interval([run[name].knowledge for run in runs])} if name != "oracle" else {}),
        }
        for name in POLICIES
    }
    return {
        **policies,
        "difference": {
            **_paired(by_end["shown"]),
            **{name: _paired(values) for name, values in by_end.items() if name != "shown"},
        },
        "markets": len(runs),
        "size": size.__dict__,
        "shares": list(SHARES[: size.months]),
        "exploration": SETTINGS.model_dump(),
    }


def _paired(values: list[float]) -> dict[str, Any]:
    """Mean with two 95 % intervals over markets: Student's t, and the bootstrap."""
    boot = mean_interval(np.array(values), repetitions=10_000, seed=0)
    made: dict[str, Any] = _interval(values)
    return {**made, "bootstrap": {"low": boot.low, "high": boot.high}, "by_market": values}


def _interval(values: Sequence[float] | Floats) -> dict[str, float]:
    from scipy.stats import t

    x = np.asarray(values, dtype=np.float64)
    mean = float(x.mean())
    if len(x) < 2:
        return {"mean": mean, "low": mean, "high": mean}
    half = float(t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x)))
    return {"mean": mean, "low": mean - half, "high": mean + half}


def draw(made: dict[str, Any], target: Path) -> None:
    """The months of all three policies, with intervals, and beside them the paired difference by market."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=[3, 1])
    for name in POLICIES:
        monthly = made[name]["monthly"]
        x = np.arange(1, len(monthly) + 1)
        left.plot(x, [m["mean"] for m in monthly], color=COLOURS[name], label=name, marker="o", markersize=3)
        left.fill_between(
            x,
            [m["low"] for m in monthly],
            [m["high"] for m in monthly],
            color=COLOURS[name],
            alpha=0.15,
            lw=0,
        )
    left.set_xlabel("month")
    left.set_ylabel("true value of what was shown\n(1: the best of the market before the loop)")
    left.legend(frameon=False)
    gap = made["difference"]
    right.axhline(0.0, color="black", lw=0.8)
    right.plot(np.zeros(len(gap["by_market"])), gap["by_market"], "o", color=COLOURS["explore"], alpha=0.5)
    error = [[gap["mean"] - gap["low"]], [gap["high"] - gap["mean"]]]
    right.errorbar([0.4], [gap["mean"]], yerr=error, fmt="s", color="black", capsize=4)
    right.set_xlim(-0.5, 0.9)
    right.set_xticks([])
    right.set_title(f"explore - greedy,\nlast {END} months", fontsize=10)
    figure.savefig(target, dpi=120)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where something can not be used."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the JSON report goes")
    parser.add_argument("--seeds", type=int, default=10, help="markets")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="seed of the first market")
    parser.add_argument("--quick", action="store_true", help="tiny markets, to see that it runs")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="a PNG or SVG of the months")
    asked = parser.parse_args(arguments)
    if asked.seeds < 1:
        parser.error(f"--seeds {asked.seeds}: give at least 1")
    if asked.first < 0:
        parser.error(f"--first {asked.first}: give at least 0")

    def told(what: str, done: int, of: int) -> None:
        sys.stderr.write(f"{what}: {done} of {of}\n")

    def finish(made: dict[str, Any]) -> None:
        if asked.picture is not None:
            draw(made, asked.picture)
        sys.stdout.write(json.dumps(made["difference"]) + "\n")

    return report_command(
        asked.out, lambda: closed_loop(asked.seeds, asked.quick, told, asked.first), then=finish
    )


if __name__ == "__main__":
    sys.exit(main())
