"""Do forecasts hold: on later campaigns as they were logged, and on what the engine itself would pick?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from outcome_settings import OutcomeSettings
from outcome_worlds import World
from scipy.stats import binomtest

from tastemaker.evaluation import mean_interval
from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS, Forecast, Forecaster, Quantiles
from tastemaker.forecasting.frames import feature_matrix, in_order
from tastemaker.forecasting.trees import Boosting, Trees
from tastemaker.ranking import make_ranker, order
from tastemaker.schema.tables import PLATFORMS
from tastemaker.simulation.levels import Noise
from tastemaker.simulation.outcomes import happen
from tastemaker.simulation.response import Expected

LEVEL = 0.8
LEAST = 100
COUNTS = ("impressions", "reach", "engagements", "clicks", "conversions")


def held(world: World) -> pd.DataFrame:
    """A row per forecast of a logged later result: campaign, outcome, platform, objective, inside, width, plain_inside,
    plain_width. Widths are differences of ln(1 + y). ``plain``: LightGBM's quantile regression, as it comes."""
    later, train = world.split.holdout, world.split.train
    forecaster = make_ranker("value", world.config).fit(train).forecaster
    assert forecaster is not None
    told: dict[str, Quantiles | Forecast] = {**forecaster.outcomes(later), "fee": forecaster.fee(later)}
    parts = []
    for outcome, quantiles in told.items():
        column = "quoted" if outcome == "fee" else outcome
        y = later[column].to_numpy(dtype=float)
        low, high = plain_quantiles(train, later, column, forecaster)
        frame = pd.DataFrame(
            {
                "campaign": later["campaign_id"],
                "outcome": outcome,
                "platform": later["platform"].map(dict(enumerate(PLATFORMS))),
                "objective": later["objective"].astype(int),
                "inside": (quantiles.low <= y) & (y <= quantiles.high),
                "width": np.log1p(quantiles.high) - np.log1p(quantiles.low),
                "plain_inside": (low <= y) & (y <= high),
                "plain_width": np.log1p(high) - np.log1p(low),
            }
        )
        parts.append(frame[np.isfinite(y) & np.isfinite(quantiles.low)])
    return pd.concat(parts, ignore_index=True)


def plain_quantiles(
    train: pd.DataFrame, later: pd.DataFrame, column: str, forecaster: Forecaster
) -> tuple[np.ndarray, np.ndarray]:
    """The bounds of plain quantile trees on the same features and rows, with nothing moved afterwards."""
    train = train.iloc[in_order(train)]
    train = train[train[column].notna()]
    c = forecaster.config
    boosting = Boosting(c.rounds, c.learning_rate, c.leaves, c.min_leaf)
    x, y = feature_matrix(train, PAIR_FEATURES, "examples"), np.log1p(train[column].to_numpy(dtype=float))
    asked = feature_matrix(later, PAIR_FEATURES, "examples")
    bounds = []
    for alpha in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        start = float(np.quantile(y, alpha))
        trees = Trees.train(x, y - start, PAIR_FEATURES, boosting, {"objective": "quantile", "alpha": alpha})
        bounds.append(np.expm1(np.maximum(start + trees.raw(asked), 0.0)))
    return bounds[0], bounds[1]


def coverage80(parts: list[pd.DataFrame]) -> dict[str, Any]:
    """Of all later results together: coverage with the interval over campaigns and its standard error, per group of at
    least 100 (outcome and platform; outcome and objective) with the binomial test of 80 %, and the mean width beside
    that of the plain quantiles."""
    rows = pd.concat(
        [p.assign(campaign=f"{i} " + p["campaign"]) for i, p in enumerate(parts)], ignore_index=True
    )
    by_campaign = rows.groupby("campaign")["inside"].agg(["sum", "count"])
    share = by_campaign["sum"].sum() / by_campaign["count"].sum()
    spread = by_campaign["sum"] - share * by_campaign["count"]
    error = float(np.sqrt((spread**2).sum()) / by_campaign["count"].sum())
    groups = {}
    for by in ("platform", "objective"):
        for (outcome, value), part in rows.groupby(["outcome", by]):
            if len(part) >= LEAST:
                groups[f"{outcome}, {by} {value}"] = _group(part)
    return {
        "overall": float(share),
        "standard_error": error,
        "forecasts": len(rows),
        "campaigns": len(by_campaign),
        "by_outcome": {str(name): float(part["inside"].mean()) for name, part in rows.groupby("outcome")},
        "groups": groups,
        "groups_that_hold": sum(g["holds"] for g in groups.values()),
        "plain": {"overall": float(rows["plain_inside"].mean())},
        "width_ratio": float(rows["width"].mean() / rows["plain_width"].mean()),
    }


def _group(part: pd.DataFrame) -> dict[str, Any]:
    test = binomtest(int(part["inside"].sum()), len(part), LEVEL)
    low, high = test.proportion_ci(0.95)
    return {
        "n": len(part),
        "coverage": float(part["inside"].mean()),
        "ci95": [float(low), float(high)],
        "holds": bool(low <= LEVEL <= high),
    }


def own_picks(world: World, settings: OutcomeSettings) -> dict[int, pd.DataFrame]:
    """Number of earlier campaigns -> a row per later campaign: the truth over the promise of what our top list and our
    pilot (its first few) bring together (p_accept x KPI) and cost, and the share of drawn results in their interval."""
    points = {}
    for campaigns in settings.picks:
        examples = world.earlier(campaigns)
        if examples is not None:
            ranker = make_ranker("value", world.config).fit(examples)
            assert ranker.forecaster is not None
            points[campaigns] = _promises(world, ranker.value(world.pairs), ranker.forecaster, settings)
    return points


def picks_report(parts: list[dict[int, pd.DataFrame]]) -> list[dict[str, Any]]:
    """Of all worlds together, means over campaigns with their intervals; 1 is a promise kept."""
    points = []
    for campaigns in sorted({n for part in parts for n in part}):
        table = pd.concat([part[campaigns] for part in parts if campaigns in part], ignore_index=True)
        told = {str(name): mean_interval(table[name]).to_json() for name in table}
        points.append({"campaigns": campaigns, "lists": len(table), **told})
    return points


def _promises(
    world: World, values: np.ndarray, forecaster: Forecaster, settings: OutcomeSettings
) -> pd.DataFrame:
    place = np.full(len(values), len(values))
    ids = world.pairs["creator_id"].to_numpy(dtype=str)
    for rows in world.pairs.groupby("campaign_id").indices.values():
        place[rows[order(values[rows], ids[rows])]] = np.arange(len(rows))
    top = np.flatnonzero((place < settings.top) & world.truth["p_accept"].notna().to_numpy())
    picks, truth = world.pairs.iloc[top].reset_index(drop=True), world.truth.iloc[top].reset_index(drop=True)
    kpi, chance = forecaster.kpi(picks), forecaster.p_accept(picks)
    table = pd.DataFrame(
        {
            "promised": chance * kpi.mean,
            "true": truth["p_accept"] * world.kpi[top],
            "promised_cost": chance * forecaster.cost(picks),
            "true_cost": truth["p_accept"] * (truth["fee"] + truth["product_cost"]),
        }
    )
    campaign, out = picks["campaign_id"].to_numpy(), {}
    for name, kept in (("top", place[top] < settings.top), ("pilot", place[top] < settings.pilot)):
        sums = table[kept].groupby(campaign[kept]).sum()
        out[f"{name}_delivered"] = sums["true"] / sums["promised"]
        out[f"{name}_cost"] = sums["true_cost"] / sums["promised_cost"]
    if world.noise is not None:
        inside = _inside(picks, truth, kpi, world.noise, settings.draws)
        out["coverage"] = pd.Series(inside).groupby(campaign).mean()
    return pd.DataFrame(out)


def _inside(picks: pd.DataFrame, truth: pd.DataFrame, told: Forecast, noise: Noise, draws: int) -> np.ndarray:
    """Share of results drawn by the world's own rule that lie in the interval (n,); NaN where there is none."""
    rng, inside = np.random.default_rng(0), np.zeros(len(picks))
    for _ in range(draws):
        drawn = _drawn(picks, truth, noise, rng)
        inside += (told.low <= drawn) & (drawn <= told.high)
    return np.where(np.isfinite(told.low) & np.isfinite(told.high), inside / draws, np.nan)


def _drawn(picks: pd.DataFrame, truth: pd.DataFrame, noise: Noise, rng: np.random.Generator) -> np.ndarray:
    numbers = {
        name: truth[name].to_numpy(dtype=float) for name in (*COUNTS, "content_rating", "p_accept", "fee")
    }
    facts = Expected(**numbers, quote=numbers["fee"], revenue=numbers["fee"])
    out = np.empty(len(picks))
    for row, code in enumerate(picks["objective"].astype(int)):
        platform = int(picks["platform"].iloc[row])
        result = happen(facts, row, platform, 1.0, (("post", 1),), noise, rng)
        counts = (result.reach.sum(), result.kinds.sum(), result.conversions.sum(), result.rating)
        out[row] = dict(zip(KPI_COLUMNS, counts, strict=True))[KPI_COLUMNS[code]]
    return out
