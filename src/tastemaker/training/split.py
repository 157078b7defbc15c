"""Train on earlier campaigns, judge on later ones, and let nothing of the later time into the earlier labels."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tastemaker.errors import TrainingError
from tastemaker.training.labels import OUTCOMES


@dataclass(frozen=True)
class Split:
    """``train`` rows were all decided before ``starts_at``, ``holdout`` rows at or after it; no campaign is
    in both.
    """

    train: pd.DataFrame
    holdout: pd.DataFrame
    holdout_ids: tuple[str, ...]
    starts_at: pd.Timestamp


def campaign_of(examples: pd.DataFrame) -> pd.Series:
    """The campaign of each row; a decision outside any campaign stands for itself."""
    campaign = examples["campaign_id"].astype(object)
    return campaign.where(campaign.notna(), examples["decision_id"])


def split_by_time(examples: pd.DataFrame, holdout_share: float) -> Split:
    """The latest ``holdout_share`` of the campaigns (at least one), by their first decision, are the holdout.

    An answer or an outcome that was only observed once the holdout had begun is taken out of ``train``: on
    that day nobody could have learned from it. Raises :class:`TrainingError` where either side would be
    empty.
    """
    campaign = campaign_of(examples)
    if examples.empty:
        raise TrainingError("no examples to split; training needs decisions with decision_items")
    begun = examples.groupby(campaign)["made_at"].min().rename_axis("campaign").reset_index()
    begun = begun.sort_values(["made_at", "campaign"], ignore_index=True)
    held = begun.tail(max(1, round(holdout_share * len(begun))))
    starts_at: pd.Timestamp = held["made_at"].min()
    in_holdout = campaign.isin(set(held["campaign"]))
    train = examples[~in_holdout & (examples["made_at"] < starts_at)].reset_index(drop=True)
    if train.empty:
        raise TrainingError(
            f"{len(begun)} campaigns with decisions can not be split by time: nothing lies before the holdout;"
            " training needs campaigns that were decided on different days"
        )
    return Split(
        train=_as_known_at(train, starts_at),
        holdout=examples[in_holdout].reset_index(drop=True),
        holdout_ids=tuple(sorted(held["campaign"])),
        starts_at=starts_at,
    )


def _as_known_at(train: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    train = train.copy()
    late = train["outcome_at"] >= moment
    train.loc[late, [*OUTCOMES, "cost", *train.columns.intersection(["maturity"])]] = float("nan")
    train.loc[late, "mature"] = False
    train.loc[train["offered_at"] >= moment, ["agreed", "quoted"]] = float("nan")
    return train
