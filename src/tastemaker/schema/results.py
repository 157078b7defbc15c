"""What the engine answers: a decision with its funnel and its shortlist."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

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
    """How many creators were left after each stage, and how retrieval found its own.

    ``plan``: ``scan`` and ``codes`` looked at every eligible creator, ``lists`` at the parts of the catalogue that are
    near the brief; ``missed``: the share of the exact answer that it is expected to have missed, 0 for the first two.
    Null in decisions from before plans were told.
    """

    creators: int
    eligible: int
    retrieved: int
    ranked: int
    filters: tuple[FilterCount, ...] = ()
    plan: str | None = None
    missed: float | None = None


class Contribution(Result):
    """One feature that mattered: its value and what it added to the ranker's raw score."""

    feature: str
    value: float | str | None
    contribution: float


class Placement(Result):
    """How a creator came to this place of an explored shortlist, and with what chance.

    ``test``: a test slot, held by a creator who is not among the best by value; ``swap``: changed places with its
    neighbour, whose value is nearly the same; ``value``: neither. ``p_shown``: the chance of being on this shortlist at
    all; ``p_place``: that of this place, given who is on it. Both are exact.
    """

    kind: Literal["value", "test", "swap"]
    p_shown: float
    p_place: float
    reason: str


class Exploration(Result):
    """What was drawn for an explored shortlist: with the same bundle, brief and ``seed`` the answer is the same.

    ``contested``: places that were drawn for; ``test_slots``: those of them that creators hold who are not among the
    best by value.
    """

    seed: int
    contested: int
    test_slots: int


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
    placement: Placement | None = None


class Recommendation(Result):
    """The answer to a brief. ``notes`` say in words what was not available (no ranker, unknown audience, ...).

    ``exploration`` is None where the shortlist is the best by value and nothing was drawn.
    """

    decision_id: str
    made_at: datetime
    bundle: str
    ranker: str
    kpi: str
    brief: Brief
    funnel: Funnel
    shortlist: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()
    exploration: Exploration | None = None

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
