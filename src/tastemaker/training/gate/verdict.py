"""What one rule of the gate says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

State: TypeAlias = Literal["holds", "fails", "not judged", "off"]
"""``not judged``: the rule could not be asked, and stands in nobody's way; ``off``: the configuration says null."""


@dataclass(frozen=True)
class Verdict:
    """``value``: the number that was judged, ``threshold``: what it was held against; None where there is none."""

    rule: str
    state: State
    value: float | None
    threshold: float | None
    reason: str

    def to_json(self) -> dict[str, object]:
        """Ready for ``json.dumps``."""
        value = None if self.value is None or not np.isfinite(self.value) else float(self.value)
        return {
            "rule": self.rule,
            "state": self.state,
            "value": value,
            "threshold": self.threshold,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        return f"{self.rule} {self.state}: {self.reason}"
