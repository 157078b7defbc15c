"""What became of the creators who were considered: the agreement from ``offers``, the result from
``outcomes``.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pyarrow.compute as pc

from tastemaker.sources import Catalogue
from tastemaker.training.money import in_usd

MATURE_DAYS = 14
"""A campaign's results go on for so many days after its end; what is known earlier is not final."""

SUMMED = ("impressions", "reach", "engagements", "clicks", "conversions", "revenue")
AVERAGED = ("content_rating",)
OUTCOMES = (*SUMMED, *AVERAGED)
_ENGAGEMENTS = ("likes", "comments", "shares", "saves")
_DELIVERABLE = ["campaign_id", "creator_id", "deliverable"]
_PAIR = ["campaign_id", "creator_id"]


def offer_labels(catalogue: Catalogue, known_at: datetime | None = None) -> pd.DataFrame:
    """A row per (decision_id, creator_id) of ``offers``: agreed (1.0, 0.0, NaN unknown), quoted (USD),
    offered_at.

    The last answer and the last quote count; with ``known_at`` only those given until then.
    """
    offers = catalogue.table("offers").to_pandas()
    if known_at is not None:
        offers = offers[offers["at"] <= known_at]
    offers = offers.sort_values("at", kind="stable")
    offers["quoted"] = in_usd(
        offers["quoted"], offers["currency"], offers["at"], catalogue.table("fx_rates").to_pandas()
    )
    offers["agreed"] = offers["agreed"].map({True: 1.0, False: 0.0}).astype("float64")
    last: pd.DataFrame = offers.groupby(["decision_id", "creator_id"], sort=False)[
        ["agreed", "quoted", "at"]
    ].last()
    return last.rename(columns={"at": "offered_at"}).reset_index()


def outcome_labels(catalogue: Catalogue, known_at: datetime | None = None) -> pd.DataFrame:
    """A row per (campaign_id, creator_id) of ``outcomes``: cost (USD), ``OUTCOMES``, mature and outcome_at.

    Of each deliverable's series the latest reading counts (until ``known_at``). Counts and money are summed over the
    deliverables, ratings averaged; engagements are likes, comments, shares and saves. ``outcome_at`` is when the result
    could first be counted on: at its last reading, and not before ``MATURE_DAYS`` after the campaign's end. Where that
    time has not come yet (by ``known_at``, else by the latest fact of the tables) the row is not ``mature`` and its
    outcomes are NaN: censored, which is not a failure. ``cost`` is the fee and the product's cost; a fee without a
    product cost stands alone.
    """
    readings = catalogue.table("outcomes").to_pandas()
    if known_at is not None:
        readings = readings[readings["observed_at"] <= known_at]
    latest = readings.sort_values("observed_at", kind="stable").drop_duplicates(_DELIVERABLE, keep="last")
    ends = catalogue.table("campaigns").select(["campaign_id", "ends_at"]).to_pandas()
    latest = latest.merge(ends, on="campaign_id", how="left")
    settled = latest["ends_at"] + pd.Timedelta(days=MATURE_DAYS)
    latest["mature"] = settled <= (_latest_fact(catalogue) if known_at is None else known_at)
    latest["outcome_at"] = settled.where(settled > latest["observed_at"], latest["observed_at"])
    latest["engagements"] = latest[list(_ENGAGEMENTS)].sum(axis=1, min_count=1)
    rates = catalogue.table("fx_rates").to_pandas()
    for column in ("fee", "product_cost", "revenue"):
        latest[column] = in_usd(latest[column], latest["currency"], latest["observed_at"], rates)
    latest["cost"] = latest["fee"] + latest["product_cost"].fillna(0.0)
    return _per_pair(latest)


def _latest_fact(catalogue: Catalogue) -> datetime:
    """The latest moment that decisions, offers or outcomes speak of; in tables without any, the start of time."""
    clocks = (("outcomes", "observed_at"), ("offers", "at"), ("decisions", "made_at"))
    times = [pc.max(catalogue.table(name)[column]).as_py() for name, column in clocks]
    return max((t for t in times if t is not None), default=datetime.min.replace(tzinfo=UTC))


def _per_pair(latest: pd.DataFrame) -> pd.DataFrame:
    groups = latest.groupby(_PAIR, sort=True)
    pairs = groups[list(SUMMED)].sum(min_count=1)
    pairs["cost"] = groups["cost"].sum(min_count=1).where(groups["cost"].count() == groups.size())
    pairs[list(AVERAGED)] = groups[list(AVERAGED)].mean()
    pairs["outcome_at"] = groups["outcome_at"].max()
    pairs["mature"] = groups["mature"].all()
    pairs.loc[~pairs["mature"], list(OUTCOMES)] = float("nan")
    return pairs.astype(dict.fromkeys((*OUTCOMES, "cost"), "float64")).reset_index()
