"""What the service needs of the rooms below it; the tests put small deterministic members here."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tastemaker.schema import Brief, CreatorCard, Recommendation


class Recommender(Protocol):
    """Answers briefs from one bundle and logs each decision before it returns: ``tastemaker.engine.Engine``.

    ``creator`` raises UnknownCreatorError for one that the bundle does not have.
    """

    @property
    def bundle_id(self) -> str: ...

    def recommend(
        self,
        brief: Brief,
        limit: int | None = None,
        at: datetime | None = None,
        *,
        explore: bool | None = None,
        seed: int | None = None,
        exact: bool = False,
    ) -> Recommendation: ...

    def creator(self, identity: str) -> CreatorCard: ...


class Decisions(Protocol):
    """Reads what was decided: any ``tastemaker.store.DecisionStore``. Each method raises StoreError if it can not."""

    def get(self, decision_id: str) -> Recommendation | None: ...

    def recent(self, limit: int = 20) -> list[Recommendation]: ...

    def check(self) -> None: ...
