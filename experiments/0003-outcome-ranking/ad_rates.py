"""Click and conversion rates of real ads: shrunk, unpooled and global, on ads that the fit has not seen.

AD_RATES.md tells the question, the protocol and the result.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from tastemaker.evaluation import mean_interval, paired_difference
from tastemaker.forecasting.rates import RateModel

EXPOSURES = "impressions"
RATES = ("clicks", "conversions")
CELL = ("campaign_id", "age", "gender", "interest")
GROUPINGS = (("campaign_id",), ("age",), ("gender",), ("interest",), CELL[:3], CELL)
BACK_OFF = (CELL, CELL[:1])
"""Whose own rate stands for an ad in the unpooled estimate: its cell's, else its campaign's, else everyone's."""

MICRO = 1e6
LEVEL = 0.8
DRAWS = 2_000


@dataclass
class Held:
    """Of every ad, by a fit that has not seen it: ``rate`` by method (repeats, ads); where its count fell."""

    rate: dict[str, list[np.ndarray]] = field(
        default_factory=lambda: {"shrunk": [], "unpooled": [], "global": []}
    )
    place: list[np.ndarray] = field(default_factory=list)
    inside: list[np.ndarray] = field(default_factory=list)
    sloped: int = 0
    fits: int = 0


def ad_rates(
    folder: Path, *, repeats: int = 3, folds: int = 5, seed: int = 0, whole: bool = True
) -> dict[str, object]:
    """{"clicks", "conversions"} -> log-losses, slope and coverage (of ads held out at random), and unless ``whole`` is
    False ``by_cell`` and ``by_campaign`` (of whole cells or campaigns held out). Losses are in millionths of a nat per
    impression.
    """
    ads = pd.read_parquet(folder / "ads.parquet").sort_values("ad_id", ignore_index=True)
    cells = ads.groupby(list(CELL), sort=True).ngroup().to_numpy()
    campaigns = ads.groupby("campaign_id", sort=True).ngroup().to_numpy()
    report: dict[str, object] = {"ads": len(ads), "repeats": repeats, "folds": folds}
    for kpi in RATES:
        every = np.arange(len(ads))
        found = _summary(ads, kpi, _held_out(ads, kpi, every, repeats, folds, seed), seed)
        report[kpi] = found
        if not whole:
            continue
        found["by_cell"] = _summary(ads, kpi, _held_out(ads, kpi, cells, 1, folds, seed), seed)
        found["by_campaign"] = _summary(
            ads, kpi, _held_out(ads, kpi, campaigns, 1, campaigns.max() + 1, seed), seed
        )
    return report


def fit_rates(train: pd.DataFrame, kpi: str) -> RateModel:
    """With or without a slope in the exposures, whichever has the higher marginal likelihood on ``train`` itself."""
    models = [
        RateModel(GROUPINGS, exposure_slope=slope).fit(train, kpi, EXPOSURES) for slope in (False, True)
    ]
    return max(models, key=lambda model: model.evidence_)


def unpooled(train: pd.DataFrame, test: pd.DataFrame, kpi: str) -> np.ndarray:
    """(k + 0.5) / (n + 1) of the ad's own cell (Jeffreys' prior keeps it off 0), backing off as BACK_OFF says."""
    rate = np.full(len(test), train[kpi].sum() / train[EXPOSURES].sum())
    for columns in reversed(BACK_OFF):
        sums = train.groupby(list(columns))[[kpi, EXPOSURES]].sum().reset_index()
        sums["rate"] = (sums[kpi] + 0.5) / (sums[EXPOSURES] + 1.0)
        own = test[list(columns)].merge(sums, on=list(columns), how="left")["rate"].to_numpy()
        rate = np.where(np.isfinite(own), own, rate)
    return rate


def recalibration(chance: np.ndarray, k: np.ndarray, n: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Slopes (draws,) of the binomial regression of k of n (ads,) on the log-odds of ``chance``, 1 where it is
    calibrated (Cox 1958); ``weight`` (draws, ads) counts how often each ad was drawn.
    """
    x = np.log(chance) - np.log1p(-chance)
    u = x - np.average(x, weights=n)
    level, slope = np.full(len(weight), np.average(x, weights=n)), np.ones(len(weight))
    for _ in range(25):
        mean = 1.0 / (1.0 + np.exp(-(level[:, None] + slope[:, None] * u)))
        residual, fisher = weight * (k - n * mean), weight * n * mean * (1 - mean)
        a, b, c = fisher.sum(axis=1), (fisher * u).sum(axis=1), (fisher * u * u).sum(axis=1)
        g, h = residual.sum(axis=1), (residual * u).sum(axis=1)
        level, slope = level + (c * g - b * h) / (a * c - b * b), slope + (a * h - b * g) / (a * c - b * b)
    return slope


def _held_out(ads: pd.DataFrame, kpi: str, unit: np.ndarray, repeats: int, folds: int, seed: int) -> Held:
    held = Held()
    for repeat in range(repeats):
        rates = {name: np.full(len(ads), np.nan) for name in held.rate}
        place, inside = np.full(len(ads), np.nan), np.full(len(ads), np.nan)
        rng = np.random.default_rng([seed, repeat])
        for test in _folds(unit, folds, rng):
            train, new = ads[~test], ads[test].reset_index(drop=True)
            model = fit_rates(train, kpi)
            held.fits, held.sloped = held.fits + 1, held.sloped + model.exposure_slope
            k, n = new[kpi].to_numpy(float), new[EXPOSURES].to_numpy(float)
            forecast, chances = model.predict(new, n, LEVEL), model.chances(new, n)
            below, until = chances.at_most(k - 1, n), chances.at_most(k, n)
            place[test] = below + rng.random(len(new)) * (until - below)
            inside[test] = (forecast.low <= k) & (k <= forecast.high)
            rates["shrunk"][test] = forecast.rate
            rates["unpooled"][test] = unpooled(train, new, kpi)
            rates["global"][test] = train[kpi].sum() / train[EXPOSURES].sum()
        for name, values in rates.items():
            held.rate[name].append(values)
        held.place.append(place)
        held.inside.append(inside)
    return held


def _folds(unit: np.ndarray, folds: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Masks over the ads: whole units, dealt out evenly at random."""
    fold = rng.permutation(unit.max() + 1) % folds
    return (fold[unit] == number for number in range(folds))


def _summary(ads: pd.DataFrame, kpi: str, held: Held, seed: int) -> dict[str, object]:
    k, n = ads[kpi].to_numpy(float), ads[EXPOSURES].to_numpy(float)
    loss = {
        name: np.mean([_loss(rate, k, n) for rate in rates], axis=0) * MICRO / n.mean()
        for name, rates in held.rate.items()
    }
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(ads), np.full(len(ads), 1 / len(ads)), DRAWS).astype(float)
    weight = np.concatenate([np.ones((1, len(ads))), drawn])
    slope = np.mean([recalibration(rate, k, n, weight) for rate in held.rate["shrunk"]], axis=0)
    low, high = np.quantile(slope[1:], [0.025, 0.975])
    width = (LEVEL / 2 - np.abs(np.stack(held.place) - 0.5)) > 0
    return {
        "log_loss": mean_interval(loss["shrunk"], seed=seed).to_json(),
        "global": mean_interval(loss["global"], seed=seed).to_json(),
        "unpooled": mean_interval(loss["unpooled"], seed=seed).to_json(),
        "gain_over_global": paired_difference(loss["global"], loss["shrunk"], seed=seed).to_json(),
        "gain_over_unpooled": paired_difference(loss["unpooled"], loss["shrunk"], seed=seed).to_json(),
        "slope": {"value": float(slope[0]), "ci95": [float(low), float(high)]},
        "coverage80": mean_interval(width.mean(axis=0), seed=seed).to_json(),
        "inside80": float(np.mean(held.inside)),
        "fits_with_exposure_slope": [held.sloped, held.fits],
    }


def _loss(rate: np.ndarray, k: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Minus the log-probability (ads,) of k successes in n single impressions."""
    return -(k * np.log(rate) + (n - k) * np.log1p(-rate))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder ad_outcomes, which holds ads.parquet")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args(arguments)
    json.dump(ad_rates(asked.data, repeats=asked.repeats), sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
