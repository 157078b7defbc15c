"""A decision log that forgets when the process ends: for tests and for trying things out."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from threading import Lock

from tastemaker.schema import Recommendation, ShownFeatures, Trace
from tastemaker.store.log import DecisionStore, checked_limit, duplicate, from_text, to_text


class MemoryDecisionLog(DecisionStore):
    """Keeps the texts in a dict, so that it refuses and returns exactly what the durable log does."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._shown: dict[str, bytes] = {}
        self._traces: dict[str, bytes] = {}
        self._lock = Lock()

    def record(
        self, decision: Recommendation, shown: ShownFeatures | None = None, trace: Trace | None = None
    ) -> None:
        text = to_text(decision)
        with self._lock:
            if decision.decision_id in self._texts:
                raise duplicate(decision.decision_id)
            self._texts[decision.decision_id] = text
            if shown is not None:
                self._shown[decision.decision_id] = shown.pack()
            if trace is not None:
                self._traces[decision.decision_id] = trace.pack()

    def get(self, decision_id: str) -> Recommendation | None:
        with self._lock:
            text = self._texts.get(decision_id)
        return None if text is None else from_text(decision_id, text)

    def shown_features(self, decision_id: str) -> ShownFeatures | None:
        with self._lock:
            packed = self._shown.get(decision_id)
        return None if packed is None else ShownFeatures.unpack(packed, f"decision {decision_id}")

    def trace(self, decision_id: str) -> Trace | None:
        with self._lock:
            packed = self._traces.get(decision_id)
        return None if packed is None else Trace.unpack(packed, f"decision {decision_id}")

    def recent(self, limit: int = 20) -> list[Recommendation]:
        with self._lock:
            newest = list(islice(reversed(self._texts.items()), checked_limit(limit)))
        return [from_text(decision_id, text) for decision_id, text in newest]

    def between(self, since: datetime, until: datetime) -> list[Recommendation]:
        with self._lock:
            texts = list(self._texts.items())
        found = (from_text(decision_id, text) for decision_id, text in texts)
        return [decision for decision in found if since <= decision.made_at < until]

    def check(self) -> None:
        """Memory is always there."""

    def close(self) -> None:
        """Holds nothing that needs closing."""
