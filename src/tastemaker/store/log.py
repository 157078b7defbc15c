"""What every decision log can do, and the text in which a decision is kept."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from datetime import datetime

from tastemaker.errors import StoreError
from tastemaker.schema import Recommendation, ShownFeatures, Trace


class DecisionStore(ABC):
    """Keeps decisions in the order in which they were recorded. Safe to share between threads."""

    @abstractmethod
    def record(
        self, decision: Recommendation, shown: ShownFeatures | None = None, trace: Trace | None = None
    ) -> None:
        """Keeps ``decision``, the features behind its shortlist and what it was made from; once this returns all can
        be read back. Raises StoreError otherwise, also for a decision id that is there already."""

    @abstractmethod
    def get(self, decision_id: str) -> Recommendation | None:
        """The decision exactly as it was recorded, or None."""

    @abstractmethod
    def shown_features(self, decision_id: str) -> ShownFeatures | None:
        """The features behind the decision's shortlist; None where none were kept."""

    @abstractmethod
    def trace(self, decision_id: str) -> Trace | None:
        """What the decision was made from; None where that was not kept."""

    @abstractmethod
    def recent(self, limit: int = 20) -> list[Recommendation]:
        """The ``limit`` (>= 0) decisions recorded last, the newest first."""

    @abstractmethod
    def between(self, since: datetime, until: datetime) -> list[Recommendation]:
        """The decisions made from ``since`` to before ``until`` (both with a time zone), in the order of recording."""

    @abstractmethod
    def check(self) -> None:
        """Raises StoreError if decisions can not be read now."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of files and connections."""


def to_text(decision: Recommendation) -> str:
    """JSON. Raises StoreError for NaN and infinity, which JSON lacks."""
    try:
        return json.dumps(decision.to_json(), allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    except ValueError as error:
        raise StoreError(
            f"decision {decision.decision_id}: holds a number that is not finite ({error}); "
            "an unknown value is null"
        ) from None


def from_text(decision_id: str, text: str) -> Recommendation:
    try:
        return Recommendation.model_validate_json(text)
    except ValueError as error:
        why = " ".join(str(error).split())[:200]
        raise StoreError(
            f"decision {decision_id}: the stored text is not a decision; "
            f"it was altered or written by another version: {why}"
        ) from None


def checked_limit(limit: int) -> int:
    if limit < 0:
        raise StoreError(f"limit {limit} is negative; expected how many decisions to return, 0 or more")
    return limit


def duplicate(decision_id: str) -> StoreError:
    return StoreError(
        f"decision {decision_id} is in the log already; a decision is recorded once and never changed"
    )
