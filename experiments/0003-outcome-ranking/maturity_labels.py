"""Maturity curves on a simulated marketplace: against its truth, and labels of young campaigns against final values."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from tastemaker.config import Simulation, Training
from tastemaker.forecasting import MaturityCurves
from tastemaker.simulation import NOW, simulate
from tastemaker.simulation.outcomes import matured
from tastemaker.sources import Catalogue
from tastemaker.training import OUTCOMES, learn_maturity, outcome_labels, outcome_readings

PAIR = ["campaign_id", "creator_id"]
DAYS = {
    "impressions": 6.0,
    "reach": 6.0,
    "engagements": 6.0,
    "clicks": 6.0,
    "conversions": 9.0,
    "revenue": 9.0,
}
"""exp(-age / days) of an outcome is still to come (docs/simulation.md)."""

LAG = 0.475
AGES = (3.0, 7.0, 14.0, 21.0)
DRAWS = 1_000


def maturity_labels(settings: Simulation, *, least_share: float = 0.2, step: int = 40) -> dict[str, object]:
    """``share``: KPI -> learned and true shares at AGES; ``readings``: how values grown from 3 and 14 days compare with
    the final ones; ``labels``: sums of young labels over sums of their final values, as known every ``step`` days.
    """
    with tempfile.TemporaryDirectory() as folder:
        simulate(settings, Path(folder))
        catalogue = Catalogue(folder)
        curves = learn_maturity(catalogue)
        readings = outcome_readings(catalogue)
        at = np.array(AGES) + LAG
        share = {
            kpi: {
                "learned": curves.share(kpi, [None] * len(AGES), at).round(4).tolist(),
                "truth": [round(matured(age, days), 4) for age in AGES],
            }
            for kpi, days in DAYS.items()
        }
        grown = {kpi: [_grown(readings, curves, kpi, *ages) for ages in ((3, 4), (14, 15))] for kpi in DAYS}
        return {"share": share, "readings": grown, "labels": _labels(catalogue, least_share, step)}


def _grown(readings: pd.DataFrame, curves: MaturityCurves, kpi: str, low: int, high: int) -> dict[str, float]:
    rows = readings[readings["kpi"] == kpi]
    final = rows[rows["age"] >= 30].set_index("series")["value"]
    young = rows[rows["age"].between(low, high)].set_index("series")
    young = young[young.index.isin(final.index)]
    end = final[young.index].to_numpy()
    found = curves.matured(kpi, young["platform"], young["value"].to_numpy(), young["age"].to_numpy())
    inside = (found.low <= end) & (end <= found.high)
    return {
        "age": float(low),
        "series": len(end),
        "as_read_over_final": float(young["value"].sum() / end.sum()),
        "grown_over_final": float(found.value.sum() / end.sum()),
        "inside80": float(inside.mean()),
    }


def _labels(catalogue: Catalogue, least_share: float, step: int) -> dict[str, object]:
    final = outcome_labels(catalogue).set_index(PAIR)
    rules = Training(maturity_share=least_share)
    parts = []
    for back in range(60, 700, step):
        then = outcome_labels(catalogue, NOW - timedelta(days=back), training=rules).set_index(PAIR)
        parts.append(then[then["maturity"] < 1.0])
    young = pd.concat(parts)
    young = young[final.loc[young.index, "maturity"].eq(1.0).to_numpy()]
    truth = final.loc[young.index]
    return {kpi: _ratio(young[kpi].to_numpy(), truth[kpi].to_numpy()) for kpi in OUTCOMES}


def _ratio(label: np.ndarray, final: np.ndarray) -> dict[str, object]:
    known = ~np.isnan(label) & ~np.isnan(final)
    a, b = label[known], final[known]
    drawn = np.random.default_rng(0).integers(0, len(a), (DRAWS, len(a)))
    low, high = np.quantile(a[drawn].sum(axis=1) / b[drawn].sum(axis=1), [0.025, 0.975])
    return {"labels": len(a), "label_over_final": float(a.sum() / b.sum()), "ci95": [float(low), float(high)]}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--creators", type=int, default=600)
    parser.add_argument("--campaigns", type=int, default=300)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args(arguments)
    settings = Simulation(creators=asked.creators, brands=40, campaigns=asked.campaigns, seed=asked.seed)
    json.dump(maturity_labels(settings), sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
