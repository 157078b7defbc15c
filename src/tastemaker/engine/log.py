"""Where decisions go before they are answered."""

from __future__ import annotations

from typing import Protocol

from tastemaker.schema import Recommendation


class DecisionLog(Protocol):
    """Keeps decisions. ``record`` returns only when the decision can not be lost any more, or raises StoreError."""

    def record(self, decision: Recommendation) -> None: ...
