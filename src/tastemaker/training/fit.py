"""Fitting rankers on earlier campaigns and judging them on later ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tastemaker.config import Config
from tastemaker.errors import RankingError, TrainingError
from tastemaker.evaluation import (
    CalibrationBins,
    Estimate,
    calibration_bins,
    mean_interval,
    paired_difference,
)
from tastemaker.evaluation.metrics import Floats
from tastemaker.progress import Progress, silent
from tastemaker.ranking import BASELINE, Ranker, make_ranker, realised_value
from tastemaker.training.judging import (
    RANDOM,
    curve,
    ndcg_per_campaign,
    random_per_campaign,
    realised_kpi,
)
from tastemaker.training.split import Split, campaign_of, split_by_time

BASELINES = ("popularity", "content", "linear", "lambdamart")
DEPTH = 20


@dataclass(frozen=True)
class TrainingResult:
    """Fitted rankers and how they did on the later campaigns.

    ``per_campaign``: NDCG at the configured cut-off, a row per held-out campaign, a column per ranker and
    ``random``. ``by_cutoff``: ranker -> mean NDCG at cut-offs 1..DEPTH. ``calibration``: the chosen ranker's
    value against the realised one, both as multiples of the objective's mean; None for a ranker that promises
    nothing. ``feature_weights``: the mean absolute contribution of each feature to the chosen ranker's raw
    score, largest first. ``gains``: each feature's share of the gain of the chosen ranker's splits, largest first; None
    for a ranker without trees.
    """

    rankers: dict[str, Ranker]
    chosen: str
    split: Split
    per_campaign: pd.DataFrame
    by_cutoff: dict[str, Floats]
    calibration: CalibrationBins | None
    feature_weights: pd.Series
    gains: pd.Series | None
    estimates: dict[str, Estimate]
    metrics: dict[str, float]
    skipped: dict[str, str]

    @property
    def ranker(self) -> Ranker:
        """The ranker that the configuration chose: what a bundle takes."""
        return self.rankers[self.chosen]

    @property
    def holdout_ids(self) -> tuple[str, ...]:
        return self.split.holdout_ids


def train_rankers(
    examples: pd.DataFrame,
    config: Config,
    *,
    rankers: Sequence[str] | None = None,
    progress: Progress = silent,
) -> TrainingResult:
    """Fits the configured ranker and the baselines beside it (or ``rankers``) and judges all on the same
    campaigns.

    ``examples``: the frame of :func:`build_examples`. Raises :class:`TrainingError` when the history is too
    short to split by time or no later campaign can be judged.
    """
    chosen = config.ranking.ranker
    names = list(dict.fromkeys([*(BASELINES if rankers is None else rankers), chosen]))
    split = split_by_time(examples, config.training.holdout_share)
    fitted, skipped = _fit(names, split.train, config, progress)
    values = {name: ranker.value(split.holdout) for name, ranker in fitted.items()}
    per_campaign = _per_campaign(values, split, config.evaluation.cutoff)
    estimates = {
        str(name): mean_interval(column, repetitions=config.evaluation.bootstrap, seed=config.evaluation.seed)
        for name, column in per_campaign.items()
    }
    result = TrainingResult(
        rankers=fitted,
        chosen=chosen,
        split=split,
        per_campaign=per_campaign,
        by_cutoff={name: curve(value, split.holdout, DEPTH) for name, value in values.items()},
        calibration=_calibration(values[chosen], split.holdout) if fitted[chosen].calibrated else None,
        feature_weights=feature_weights(fitted[chosen], split.holdout),
        gains=gains(fitted[chosen]),
        estimates=estimates,
        metrics={},
        skipped=skipped,
    )
    result.metrics.update(_metrics(result, config))
    return result


def feature_weights(ranker: Ranker, examples: pd.DataFrame) -> pd.Series:
    """Feature -> mean absolute contribution over ``examples``, largest first, in the unit of the raw score.

    Empty for a ranker that does not explain itself.
    """
    if not ranker.explains:
        return pd.Series(dtype="float64")
    columns, contributions = ranker.contributions(examples)
    weights = pd.Series(np.abs(contributions).mean(axis=0), index=columns, dtype="float64").drop(BASELINE)
    return weights.sort_values(ascending=False, kind="stable")


def gains(ranker: Ranker) -> pd.Series | None:
    """Feature -> share (0..1) of the gain of the ranker's splits, largest first; None for a ranker without trees."""
    shares = ranker.gain_shares()
    return (
        None
        if shares is None
        else pd.Series(shares, dtype="float64").sort_values(ascending=False, kind="stable")
    )


def _fit(
    names: Sequence[str], train: pd.DataFrame, config: Config, progress: Progress
) -> tuple[dict[str, Ranker], dict[str, str]]:
    """Every ranker that can be fitted, and why the others can not; the configured one must."""
    fitted: dict[str, Ranker] = {}
    skipped: dict[str, str] = {}
    for number, name in enumerate(names):
        progress("rankers", number, len(names))
        try:
            fitted[name] = make_ranker(name, config).fit(train)
        except RankingError as error:
            if name == config.ranking.ranker:
                raise
            skipped[name] = str(error)
    progress("rankers", len(names), len(names))
    return fitted, skipped


def _per_campaign(values: dict[str, Floats], split: Split, cutoff: int) -> pd.DataFrame:
    columns = {name: ndcg_per_campaign(value, split.holdout, cutoff) for name, value in values.items()}
    table = pd.DataFrame(columns | {RANDOM: random_per_campaign(split.holdout, cutoff)})
    if table[RANDOM].isna().all():
        raise TrainingError(
            f"none of the {len(table)} later campaigns has two creators with a known result; wait for outcomes, or"
            " raise training.holdout_share"
        )
    return table


def _calibration(value: Floats, holdout: pd.DataFrame) -> CalibrationBins | None:
    """In multiples of the objective's mean realised value, so that reach and conversions share one picture."""
    frame = pd.DataFrame(
        {"objective": holdout["objective"], "value": value, "gain": realised_value(holdout)}
    ).dropna()
    mean = frame.groupby("objective")["gain"].transform("mean")
    frame = frame[mean > 0].div(mean[mean > 0], axis=0)
    return None if frame.empty else calibration_bins(frame["value"], frame["gain"])


def _metrics(result: TrainingResult, config: Config) -> dict[str, float]:
    cutoff, holdout = config.evaluation.cutoff, result.split.holdout
    metrics = {
        "campaigns.train": float(campaign_of(result.split.train).nunique()),
        "campaigns.holdout": float(len(result.per_campaign)),
        "campaigns.judged": float(result.per_campaign[result.chosen].notna().sum()),
        "examples.train": float(len(result.split.train)),
    }
    for name, estimate in result.estimates.items():
        metrics |= _named(f"ndcg{cutoff}.{name}", estimate)
    for name in result.per_campaign.columns.drop(result.chosen):
        gap = paired_difference(
            result.per_campaign[result.chosen],
            result.per_campaign[name],
            repetitions=config.evaluation.bootstrap,
            seed=config.evaluation.seed,
        )
        metrics |= _named(f"ndcg{cutoff}.gain_over_{name}", gap)
    if result.calibration is not None:
        metrics["calibration.error"] = result.calibration.error
    return metrics | _forecast_metrics(result.ranker, holdout)


def _named(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}.low": estimate.low, f"{name}.high": estimate.high}


def _forecast_metrics(ranker: Ranker, holdout: pd.DataFrame) -> dict[str, float]:
    """Coverage of the KPI interval among those who delivered, and the Brier score of acceptance among those
    asked.
    """
    if ranker.forecaster is None:
        return {}
    kpi, agreed = realised_kpi(holdout), holdout["agreed"].to_numpy(dtype=np.float64)
    delivered, asked = np.flatnonzero(~np.isnan(kpi)), np.flatnonzero(~np.isnan(agreed))
    metrics = {}
    if delivered.size:
        forecast = ranker.forecaster.kpi(holdout.iloc[delivered])
        held = (forecast.low <= kpi[delivered]) & (kpi[delivered] <= forecast.high)
        metrics["forecast.kpi_coverage"] = float(held.mean())
    if asked.size:
        chance = ranker.forecaster.p_accept(holdout.iloc[asked])
        metrics["forecast.p_accept_brier"] = float(np.mean((chance - agreed[asked]) ** 2))
    return metrics
