"""Where decisions go before they are answered."""

from __future__ import annotations

from typing import Protocol

from tastemaker.schema import Recommendation, ShownFeatures, Trace


class DecisionLog(Protocol):
    """Keeps decisions. ``record`` returns only when the decision can not be lost any more, or raises StoreError.

    ``shown``: the features behind the shortlist, ``trace``: what the decision was made from; kept with it.
    """

    def record(
        self, decision: Recommendation, shown: ShownFeatures | None = None, trace: Trace | None = None
    ) -> None: ...
