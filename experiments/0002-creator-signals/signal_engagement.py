"""Sections ``engagement_simulated``, ``reach_simulated`` and ``price_simulated``: what was foretold, and what came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from signal_inputs import Inputs
from signal_tests import coverage_p
from simulated_market import Market, markets

from tastemaker.features.price import LEVELS
from tastemaker.features.price.model import asked_by

EVIDENCE = ((1, 1), (2, 2), (3, 4), (5, 9), (10, None))
"""Posts behind a rate, from and to."""

SHRINKAGE, MIN_QUOTES = 10.0, 8


def engagement_simulated(inputs: Inputs) -> dict[str, Any]:
    """Mean absolute error of ln(rate) of the next 90 days: the median as it stands against the shrunk one."""
    rows = pd.concat([_rates_then(world) for world in markets(inputs.settings)], ignore_index=True)
    posts = rows["engagement_by_followers_posts"]
    bins = {
        f"{low}" if low == high else f"{low}-{high}" if high else f"{low}+": (posts >= low)
        & (posts <= (high or np.inf))
        for low, high in EVIDENCE
    }
    return {
        "days": 90,
        **_errors(rows, inputs),
        "by_posts": {name: _errors(rows[own], inputs) for name, own in bins.items() if own.any()},
    }


def reach_simulated(inputs: Inputs) -> dict[str, Any]:
    """By basis: share of later posts whose reported reach lay inside the 80 % interval; median absolute log error.

    The basis is not ``reported`` only for accounts whose reports were hidden.
    """
    worlds = markets(inputs.settings)
    rows = pd.concat([_reach_then(world, number) for number, world in enumerate(worlds)], ignore_index=True)
    parts = {"all": rows, **dict(list(rows.groupby("reach_basis")))}
    return {str(name): _reach_figures(part) for name, part in parts.items()}


def price_simulated(inputs: Inputs) -> dict[str, Any]:
    """Quotes of the 150 days after: coverage of the 80 % interval, pinball loss of ln(quote), beside the line."""
    parts = [_fees_then(world) for world in markets(inputs.settings)]
    y, count, model, line = (np.concatenate(column) for column in zip(*parts, strict=True))
    known = ~np.isnan(model[:, 1]) & ~np.isnan(line[:, 1])
    cases = {"all": known, "without_own_quotes": known & (count == 0), "with_own_quotes": known & (count > 0)}
    return {name: _fee_figures(y[own], model[own], line[own]) for name, own in cases.items() if own.any()}


def _rates_then(world: Market) -> pd.DataFrame:
    rate = np.log(np.maximum(world.ahead["acts"], 0.1) / world.ahead["followers"])
    came = rate.groupby(world.ahead["account_id"]).median().rename("came")
    rows = world.known.set_index("account_id").join(came, how="inner")
    return rows.dropna(subset=["came", "engagement_by_followers_shrunk"])


def _reach_then(world: Market, number: int) -> pd.DataFrame:
    columns = ["account_id", "reach_estimate", "reach_low", "reach_high", "reach_basis"]
    rows = world.ahead.dropna(subset=["reach"]).merge(world.known[columns], on="account_id")
    return rows[rows["reach"] > 0].dropna(subset=["reach_estimate"]).assign(world=number)


def _fees_then(world: Market) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of the later quotes: ln(quote), own quotes before, quantiles by the model and by the line."""
    quoted, asked = world.quotes, world.asked
    rows = _rows_then(world)
    found = [rows.get(creator, -1) for creator in quoted.column("creator_id").to_pylist()]
    quoted = quoted.filter(pa.array([row >= 0 for row in found]))
    quoted = _as_then(quoted, world, [row for row in found if row >= 0])
    own, count = _own(quoted, asked, world)
    y = quoted.column("log_usd").to_numpy()
    return y, count, world.model.quantiles(asked_by(quoted), own, count), _line_quantiles(quoted, asked)


def _errors(rows: pd.DataFrame, inputs: Inputs) -> dict[str, Any]:
    came = rows["came"].to_numpy()
    shrunk, raw, present = (
        np.abs(np.log(rows[name].clip(lower=1e-5).to_numpy()) - came)
        for name in ("engagement_by_followers_shrunk", "engagement_by_followers", "engagement_rate")
    )
    rng = np.random.default_rng(inputs.settings.seed)
    gain = shrunk - raw
    drawn = [gain[rng.integers(0, len(gain), len(gain))].mean() for _ in range(inputs.settings.bootstrap)]
    return {
        "accounts": len(rows),
        "shrunk": float(shrunk.mean()),
        "raw": float(raw.mean()),
        "engagement_rate": float(np.nanmean(present)),
        "difference": {
            "value": float(gain.mean()),
            "ci95": [float(v) for v in np.quantile(drawn, [0.025, 0.975])],
        },
    }


def _reach_figures(rows: pd.DataFrame) -> dict[str, Any]:
    inside = ((rows["reach"] >= rows["reach_low"]) & (rows["reach"] <= rows["reach_high"])).to_numpy()
    return {
        "posts": len(rows),
        "accounts": len(rows[["world", "account_id"]].drop_duplicates()),
        "coverage80": float(inside.mean()),
        "p": coverage_p(inside, 0.8),
        "median_error": float(np.median(np.abs(np.log(rows["reach"] / rows["reach_estimate"])))),
        "median_width": float(np.median(np.log(rows["reach_high"] / rows["reach_low"]))),
    }


def _rows_then(world: Market) -> dict[str, int]:
    """Creator -> row of the largest account at AS_OF."""
    frame = world.rows.select(["creator_id", "account_id", "followers"]).to_pandas()
    frame = frame.dropna(subset=["followers"]).sort_values(
        ["followers", "account_id"], ascending=[False, True]
    )
    lead = frame.drop_duplicates("creator_id")
    return dict(zip(lead["creator_id"], lead.index.tolist(), strict=True))


def _as_then(quoted: pa.Table, world: Market, found: list[int]) -> pa.Table:
    """The quotes with what was known of their accounts at AS_OF."""
    rows = world.rows.take(found)
    then = {
        "platform": rows.column("platform"),
        "country": rows.column("country"),
        "niche": pa.array(
            [(c or "").strip().casefold() for c in rows.column("category").to_pylist()], pa.string()
        ),
        "log_size": pa.array(np.log1p(rows.column("followers").to_numpy().astype(np.float64))),
        "log_reach": rows.column("reach_per_follower_log"),
    }
    for name, values in then.items():
        quoted = quoted.set_column(quoted.schema.get_field_index(name), name, values)
    return quoted


def _own(quoted: pa.Table, asked: pa.Table, world: Market) -> tuple[np.ndarray, np.ndarray]:
    apart = asked.column("log_usd").to_numpy() - world.model.level(asked_by(asked))
    before = pd.Series(apart).groupby(asked.column("creator_id").to_pandas()).agg(["median", "size"])
    creators = quoted.column("creator_id").to_pandas()
    return creators.map(before["median"]).to_numpy(), creators.map(before["size"]).fillna(0).to_numpy(
        dtype=float
    )


def _line_quantiles(quoted: pa.Table, asked: pa.Table) -> np.ndarray:
    """The former estimate: least squares on size by platform, a shrunk step by niche, own quotes instead where known.

    Its 10 % and 90 % points are those of what it leaves of the quotes that it was fitted on, by the same two cases.
    """
    table = asked.to_pandas()
    work = np.exp(asked_by(asked).log_work)
    table["unit"] = table["log_usd"] - np.log(work)
    one = table.groupby("creator_id").agg(
        unit=("unit", lambda v: np.log(np.median(np.exp(v)))), platform=("platform", "first"),
        niche=("niche", "first"), size=("log_size", "first"), n=("unit", "size"),
    )  # fmt: skip
    steps: dict[tuple[str, str], float] = {}
    lines: dict[str, np.ndarray] = {}
    for platform, part in one.groupby("platform"):
        if len(part) >= MIN_QUOTES:
            lines[platform] = np.polyfit(part["size"], part["unit"], 1)
            left = part["unit"] - np.polyval(lines[platform], part["size"])
            for niche, own in left.groupby(part["niche"]):
                steps[platform, niche] = float(own.sum() / (len(own) + SHRINKAGE))

    def estimate(frame: pd.DataFrame) -> np.ndarray:
        return np.array(
            [
                np.polyval(lines[p], s) + steps.get((p, n), 0.0) if p in lines else np.nan
                for p, n, s in zip(frame["platform"], frame["niche"], frame["log_size"], strict=True)
            ]
        )

    edges = np.quantile(table["unit"] - estimate(table), LEVELS)
    several = table[table.groupby("creator_id")["unit"].transform("size") > 1]
    apart = np.concatenate(
        [
            np.array(u) - (np.sum(u) - np.array(u)) / (len(u) - 1)
            for _, u in several.groupby("creator_id")["unit"]
        ]
    )
    own_edges = np.quantile(apart, LEVELS)
    later = quoted.to_pandas()
    own = later["creator_id"].map(one["unit"]).to_numpy()
    middle = np.where(np.isnan(own), estimate(later), own) + asked_by(quoted).log_work
    return middle[:, None] + np.where(np.isnan(own)[:, None], edges - edges[1], own_edges - own_edges[1])


def _fee_figures(y: np.ndarray, model: np.ndarray, line: np.ndarray) -> dict[str, Any]:
    made: dict[str, Any] = {"quotes": len(y)}
    for name, found in (("model", model), ("line", line)):
        apart = y[:, None] - found
        pinball = np.maximum(np.array(LEVELS) * apart, (np.array(LEVELS) - 1) * apart)
        inside = (apart[:, 0] >= 0) & (apart[:, 2] <= 0)
        made[name] = {
            "coverage80": float(inside.mean()),
            "p": coverage_p(inside, 0.8),
            "below": [float((apart[:, i] < 0).mean()) for i in range(len(LEVELS))],
            "pinball": float(pinball.mean()),
            "pinball_by_level": [float(v) for v in pinball.mean(axis=0)],
            "median_error": float(np.median(np.abs(apart[:, 1]))),
        }
    return made
