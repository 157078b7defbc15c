"""What sets promise and what they deliver: totals from joint draws beside the sum of medians."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from set_reach import overlap_reports
from set_settings import SetSettings
from set_worlds import Asked, World

from tastemaker.evaluation import mean_interval
from tastemaker.forecasting import KPI_COLUMNS, Forecaster
from tastemaker.forecasting.frames import later_part
from tastemaker.portfolio import (
    Options,
    OverlapModel,
    SharedErrors,
    constraints_of,
    draw_joint,
    make_plan,
    normal_scores,
)
from tastemaker.schema import Objective, SetSize, SetWish
from tastemaker.simulation.levels import NOISE
from tastemaker.simulation.outcomes import happen
from tastemaker.simulation.response import Expected

COUNTS = ("impressions", "reach", "engagements", "clicks", "conversions")
LEVEL = 0.8
DRAWS = 2_000


def shared_errors(forecaster: Forecaster, examples: pd.DataFrame) -> SharedErrors:
    """The common parts of the errors of every KPI, from the latest fifth of the earlier campaigns: those that
    calibrated the forecasts and grew none of their trees."""
    later = examples[later_part(examples, 0.2)].reset_index(drop=True)
    scores, campaigns, platforms = [], [], []
    for code, name in enumerate(KPI_COLUMNS):
        y = later[name].to_numpy(dtype=float)
        told = forecaster.kpi(later.assign(objective=float(code)))
        scores.append(normal_scores(y, told.low, told.median, told.high, LEVEL))
        campaigns.append(later["campaign_id"].astype(str).to_numpy() + f" {name}")
        platforms.append(later["platform"].to_numpy(dtype=float))
    return SharedErrors.fit(np.concatenate(scores), np.concatenate(campaigns), np.concatenate(platforms))


def promises(
    world: World, forecaster: Forecaster, shared: SharedErrors, settings: SetSettings
) -> pd.DataFrame:
    """A row per later brief: true over promised total of our set, given that all accept (``delivered``) and over who
    declines (``expected``), over the sum of medians (``medians``), and the share of drawn results in the 80 % interval
    of the joint draws, of independent ones, and of the sums of bounds."""
    model = OverlapModel.fit(world.everyone, overlap_reports(world, settings.reports))
    rows = [_brief(world, asked, forecaster, model, shared, settings) for asked in world.asked]
    return pd.DataFrame([row for row in rows if row is not None])


def promises_report(parts: dict[int, list[pd.DataFrame]]) -> list[dict[str, Any]]:
    """Number of earlier campaigns -> means over briefs with their intervals, and apart by objective."""
    points = []
    for campaigns, tables in sorted(parts.items()):
        table = pd.concat(tables, ignore_index=True)
        told: dict[str, Any] = {"campaigns": campaigns, "sets": len(table)}
        numbers = table.drop(columns="objective")
        told |= {str(name): mean_interval(numbers[name].dropna()).to_json() for name in numbers}
        told["by_objective"] = {
            str(name): {c: float(part[c].mean()) for c in ("delivered", "coverage", "unique_delivered")}
            for name, part in table.groupby("objective")
        }
        points.append(told)
    return points


def _brief(
    world: World,
    asked: Asked,
    forecaster: Forecaster,
    model: OverlapModel,
    shared: SharedErrors,
    settings: SetSettings,
) -> dict[str, Any] | None:
    options = _options(asked, forecaster)
    known = np.isfinite(options.low) & np.isfinite(options.kpi) & np.isfinite(options.cost)
    known &= np.isfinite(asked.truth["reach"].to_numpy())
    if known.sum() < settings.most:
        return None
    options = options.only(np.flatnonzero(known))
    wish = SetWish(size=SetSize(min=settings.least, max=settings.most))
    constraints = constraints_of(options, wish, asked.budget)
    plan = make_plan(options, asked.audiences, model, constraints, shared=shared, level=LEVEL)
    if plan is None:
        return None
    picked = options.only(np.array(plan.rows))
    truth = asked.truth.iloc[np.flatnonzero(known)[plan.rows]].reset_index(drop=True)
    kpi = truth[KPI_COLUMNS[_code(asked)]].to_numpy()
    results = _results(asked, truth, picked, settings.draws)
    delivered = results.sum(axis=1)
    out: dict[str, Any] = {
        "objective": asked.brief.objective.value,
        "delivered": float(kpi.sum() / picked.kpi.sum()),
        "expected": float((kpi * truth["p_accept"]).sum() / (picked.kpi * picked.p_accept).sum()),
        "medians": float(kpi.sum() / picked.median.sum()),
        "cost": float((truth["fee"] + truth["product_cost"]).sum() / picked.cost.sum()),
    }
    for name, errors in (("coverage", shared), ("coverage_independent", SharedErrors(0.0, 0.0))):
        drawn = draw_joint(
            picked.low, picked.median, picked.high, picked.platform, errors, level=LEVEL, draws=DRAWS
        )
        scale = picked.kpi.sum() / drawn.mean(axis=0).sum()
        low, high = np.quantile(drawn.sum(axis=1) * scale, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        out[name] = float(((low <= delivered) & (delivered <= high)).mean())
        if name == "coverage":
            out["width"] = float(np.log(high / low))
            low, high = low / scale, high / scale
            out["coverage_unscaled"] = float(((low <= delivered) & (delivered <= high)).mean())
            out["delivered_draws"] = float(kpi.sum() / drawn.sum(axis=1).mean())
    inside = (picked.low.sum() <= delivered) & (delivered <= picked.high.sum())
    out["coverage_summed_bounds"] = float(inside.mean())
    out |= _unique(world, asked, truth, plan.accepted, results)
    return out


def _unique(
    world: World, asked: Asked, truth: pd.DataFrame, told: Any, results: np.ndarray
) -> dict[str, float]:
    """The same of the unique reach, where reach is what was asked for."""
    if asked.brief.objective is not Objective.AWARENESS:
        return {"unique_delivered": np.nan, "unique_coverage": np.nan}
    ids = truth["account_id"].tolist()
    drawn = np.array([world.followers.unique_reach(ids, row.tolist()) for row in results[:20]])
    return {
        "unique_delivered": world.followers.unique_reach(ids, truth["reach"].tolist()) / told.mean,
        "unique_coverage": float(((told.low <= drawn) & (drawn <= told.high)).mean()),
    }


def _options(asked: Asked, forecaster: Forecaster) -> Options:
    """As the engine has them, without traits that no constraint here reads."""
    told, n = forecaster.forecasts(asked.pairs), len(asked.pairs)
    nothing, objective = np.full(n, ""), asked.brief.objective
    reach = told.kpi.mean if objective is Objective.AWARENESS else told.outcomes["reach"].median
    return Options(
        creator=asked.truth["creator_id"].to_numpy(dtype=str),
        account=np.arange(n),
        package=np.zeros(n, dtype=np.int64),
        kpi=told.kpi.mean,
        low=told.kpi.low,
        median=told.kpi.median,
        high=told.kpi.high,
        reach=np.full(n, np.nan) if objective is Objective.CONTENT else reach,
        p_accept=told.p_accept,
        cost=told.cost,
        platform=asked.platform,
        country=nothing,
        niche=nothing,
        size=nothing,
        owner=nothing,
    )


def _results(asked: Asked, truth: pd.DataFrame, picked: Options, draws: int) -> np.ndarray:
    """(draws, k) results of the KPI by the world's own rule."""
    rng = np.random.default_rng(0)
    names = (*COUNTS, "content_rating", "p_accept", "fee")
    numbers = {name: truth[name].to_numpy(dtype=float) for name in names}
    facts = Expected(**numbers, quote=numbers["fee"], revenue=numbers["fee"])
    platforms = [("instagram", "tiktok", "youtube").index(name) for name in picked.platform]
    out = np.empty((draws, len(truth)))
    for draw in range(draws):
        for row, platform in enumerate(platforms):
            result = happen(facts, row, platform, 1.0, (("post", 1),), NOISE["medium"], rng)
            told = (result.reach.sum(), result.kinds.sum(), result.conversions.sum(), result.rating)
            out[draw, row] = dict(zip(KPI_COLUMNS, told, strict=True))[KPI_COLUMNS[_code(asked)]]
    return out


def _code(asked: Asked) -> int:
    return list(Objective).index(asked.brief.objective)
