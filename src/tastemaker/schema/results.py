"""What the engine answers: a decision with its funnel and its shortlist."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from tastemaker.schema.brief import Brief


class Result(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Interval(Result):
    """A forecast: median with the bounds of the 80 % interval. Unit: the KPI's own, or US dollars for fees."""

    low: float
    median: float
    high: float


class FilterCount(Result):
    """``left`` creators remained after this filter was applied on top of the ones before it."""

    name: str
    left: int


class Funnel(Result):
    """How many creators were left after each stage."""

    creators: int
    eligible: int
    retrieved: int
    ranked: int
    filters: tuple[FilterCount, ...] = ()


class Contribution(Result):
    """One feature that mattered: its value and what it added to the ranker's raw score."""

    feature: str
    value: float | str | None
    contribution: float


class Candidate(Result):
    """One line of a shortlist.

    ``score`` is the order, and where outcomes were learned from the value: ``p_accept`` x ``expected_kpi`` /
    ``expected_cost``, of those that are known. ``expected_kpi``: the mean to expect, given that they accept;
    ``forecast``: its median with the bounds of the interval. ``expected_cost``: fee and product in US dollars.
    ``outcomes``: impressions, reach, engagements, clicks and conversions, those of which anything is known.
    """

    rank: int
    creator_id: str
    account_id: str
    handle: str
    display_name: str | None
    platform: str
    country: str | None
    followers: int | None
    score: float
    audience_fit: float | None
    content_fit: float | None
    engagement_rate: float | None
    authenticity: float | None
    p_accept: float | None
    expected_kpi: float | None = None
    expected_cost: float | None = None
    forecast: Interval | None
    fee: Interval | None
    outcomes: dict[str, Interval] = {}
    source: str
    features: tuple[Contribution, ...] = ()


class Recommendation(Result):
    """The answer to a brief. ``notes`` say in words what was not available (no ranker, unknown audience, ...)."""

    decision_id: str
    made_at: datetime
    bundle: str
    ranker: str
    kpi: str
    brief: Brief
    funnel: Funnel
    shortlist: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
