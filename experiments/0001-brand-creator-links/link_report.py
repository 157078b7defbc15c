"""From judged folds to the report: rows with intervals, their spread over seeds, paired differences, runs in MLflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from link_settings import Settings
from link_units import BASELINES, NESTED, OURS, Judged
from link_world import Floats

from tastemaker.evaluation import LINK_METRICS, Estimate, paired_difference, summarise
from tastemaker.training import Tracking

MEDIAN = "MedR"
Row = Mapping[str, Floats]


def ablated(judged: Sequence[Judged]) -> list[Judged]:
    """The units in which every variant was judged."""
    most = max(len(unit.metrics) for unit in judged)
    return [unit for unit in judged if len(unit.metrics) == most]


def per_brand(judged: Sequence[Judged]) -> dict[str, dict[str, Floats]]:
    """Row that all units have -> metric -> values (n_brands,), of the brands in ascending order. A brand judged under
    several seeds counts once, with its average: it is one draw of the brands there are, however often it is judged."""
    brands = np.concatenate([unit.brands for unit in judged])
    order, times = np.unique(brands, return_inverse=True)[1], np.unique(brands, return_counts=True)[1]
    rows: dict[str, dict[str, Floats]] = {}
    for name in judged[0].metrics:
        if not all(name in unit.metrics for unit in judged):
            continue
        values = {m: np.concatenate([unit.metrics[name][m] for unit in judged]) for m in LINK_METRICS}
        rows[name] = {m: np.bincount(order, v) / times for m, v in values.items()}
    return rows


def report_rows(judged: Sequence[Judged], settings: Settings) -> dict[str, object]:
    """Rows with 95 % intervals by bootstrap over brands, and the gain of "tastemaker" over each other, paired."""
    rows = per_brand(judged)
    means = {name: summarise(row, settings.bootstrap, settings.seed) for name, row in rows.items()}
    gains = {name: _gains(rows[OURS], row, settings) for name, row in rows.items() if name != OURS}
    return {
        "rows": {name: {m: e.to_json() for m, e in row.items()} for name, row in means.items()},
        "gain_over": {name: {m: e.to_json() for m, e in row.items()} for name, row in gains.items()},
    }


def spread(judged: Sequence[Judged]) -> dict[str, dict[str, dict[str, float | None]]]:
    """Row that all units have -> metric -> mean and standard deviation over seeds of the metric over all brands."""
    seeds = sorted({unit.seed for unit in judged})
    by_seed = [per_brand([unit for unit in judged if unit.seed == seed]) for seed in seeds]
    out: dict[str, dict[str, dict[str, float | None]]] = {}
    for name in per_brand(judged):
        out[name] = {}
        for metric in LINK_METRICS:
            middle = np.median if metric == MEDIAN else np.mean
            values = [float(middle(rows[name][metric])) for rows in by_seed]
            deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
            out[name][metric] = {"mean": float(np.mean(values)), "sd": deviation}
    return out


def choices(judged: Sequence[Judged]) -> dict[str, int]:
    """How often each variant was chosen inside."""
    return dict(Counter(unit.choice for unit in judged if unit.choice is not None))


def table(report: Mapping[str, Any]) -> str:
    """The rows for a person, and the gain over the untrained sum."""
    rows, gains = report["rows"], report["gain_over"]
    wide = max(len(name) for name in rows) + 6
    lines = [f"{'':{wide}}" + "".join(f"{m:>22}" for m in LINK_METRICS)]
    lines += [_line(name, row, wide) for name, row in rows.items()]
    lines += [_line(f"over {name}", gains[name], wide) for name in BASELINES[1:2]]
    return "\n".join(lines)


def log_rows(
    tracking: Tracking, judged: Sequence[Judged], settings: Settings, about: Mapping[str, object]
) -> None:
    """A run for each row, under its name, with the means of its metrics and the settings that made it."""
    rows = per_brand(ablated(judged)) | per_brand(judged)
    for name, row in rows.items():
        seeds = sorted({unit.seed for unit in judged if name in unit.metrics})
        means = {m.replace("@", "_at_"): float((np.median if m == MEDIAN else np.mean)(row[m])) for m in row}
        variant = settings.chosen if name == OURS else name
        made = {} if name in (*BASELINES, NESTED) else settings.variant(variant).model_dump(mode="json")
        params = {
            **about,
            "seeds": seeds,
            **{f"variant.{key}": value for key, value in made.items() if value is not None},
        }
        tracking.log_trial(name, params, means, files={"settings.json": settings.model_dump(mode="json")})


def _gains(ours: Row, theirs: Row, settings: Settings) -> dict[str, Estimate]:
    """MedR apart: the median of differences is not the difference of medians."""
    return {
        m: paired_difference(ours[m], theirs[m], repetitions=settings.bootstrap, seed=settings.seed)
        for m in LINK_METRICS
        if m != MEDIAN
    }


def _line(name: str, row: Mapping[str, Any], wide: int) -> str:
    cells = []
    for metric in LINK_METRICS:
        if metric in row:
            low, high = row[metric]["ci95"]
            cells.append(f"{row[metric]['value']:.3f} [{low:.3f}, {high:.3f}]")
    return f"{name:{wide}}" + "".join(f"{cell:>22}" for cell in cells)
