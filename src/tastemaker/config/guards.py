"""The sections that guard what serves: promotion, drift, and features that are not those of training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveInt

from tastemaker.config.section import Section


class Promotion(Section):
    """When a version may take the champion's place: each rule compares the two, and null switches it off.

    The NDCG rule asks that the version is surely not worse; the others refuse what is surely worse (95 %).
    """

    ndcg_margin: float | None = Field(
        -0.005,
        ge=-1.0,
        le=1.0,
        description="the lower bound of the paired NDCG difference is to be above this",
    )
    min_campaigns: int = Field(5, ge=2, description="later campaigns to compare by; fewer open no gate")
    off_policy_margin: float | None = Field(
        0.0,
        ge=-10.0,
        le=10.0,
        description="a bound of the off-policy difference is to be above this, where it is estimable; 1 is what a"
        " creator chosen in the past brought on average",
    )
    off_policy_bound: Literal["low", "high"] = Field(
        "high", description="low: surely not worse by more than the margin; high: not surely worse"
    )
    calibration_worsening: float | None = Field(
        0.1, ge=0.0, description="more calibration error; 1 is the mean result of the objective"
    )
    slice_worsening: float | None = Field(
        0.05, ge=0.0, le=1.0, description="less NDCG in any slice of the later campaigns"
    )
    slice_campaigns: int = Field(20, ge=5, description="campaigns that make a slice worth judging")
    latency_growth: float | None = Field(
        0.5, ge=0.0, description="more time an answer takes, as a share; 0.5 is half as much again"
    )
    size_growth: float | None = Field(0.5, ge=0.0, description="more bytes in the bundle, as a share")
    small_share_fall: float | None = Field(
        0.1, ge=0.0, le=1.0, description="less of all exposure that goes to small creators, as a share of it"
    )
    small_below: PositiveInt = Field(50_000, description="followers below which a creator is small")
    briefs: int = Field(
        100, ge=5, description="later briefs, the latest, that both answer for exposure and time"
    )


class Monitor(Section):
    """When live decisions and outcomes are said to have moved away from the training's."""

    alarm_at: Literal["watch", "retrain"] = Field("watch", description="verdict from which the command fails")
    exit_status: int = Field(3, ge=3, le=125, description="of the command on an alarm; 2 is an error")
    false_alarm_rate: float = Field(
        0.01, gt=0.0, lt=1.0, description="chance of any finding in a period in which nothing moved"
    )
    permutations: int = Field(4_000, ge=1_000, description="draws of which decisions are the live ones")
    bins: int = Field(10, ge=2, le=50)
    min_decisions: int = Field(10, ge=2, description="fewer are too few to compare")
    min_rows: PositiveInt = Field(30, description="known rows of a column, on each side")
    reference_days: PositiveInt = Field(400, description="of training decisions that the bundle keeps")
    outcome_days: PositiveInt = Field(
        150, description="how long before the period a decision may lie whose outcome it brought"
    )
    psi_watch: float = Field(0.1, gt=0.0, description="population stability index, net of luck")
    psi_retrain: float = Field(0.25, gt=0.0)
    share_watch: float = Field(0.05, gt=0.0, lt=1.0, description="change of a share: missing, accepted")
    share_retrain: float = Field(0.2, gt=0.0, lt=1.0)
    calibration_watch: float = Field(
        0.2, gt=0.0, description="change of log(observed / expected), or of the slope"
    )
    calibration_retrain: float = Field(0.4, gt=0.0)
    usual_times: float = Field(
        3.0, ge=1.0, description="a change counts from so many times the most that past periods moved by"
    )
    min_weight: float = Field(
        0.01, ge=0.0, le=1.0, description="share of the scores below which a feature is only watched"
    )
    seed: int = 0


class Skew(Section):
    """When the features of logged decisions are said not to be those that the tables give."""

    share: float = Field(0.01, gt=0.0, le=1.0, description="of the decisions, chosen by a hash of their id")
    tolerance: float = Field(1e-5, gt=0.0, description="relative difference that is no mismatch (float32)")
    most_mismatches: float = Field(
        0.001,
        ge=0.0,
        le=1.0,
        description="share of a feature's values that may differ before the command fails",
    )
    exit_status: int = Field(3, ge=3, le=125, description="of the command on an alarm; 2 is an error")
