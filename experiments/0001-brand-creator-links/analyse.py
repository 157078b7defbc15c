"""Where the ranking stands and what it could reach: ordering by competence, ceilings, errors. ANALYSIS.md
tells the findings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from link_ceiling import (
    CONTENT,
    EVERY,
    alphabet_scores,
    alphabet_shares,
    in_sample,
    rival_bounds,
    rivals,
    span_auc,
)
from link_competence import judge_order, order_table, read_competence, variance_shares
from link_curve import extrapolate, learning_curve
from link_data import read_links
from link_errors import by_category, case_text, pick_cases
from link_features import pair_arrays
from link_protocol import PROTOCOLS, Task
from link_settings import Settings, read_settings
from link_telling import teller
from link_told import own_weights, personalised
from link_units import Source, Unit, row_scores
from link_world import Floats, World

from tastemaker.errors import TastemakerError
from tastemaker.evaluation import link_metrics, mean_interval, paired_difference

HERE = Path(__file__).parent
Rows = dict[str, list[Floats]]
PENALTIES = (10.0, 30.0, 100.0, 300.0, 1000.0)


def competence(world: World, tasks: list[Task], rows: Rows, settings: Settings, folder: Path) -> None:
    graded = read_competence(folder, read_links(folder))
    print("shares of the variance", {k: round(v, 3) for k, v in variance_shares(graded).items()})
    others = {name: rows[name] for name in ("two_cosines", "tastemaker")}
    values, chosen = judge_order(world, graded, tasks, settings, teller(), others=others)
    print("chosen in each fold", chosen)
    for row, metrics in order_table(values, settings).items():
        _print(row, metrics)


def ceiling(world: World, tasks: list[Task], rows: Rows, settings: Settings, _: Path) -> None:
    ours = rows["tastemaker"]
    for blocks in (CONTENT, EVERY, tuple(world.like)):
        for own in (True, False):
            counts = [rivals(world, t, blocks, own) for t in tasks]
            every = np.concatenate([c[np.isfinite(c)] for c in counts])
            found = _joined([rival_bounds(c) for c in counts])
            _print(f"rivals on {'+'.join(blocks)}{', own category' if own else ''}", _means(found, settings))
            shares = {f"{n} or more": round(float((every >= n).mean()), 3) for n in (1, 10)}
            _print("  of all partners", {"median": np.median(every), **shares})
    plain = tuple(name for name in world.like if name != "letters")
    for blocks in (tuple(world.like), plain):
        for seed in (0, 1):
            told = personalised(world, tasks, ours, settings, seed, blocks)
            _paired(f"half told, seed {seed}, {len(blocks)} blocks", told, settings)
    for dimensions in (False, True):
        fitted = own_weights(world, tasks, ours, PENALTIES, 0, dimensions)
        _paired(f"own weights{' per dimension' if dimensions else ''}", fitted, settings)
    for leaves in (settings.ranking.leaves, 31):
        parts = []
        for t in tasks:
            arrays = pair_arrays(world.without(t.padding), t.known, t.queries, t.candidates)
            scores = in_sample(world, t, arrays, settings, settings.ranking.rounds, leaves)
            parts.append(link_metrics(scores, t.linked, t.own_category))
        _print(f"in sample, {leaves} leaves", _means(_joined(parts), settings))
    print("alphabet", {k: round(v, 3) for k, v in alphabet_shares(world).items()})
    alone = [link_metrics(alphabet_scores(world, t), t.linked, t.own_category) for t in tasks]
    _print("alphabet alone", _means(_joined(alone), settings))
    spans = _joined([span_auc(world, t, s) for t, s in zip(tasks, ours, strict=True)])
    _paired("cAUC by span of the alphabet", {k: {"cAUC": v} for k, v in spans.items()}, settings)


def curve(world: World, tasks: list[Task], _rows: Rows, settings: Settings, _: Path) -> None:
    found = learning_curve(world, tasks, settings, teller())
    for brands, metrics in zip(found.brands, found.estimates(settings), strict=True):
        _print(f"{brands:.1f} known brands", metrics)
    asked = np.array([len(world.brands), 2 * len(world.brands)])
    for metric, points in extrapolate(found, asked, settings).items():
        for number, lines in zip(asked, points, strict=True):
            _print(f"{metric} at {number} brands", lines)


def errors(world: World, tasks: list[Task], rows: Rows, settings: Settings, _: Path) -> None:
    ours = rows["tastemaker"]
    metrics = [link_metrics(s, t.linked, t.own_category) for s, t in zip(ours, tasks, strict=True)]
    for name, values in by_category(world, tasks, _joined(metrics), settings).items():
        _print(name, values)
    for case in pick_cases(tasks, ours, seed=settings.seed):
        print(case_text(world, tasks[case.task], ours[case.task], case))


PARTS: dict[str, Callable[[World, list[Task], Rows, Settings, Path], None]] = {
    "competence": competence,
    "ceiling": ceiling,
    "errors": errors,
    "curve": curve,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 with one message where the input or the configuration can not be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, metavar="DIR", help="folder of the three files")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="cv5-797")
    parser.add_argument("--config", type=Path, default=HERE / "config.yaml", metavar="FILE")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seed", type=_not_negative, help="of the folds, in place of the configuration's")
    asked = parser.parse_args(arguments)
    try:
        settings = read_settings(asked.config)
        if asked.seed is not None:
            settings = settings.model_copy(update={"seed": asked.seed})
        if "competence" in asked.parts:
            read_competence(asked.train, read_links(asked.train))
        source = Source(asked.train, None, asked.protocol, settings)
        world, tasks = source.tasks(settings.seed)
        units = (
            [Unit(source, settings.seed, i) for i in range(len(tasks))] if asked.parts != ["curve"] else []
        )
        found = [row_scores(world, tasks[u.number], settings, u)[0] for u in units]
        rows = {name: [f[name] for f in found] for name in found[0]} if found else {}
        for part in asked.parts:
            print(f"# {part}")
            PARTS[part](world, tasks, rows, settings, asked.train)
    except (TastemakerError, OSError) as error:
        print(f"analyse.py: {error}", file=sys.stderr)
        return 2
    return 0


def _not_negative(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is below 0")
    return number


def _joined(parts: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _means(values: Mapping[str, Floats], settings: Settings) -> dict[str, object]:
    return {
        m: mean_interval(v, repetitions=settings.bootstrap, seed=settings.seed)
        for m, v in values.items()
        if m != "MedR"
    }


def _paired(title: str, rows: Mapping[str, Mapping[str, Floats]], settings: Settings) -> None:
    """Every row, and each one's paired difference to the first."""
    first = next(iter(rows))
    for row, values in rows.items():
        _print(f"{title}: {row}", _means(values, settings))
        if row != first:
            gains = {
                m: paired_difference(v, rows[first][m], repetitions=settings.bootstrap, seed=settings.seed)
                for m, v in values.items()
                if m != "MedR"
            }
            _print(f"  over {first}", gains)


def _print(title: str, values: Mapping[str, object]) -> None:
    print(f"{title:60}" + "  ".join(f"{name} {value}" for name, value in values.items()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
