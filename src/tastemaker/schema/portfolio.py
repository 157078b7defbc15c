"""What the engine answers where a set is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tastemaker.schema.brief import Brief
from tastemaker.schema.results import Candidate, Result
from tastemaker.schema.wish import Deliverable


class Pick(Result):
    """One creator of the set with the package. Amounts in US dollars, results in units of the KPI.

    ``credit``: the part of the set's unique result that is counted as theirs (a person reached by several is shared);
    they sum to ``expected``; ``own``: what the set would lose without them; ``alone``: what they would bring alone.
    All three count in how likely they accept.
    """

    creator: Candidate
    package: tuple[Deliverable, ...]
    niche: str | None
    size: str
    cost: float
    p_accept: float
    credit: float
    own: float
    alone: float


class Reserve(Result):
    """Who steps in when ``instead_of`` declines, and what the set is then expected to bring; ``creator_id`` None where
    nobody fits into what is left."""

    instead_of: str
    creator_id: str | None
    handle: str | None
    cost: float | None
    expected: float


class Outlook(Result):
    """Expected result and the quantiles 0.1, 0.5, 0.9 of joint draws of the forecasts' errors."""

    mean: float
    low: float
    median: float
    high: float


class Unique(Result):
    """Over unique audience: ``total`` without, ``unique`` with people counted once; ``low`` and ``high``: ``unique``
    where modelled overlaps are as wrong as is to be expected 4 times in 5; ``reports``: overlap reports behind them."""

    total: float
    unique: float
    low: float
    high: float
    reports: int


class ConstraintPrice(Result):
    """A binding constraint, what one step of relaxing it would add, and who would come in by it."""

    constraint: str
    step: str
    gain: float
    comes_in: tuple[str, ...]


class CurvePoint(Result):
    """Expected result at another budget; None where no set keeps to it."""

    budget: float
    expected: float | None
    creators: int | None


class Spread(Result):
    """How the set is spread over a trait: key -> share of the expected result, and the effective number of keys (the
    inverse of the sum of squared shares)."""

    by: str
    shares: dict[str, float]
    effective: float


class Change(Result):
    """A bound of the brief that has to move from ``before`` to ``after``; a must-have from 1 to 0."""

    constraint: str
    before: float
    after: float


class Infeasible(Result):
    """Why no set keeps to the brief: ``clash``, a minimal set of constraints that can not be kept together;
    ``nearest``: the smallest changes that make a set possible."""

    clash: tuple[str, ...]
    nearest: tuple[Change, ...]
    text: str


class Portfolio(Result):
    """A set under a budget. ``expected``: its unique result, counting in who may decline; ``accepted``: if all accept.

    ``picks`` is empty, and ``infeasible`` says why, where no set keeps to the brief.
    """

    decision_id: str
    made_at: datetime
    bundle: str
    kpi: str
    brief: Brief
    considered: int
    picks: tuple[Pick, ...] = ()
    cost: float = 0.0
    budget: float | None = None
    expected: Outlook | None = None
    accepted: Outlook | None = None
    unique: Unique | None = None
    binding: tuple[ConstraintPrice, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    spread: tuple[Spread, ...] = ()
    infeasible: Infeasible | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
