"""What a trial learns from and is judged on: stretches of the training's time, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from tastemaker.config import Config
from tastemaker.errors import TrainingError
from tastemaker.ranking import realised_value
from tastemaker.training.judging import judged_campaigns
from tastemaker.training.split import campaign_of, split_by_time


@dataclass(frozen=True)
class Fold:
    """``train``: what was known when the first campaign of ``later`` was decided. ``later``: the rows on which a
    trial is judged, labelled as was known when the held-out time of the whole history began."""

    name: str
    train: pd.DataFrame
    later: pd.DataFrame


def rolling_folds(examples: pd.DataFrame, config: Config, name: str = "fold") -> list[Fold]:
    """``tuning.folds`` stretches of the campaigns before the held-out ones (rolling origin: Tashman 2000).

    The held-out campaigns (``training.holdout_share``, those by which versions are compared and promoted) are taken
    away first, with every result that was only known in their time: no trial can see them. Fold k learns from
    everything before it; the first from ``tuning.first_share`` of the campaigns. Raises TrainingError where the history
    is too short, or no campaign of a fold can be judged.
    """
    known = split_by_time(examples, config.training.holdout_share).train
    campaign = campaign_of(known)
    begun = known.groupby(campaign)["made_at"].min().rename_axis("campaign").reset_index()
    order = begun.sort_values(["made_at", "campaign"])["campaign"].to_numpy()
    first = max(1, round(config.tuning.first_share * len(order)))
    ends = np.linspace(first, len(order), config.tuning.folds + 1).round().astype(int)
    if (np.diff(ends) < 1).any():
        raise TrainingError(
            f"{len(order)} campaigns before the held-out ones can not make {config.tuning.folds} folds behind the"
            f" first {first}; lower tuning.folds or tuning.first_share"
        )
    folds = []
    for number, (start, stop) in enumerate(pairwise(ends), 1):
        until = known[campaign.isin(set(order[:stop]))]
        split = split_by_time(until, (stop - start) / stop)
        folds.append(Fold(f"{name} {number}", split.train, split.holdout))
        _require_judged(folds[-1])
    return folds


def _require_judged(fold: Fold) -> None:
    parts = (part for _, part in judged_campaigns(np.zeros(len(fold.later)), fold.later))
    if not any((part["gain"] > 0.0).any() for part in parts):
        known = int(np.isfinite(realised_value(fold.later)).sum())
        raise TrainingError(
            f"{fold.name}: none of its campaigns has two creators with a known result, of whom one brought something"
            f" ({known} results are known); lower tuning.folds, or wait for outcomes"
        )
