"""What sets truly reach, person by person: ours beside the ways of others, with the same forecasts and budget."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from set_settings import SetSettings
from set_worlds import Asked, World

from tastemaker.evaluation import mean_interval
from tastemaker.forecasting import Forecaster
from tastemaker.portfolio import Constraints, Coverage, OverlapModel, choose, sample_coverage

OTHERS = ("top_k", "sum", "top_k_by_score", "sum_at_its_best", "ours_without_reports")
LEAST_SHARED = 600
"""People whom two accounts share in truth, from which the error of a pair is told."""


def overlap_reports(world: World, count: int, seed: int = 0) -> pa.Table:
    """Reports of two accounts who were eligible for one brief, as a brand would have asked for."""
    return world.followers.reports(_pairs(world, count, seed))


def overlap_check(world: World, settings: SetSettings) -> dict[str, Any]:
    """Modelled against true overlaps of pairs that were not reported, with and without the reports."""
    pairs = _pairs(world, settings.reports + 400, 0)
    told, asked = pairs[: settings.reports], pairs[settings.reports :]
    fitted = OverlapModel.fit(world.everyone, world.followers.reports(told))
    true = np.array([world.followers.shared(a, b) for a, b in asked])
    place = {name: row for row, name in enumerate(world.everyone.ids)}
    rows = np.array([[place[a], place[b]] for a, b in asked])
    out: dict[str, Any] = {"pairs": len(asked), "people": fitted.people, "slope": fitted.slope}
    for name, model in (("with_reports", fitted), ("without", OverlapModel())):
        size = world.everyone.size[rows]
        told_ = size.prod(axis=1) / model.people * np.exp(model.slope * world.everyone.pairs(*rows.T))
        modelled = np.minimum(told_, size.min(axis=1))
        large = true >= LEAST_SHARED
        error = np.log(modelled[large] / true[large])
        out[name] = {
            "total": float(modelled.sum() / true.sum()),
            "log_error_mean": float(error.mean()),
            "log_error_sd": float(error.std()),
            "spread_told": model.spread,
            "correlation_of_logs": float(np.corrcoef(np.log(modelled[large]), np.log(true[large]))[0, 1]),
        }
    return out


def unique_reach(world: World, forecaster: Forecaster, settings: SetSettings) -> pd.DataFrame:
    """A row per later brief, each asked for reach: what every way's set truly reaches, people counted once, over
    who accepts; what ours promised; how much is reached twice, in truth and as modelled; share of the budget spent."""
    model = OverlapModel.fit(world.everyone, overlap_reports(world, settings.reports))
    rows = [_brief(world, asked, forecaster, model, settings) for asked in world.asked]
    return pd.DataFrame([row for row in rows if row is not None])


def unique_kpi(parts: list[pd.DataFrame]) -> dict[str, Any]:
    """Means over briefs, and ours over each other way (of the sums) with the interval over briefs."""
    table = pd.concat(parts, ignore_index=True)
    out: dict[str, Any] = {"briefs": len(table), "ours": float(table["ours"].mean())}
    out |= {name: float(table[name].mean()) for name in OTHERS}
    out["ours_over"] = {name: _ratio(table["ours"], table[name]) for name in OTHERS}
    out["spent"] = {name: float(table[f"spent_{name}"].mean()) for name in ("ours", *OTHERS)}
    out["creators"] = {name: float(table[f"size_{name}"].mean()) for name in ("ours", *OTHERS)}
    out["reached_twice"] = {
        "true": float(table["twice"].mean()),
        "modelled": float(table["twice_modelled"].mean()),
    }
    out["delivered_over_promised"] = _ratio(table["ours"], table["promised"])
    return out


def _ratio(a: pd.Series, b: pd.Series) -> dict[str, float]:
    """Sum over sum, with the bootstrap interval over briefs."""
    rng, n = np.random.default_rng(0), len(a)
    draws = rng.integers(0, n, (2_000, n))
    x, y = a.to_numpy(), b.to_numpy()
    low, high = np.quantile(x[draws].sum(axis=1) / y[draws].sum(axis=1), [0.025, 0.975])
    typical = mean_interval(x / y).to_json()
    return {
        "value": float(x.sum() / y.sum()),
        "low": float(low),
        "high": float(high),
        "mean_of_ratios": float(typical["value"]),  # type: ignore[arg-type]
    }


def _brief(
    world: World, asked: Asked, forecaster: Forecaster, model: OverlapModel, settings: SetSettings
) -> dict[str, float] | None:
    told = forecaster.forecasts(asked.pairs.assign(objective=0.0))
    kpi, chance, cost = told.kpi.mean, told.p_accept, told.cost
    constraints = Constraints(cost, asked.budget, settings.least, settings.most)
    coverage = sample_coverage(asked.audiences, model, kpi, kpi, chance)
    ours = choose(coverage, constraints)
    if ours is None:
        return None
    score = np.nan_to_num(asked.pairs[["content_similarity", "audience_fit"]].to_numpy()).sum(axis=1)
    unaided = sample_coverage(asked.audiences, OverlapModel(), kpi, kpi, chance)
    sets = {
        "ours": ours,
        "top_k": _filled(chance * kpi / cost, constraints),
        "sum": _filled(kpi / cost, constraints),
        "top_k_by_score": _filled(score, constraints),
        "sum_at_its_best": choose(Coverage.dense(np.diag(chance * kpi)), constraints) or [],
        "ours_without_reports": choose(unaided, constraints) or [],
    }
    out: dict[str, float] = {}
    for name, rows in sets.items():
        out[name], added = _truth(world, asked, rows)
        out[f"spent_{name}"] = float(cost[rows].sum() / asked.budget)
        out[f"size_{name}"] = len(rows)
        if name == "ours":
            out["twice"] = 1.0 - out[name] / added
    chosen = np.array(ours)
    fresh = sample_coverage(
        asked.audiences.only(chosen), model, kpi[chosen], kpi[chosen], chance[chosen], points_each=500, seed=1
    )
    out["promised"] = fresh.value(np.arange(len(chosen)))
    out["twice_modelled"] = 1.0 - out["promised"] / float((kpi * chance)[chosen].sum())
    return out


def _filled(score: np.ndarray, constraints: Constraints) -> list[int]:
    """Down the order of ``score`` into the budget, skipping whoever does not fit it any more."""
    rows: list[int] = []
    for row in np.argsort(-score, kind="stable").tolist():
        if constraints.allows([*rows, row]):
            rows.append(row)
    return rows


def _truth(world: World, asked: Asked, rows: list[int]) -> tuple[float, float]:
    """(true unique reach, the sum of true reaches), expected over who accepts."""
    known = [row for row in rows if np.isfinite(asked.truth["reach"].iloc[row])]
    truth = asked.truth.iloc[known]
    ids = [asked.audiences.ids[row] for row in known]
    reach, chance = truth["reach"].tolist(), truth["p_accept"].tolist()
    unique = world.followers.unique_reach(ids, reach, chance)
    return unique, float((truth["reach"] * truth["p_accept"]).sum())


def _pairs(world: World, count: int, seed: int) -> list[tuple[str, str]]:
    rng, found = np.random.default_rng(seed), {}
    while len(found) < count:
        ids = world.asked[rng.integers(len(world.asked))].audiences.ids
        i, j = rng.choice(len(ids), 2, replace=False)
        found[(min(ids[i], ids[j]), max(ids[i], ids[j]))] = None
    return list(found)
