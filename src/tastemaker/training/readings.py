"""What was read again and again, as long series of totals: the material of maturity curves."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from tastemaker.sources import Catalogue

COUNTED = ("impressions", "reach", "engagements", "clicks", "conversions", "revenue")
"""Outcomes that add up over time, and over the deliverables of a creator."""

ENGAGEMENTS = ("likes", "comments", "shares", "saves")
COLUMNS = ["series", "platform", "kpi", "age", "value"]
_POST_COUNTS = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")
_DAY_SECONDS = 86_400.0


def dated_outcomes(catalogue: Catalogue, known_at: datetime | None = None) -> pd.DataFrame:
    """The readings of ``outcomes`` (until ``known_at``) with engagements summed, the campaign's ends_at, and two more
    facts: ``age`` in days since the posting (since the campaign's start where it is unknown), and ``platform`` (that of
    the creator's only accounts where it is not told, else None).
    """
    readings: pd.DataFrame = catalogue.table("outcomes").to_pandas()
    if known_at is not None:
        readings = readings[readings["observed_at"] <= known_at]
    runs = catalogue.table("campaigns").select(["campaign_id", "starts_at", "ends_at"]).to_pandas()
    readings = readings.merge(runs, on="campaign_id", how="left")
    since = readings["posted_at"].fillna(readings["starts_at"])
    readings["age"] = _days(readings["observed_at"] - since)
    only = readings["creator_id"].map(_only_platform(catalogue))
    told = readings["platform"].astype(object)
    readings["platform"] = told.where(told.notna(), only.astype(object))
    readings["engagements"] = readings[list(ENGAGEMENTS)].sum(axis=1, min_count=1)
    return readings


def outcome_readings(catalogue: Catalogue, known_at: datetime | None = None) -> pd.DataFrame:
    """``COLUMNS`` of every outcome that adds up; a series is a deliverable. Money stays in its currency."""
    readings = dated_outcomes(catalogue, known_at)
    series = readings["campaign_id"] + "/" + readings["creator_id"] + "/" + readings["deliverable"]
    return _long(readings.assign(series=series), COUNTED)


def post_readings(catalogue: Catalogue, known_at: datetime | None = None) -> pd.DataFrame:
    """``COLUMNS`` of every count of ``post_snapshots`` (those of paid reach apart); a series is a post."""
    readings = catalogue.table("post_snapshots").to_pandas()
    if known_at is not None:
        readings = readings[readings["observed_at"] <= known_at]
    readings = readings[readings["scope"].ne("total")]
    posts = catalogue.table("posts").select(["post_id", "account_id", "posted_at"]).to_pandas()
    accounts = catalogue.table("accounts").select(["account_id", "platform"]).to_pandas()
    posts = posts.merge(accounts.drop_duplicates("account_id", keep="last"), on="account_id", how="left")
    readings = readings.merge(posts, on="post_id", how="left")
    age = _days(readings["observed_at"] - readings["posted_at"])
    return _long(readings.assign(age=age, series=readings["post_id"]), _POST_COUNTS)


def _days(span: pd.Series) -> pd.Series:
    """Days, none below 0."""
    days: pd.Series = span.dt.total_seconds().clip(lower=0.0) / _DAY_SECONDS
    return days


def _long(readings: pd.DataFrame, kpis: tuple[str, ...]) -> pd.DataFrame:
    long = readings.melt(
        id_vars=["series", "platform", "age"], value_vars=list(kpis), var_name="kpi", value_name="value"
    )
    long["value"] = long["value"].astype("float64")
    return long.dropna(subset=["value", "age"])[COLUMNS].reset_index(drop=True)


def _only_platform(catalogue: Catalogue) -> pd.Series:
    accounts = catalogue.table("accounts").select(["creator_id", "platform"]).to_pandas()
    platforms = accounts.groupby("creator_id")["platform"].agg(["first", "nunique"])
    only: pd.Series = platforms.loc[platforms["nunique"] == 1, "first"]
    return only
