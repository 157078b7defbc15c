"""Section ``engagement_panel``: next-period engagement and authentic share on real monthly rankings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from signal_inputs import Inputs, read_table
from signal_settings import Settings
from signal_tests import coverage_p, median_difference

from tastemaker.errors import SourceError
from tastemaker.evaluation import paired_difference
from tastemaker.forecasting.engagement import (
    EngagementForecast,
    Persistence,
    authentic_share,
    authentic_share_rounding,
    engagement,
)

FILE = Path("engagement_panel") / "monthly.parquet"
KEYS = ["platform", "month", "creator_id"]
COLUMNS = (*KEYS, "followers", "views", "likes", "comments", "shares", "eng_auth", "eng_avg")
LEVEL = 0.8
VALUES: dict[str, Callable[[], EngagementForecast]] = {
    "engagement": lambda: EngagementForecast("engagement", level=LEVEL),
    "authentic_share": lambda: EngagementForecast(
        "authentic_share",
        signals=("followers",),
        level=LEVEL,
        ceiling=1.0,
        rounding="authentic_share_rounding",
    ),
}
"""What is forecast -> a fresh model; the baseline is the last value, within its historical errors."""


@dataclass(frozen=True)
class Judged:
    """Rows (n,) of one platform: ln of what came, and per model the ln of median, low and high."""

    came: np.ndarray
    gap: np.ndarray
    model: dict[str, np.ndarray]
    persistence: dict[str, np.ndarray]


def engagement_panel(inputs: Inputs) -> dict[str, Any]:
    """Platform -> figures of the last known month, learned from the earlier ones; ``holdout``: of the held-out one.

    The authentic share stands under its platform with the same figures. ``earlier`` holds those of the months before;
    ``next`` is what is said of the month after the last known: no figure of merit, for nothing of it is known.
    """
    known = read_panel(inputs.data)
    months = sorted(known["month"].unique())
    if len(months) < 3:
        raise SourceError(
            f"{inputs.data / FILE}: has {len(months)} months; expected 3, two to learn from and one to judge"
        )
    found: dict[str, Any] = {}
    for done, value in enumerate(VALUES):
        inputs.tell("panel values", done, len(VALUES))
        own = judged_month(known, months[-1], value, inputs.settings)
        earlier = {m: judged_month(known, m, value, inputs.settings) for m in months[2:-1]}
        held, ahead = held_out(inputs, known, value), next_month(known, months[-1], value)
        for platform, figures in own.items():
            before = {m: figures[platform] for m, figures in earlier.items() if platform in figures}
            made = {**figures, "earlier": before, "next": ahead.get(platform)}
            made["holdout"] = held.get(platform)
            if value == "engagement":
                found[platform] = made
            else:
                found.setdefault(platform, {})[value] = made
    return found


def read_panel(folder: Path) -> pd.DataFrame:
    """The rankings with what is forecast of them as columns of their own."""
    panel = read_table(folder / FILE, COLUMNS)
    return panel.assign(
        engagement=engagement(panel),
        authentic_share=authentic_share(panel),
        authentic_share_rounding=authentic_share_rounding(panel),
    )


def held_out(inputs: Inputs, known: pd.DataFrame, value: str) -> dict[str, Any]:
    """Figures of the last month in the holdout's file; its earlier months, where it has them, only add to the known."""
    if inputs.holdout is None:
        return {}
    unseen = read_panel(inputs.holdout)
    both = pd.concat([known[known["month"] < unseen["month"].max()], unseen], ignore_index=True)
    return judged_month(both.drop_duplicates(KEYS), str(unseen["month"].max()), value, inputs.settings)


def next_month(known: pd.DataFrame, last: str, value: str) -> dict[str, Any]:
    """Platform -> median width (ln) of the next month's intervals for who is in the last list, and the list's clock.

    ``taken``: months from the first reading to each, as followers tell; ``lag``: what the last is behind its label.
    """
    model = VALUES[value]().fit(known)
    said = model.predict(str(pd.Period(last, "M") + 1))
    width = np.log(said["high"] / said["low"])[said["gap"] == 1].groupby(said["platform"]).median()
    return {
        name: {
            "width": float(width[name]) if np.isfinite(width[name]) else None,
            "taken": [round(float(t), 3) for t in fitted.clock_.times],
            "lag": round(fitted.clock_.lag, 3),
        }
        for name, fitted in model.platforms_.items()
        if name in width
    }


def judged_month(panel: pd.DataFrame, month: str, value: str, settings: Settings) -> dict[str, Any]:
    """Platform -> figures of ``month`` by models that were fitted on the months before it."""
    rows = forecasts(panel, month, value)
    return {platform: _figures(judged, month, settings) for platform, judged in rows.items()}


def forecasts(panel: pd.DataFrame, month: str, value: str) -> dict[str, Judged]:
    """Platform -> forecasts of all its creators with a value in ``month`` and one before; nothing later is told."""
    before, then = panel[panel["month"] < month], panel[panel["month"] == month]
    came = then.loc[then[value] > 0, ["platform", "creator_id", value]]
    before = before[before["platform"].isin(before.loc[before[value] > 0, "platform"].unique())]
    said = [m.fit(before).predict(month) for m in (VALUES[value](), Persistence(value, level=LEVEL))]
    joined = came.merge(said[0], on=["platform", "creator_id"])
    joined = joined.merge(said[1], on=["platform", "creator_id"], suffixes=("", "_last"))
    return {
        str(platform): Judged(
            np.log(part[value].to_numpy()),
            part["gap"].to_numpy(),
            {name: np.log(part[name].to_numpy()) for name in ("median", "low", "high")},
            {name: np.log(part[f"{name}_last"].to_numpy()) for name in ("median", "low", "high")},
        )
        for platform, part in joined.groupby("platform")
    }


def interval_score(came: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Winkler's score (n,) of an interval at :data:`LEVEL`, in ln: its width, and 10 times what it misses by."""
    missed = np.maximum(low - came, 0.0) + np.maximum(came - high, 0.0)
    return np.asarray(high - low + 2.0 / (1.0 - LEVEL) * missed)


def _figures(judged: Judged, month: str, settings: Settings) -> dict[str, Any]:
    came = judged.came
    error, base = (np.abs(came - said["median"]) for said in (judged.model, judged.persistence))
    inside, base_inside = (
        (came >= said["low"]) & (came <= said["high"]) for said in (judged.model, judged.persistence)
    )
    score, base_score = (
        interval_score(came, said["low"], said["high"]) for said in (judged.model, judged.persistence)
    )
    return {
        "model_error": float(np.median(error)),
        "persistence_error": float(np.median(base)),
        "coverage80": float(inside.mean()),
        "interval_score": float(score.mean()),
        "persistence_interval_score": float(base_score.mean()),
        "n": len(came),
        "month": month,
        "gap": int(judged.gap.min()),
        "error_difference": median_difference(error, base, settings.bootstrap, settings.seed),
        "coverage_p": coverage_p(inside, LEVEL),
        "persistence_coverage80": float(base_inside.mean()),
        "interval_score_difference": _mean_difference(score, base_score, settings),
        "width": float(np.median(judged.model["high"] - judged.model["low"])),
        "persistence_width": float(np.median(judged.persistence["high"] - judged.persistence["low"])),
    }


def _mean_difference(a: np.ndarray, b: np.ndarray, settings: Settings) -> Any:
    return paired_difference(a, b, repetitions=settings.bootstrap, seed=settings.seed).to_json()
