"""What became of the creators who were considered: the agreement from ``offers``, the result from
``outcomes``.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from tastemaker import config
from tastemaker.forecasting import MaturityCurves
from tastemaker.sources import Catalogue
from tastemaker.training.money import in_usd
from tastemaker.training.readings import COUNTED, dated_outcomes, outcome_readings

MATURE_DAYS = 14
"""Where no growth can be learned from repeated readings, a result is final so many days after the campaign's end."""

SUMMED = COUNTED
AVERAGED = ("content_rating",)
OUTCOMES = (*SUMMED, *AVERAGED)
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


def learn_maturity(
    catalogue: Catalogue, known_at: datetime | None = None, training: config.Training | None = None
) -> MaturityCurves:
    """How outcomes grow, from the readings known by ``known_at``: a curve for each platform and outcome."""
    horizon = (training or config.Training()).maturity_days
    return MaturityCurves(horizon).fit(outcome_readings(catalogue, known_at))


def outcome_labels(
    catalogue: Catalogue,
    known_at: datetime | None = None,
    *,
    training: config.Training | None = None,
    curves: MaturityCurves | None = None,
) -> pd.DataFrame:
    """A row per (campaign_id, creator_id) of ``outcomes``: cost (USD), ``OUTCOMES``, mature, maturity and outcome_at.

    Of each deliverable's series the latest reading counts (until ``known_at``), divided by the share of the final value
    that is there at its age (``curves``, by default learned from the same readings); below
    ``training.maturity_share`` it is too young and stays NaN: censored, which is not a failure. An outcome whose growth
    can not be learned counts as it is, from ``MATURE_DAYS`` after the campaign's end (by ``known_at``, else by the
    latest fact of the tables). Nothing counts before every agreed deliverable was read, or so long after the end.

    Counts and money are summed over the deliverables, ratings averaged; engagements are likes, comments, shares and
    saves. ``maturity`` (0..1) is the least share behind what counts, ``mature`` says that nothing reported is censored,
    and ``outcome_at`` when the row could first be counted on. ``cost`` is the fee and the product's cost; a fee without
    a product cost stands alone.
    """
    rules = training or config.Training()
    curves = curves or learn_maturity(catalogue, known_at, rules)
    readings = dated_outcomes(catalogue, known_at)
    latest = readings.sort_values("observed_at", kind="stable").drop_duplicates(_DELIVERABLE, keep="last")
    latest["settled"] = latest["ends_at"] + pd.Timedelta(days=MATURE_DAYS)
    latest["over"] = latest["settled"] <= (_latest_fact(catalogue) if known_at is None else known_at)
    rates = catalogue.table("fx_rates").to_pandas()
    for column in ("fee", "product_cost", "revenue"):
        latest[column] = in_usd(latest[column], latest["currency"], latest["observed_at"], rates)
    latest["cost"] = latest["fee"] + latest["product_cost"].fillna(0.0)
    return _per_pair(_grown(latest, curves, rules.maturity_share), _agreed_lines(catalogue, known_at))


def _grown(latest: pd.DataFrame, curves: MaturityCurves, least: float) -> pd.DataFrame:
    """Outcomes at their final value or NaN. ``young``: one was left out; ``waited``: one rests on the end."""
    over, age = latest["over"].to_numpy(bool), latest["age"].to_numpy(float)
    young, waited, maturity = np.zeros(len(over), bool), np.zeros(len(over), bool), np.full(len(over), np.nan)
    for kpi in SUMMED:
        value = latest[kpi].astype("float64").to_numpy()
        learned = kpi in curves.kpis_
        share = curves.share(kpi, latest["platform"], age) if learned else over.astype(float)
        known, counts = ~np.isnan(value), share >= least
        latest[kpi] = np.divide(value, share, out=np.full(len(value), np.nan), where=known & counts)
        latest[f"{kpi}_young"] = known & ~counts
        young |= known & ~counts
        waited |= known & over & (not learned)
        maturity = np.fmin(maturity, np.where(known & counts, share, np.nan))
    return latest.assign(young=young, waited=waited | np.isnan(maturity), maturity=maturity)


def _per_pair(latest: pd.DataFrame, lines: pd.Series) -> pd.DataFrame:
    groups = latest.groupby(_PAIR, sort=True)
    pairs = groups[list(SUMMED)].sum(min_count=1)
    for kpi in SUMMED:
        pairs.loc[groups[f"{kpi}_young"].any(), kpi] = float("nan")
    pairs["cost"] = groups["cost"].sum(min_count=1).where(groups["cost"].count() == groups.size())
    pairs[list(AVERAGED)] = groups[list(AVERAGED)].mean()
    pairs["maturity"] = groups["maturity"].min()
    over = groups["over"].all()
    all_read = groups.size() >= lines.reindex(pairs.index).fillna(np.inf)
    pairs["mature"] = (over | all_read) & ~groups["young"].any()
    pairs.loc[~(over | all_read), [*OUTCOMES, "maturity"]] = float("nan")
    read, settled = groups["observed_at"].max(), groups["settled"].max()
    late = (settled > read) & (groups["waited"].any() | ~all_read)
    pairs["outcome_at"] = settled.where(late, read)
    return pairs.astype(dict.fromkeys((*OUTCOMES, "cost", "maturity"), "float64")).reset_index()


def _agreed_lines(catalogue: Catalogue, known_at: datetime | None) -> pd.Series:
    """(campaign_id, creator_id) -> kinds of deliverables in the accepted package; NaN where it is not told."""
    offers = catalogue.table("offers").select(["decision_id", "creator_id", "at", "package", "agreed"])
    decisions = catalogue.table("decisions").select(["decision_id", "campaign_id"]).to_pandas()
    accepted = offers.to_pandas().merge(decisions, on="decision_id").sort_values("at", kind="stable")
    accepted = accepted[accepted["agreed"].eq(True)]
    if known_at is not None:
        accepted = accepted[accepted["at"] <= known_at]
    accepted = accepted.drop_duplicates(_PAIR, keep="last").set_index(_PAIR)
    lines: pd.Series = accepted["package"].map(_lines).astype("float64")
    return lines


def _lines(package: Any) -> float:
    try:
        kinds = {line["kind"] for line in json.loads(package)["lines"]}
    except (KeyError, TypeError, ValueError):
        return float("nan")
    return float(len(kinds)) if kinds else float("nan")


def _latest_fact(catalogue: Catalogue) -> datetime:
    """The latest moment that decisions, offers or outcomes speak of; in tables without any, the start of time."""
    clocks = (("outcomes", "observed_at"), ("offers", "at"), ("decisions", "made_at"))
    times = [pc.max(catalogue.table(name)[column]).as_py() for name, column in clocks]
    return max((t for t in times if t is not None), default=datetime.min.replace(tzinfo=UTC))
