"""All rules together: does the gate hold?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tastemaker.config import Config
from tastemaker.errors import TrainingError
from tastemaker.evaluation import Estimate
from tastemaker.training.comparison.result import Comparison
from tastemaker.training.gate.rules import RULES
from tastemaker.training.gate.verdict import Verdict


@dataclass(frozen=True)
class GateResult:
    """``difference`` is candidate minus champion in NDCG, None where there was nothing to compare with.

    ``forced``: the reason that a person gave for opening a gate that does not hold; ``passed`` is true then.
    """

    passed: bool
    difference: Estimate | None
    reason: str
    verdicts: tuple[Verdict, ...] = ()
    forced: str | None = None

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the rules that fail."""
        return tuple(verdict.rule for verdict in self.verdicts if verdict.state == "fails")

    def force(self, reason: str) -> GateResult:
        """The gate opened by a person, whatever the rules say. Raises TrainingError for an empty reason."""
        if not reason.strip():
            raise TrainingError("a promotion by force needs a reason, which is recorded; give one")
        said = " ".join(reason.split())
        return replace(self, passed=True, reason=f"forced: {said}; the gate: {self.reason}", forced=said)

    def to_json(self) -> dict[str, Any]:
        """Ready for ``json.dumps``."""
        return {
            "passed": self.passed,
            "forced": self.forced,
            "reason": self.reason,
            "difference": None if self.difference is None else self.difference.to_json(),
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
        }


def judge_gate(comparison: Comparison | None, config: Config, *also: Verdict) -> GateResult:
    """Passes when no rule of :data:`RULES` fails, nor one of ``also`` (what was found without comparing).

    ``comparison``: the champion first, the new version second. Without a champion (None) the first version passes
    unless one of ``also`` fails.
    """
    if comparison is None:
        verdicts, gap = also, None
        reasons = [v.reason for v in also if v.state == "fails"] or [
            "first version: there was no champion to compare with"
        ]
    else:
        verdicts = (*also, *(rule(comparison, config.promotion) for rule in RULES.values()))
        gap = None if comparison.backtest is None else comparison.backtest.difference
        failed = [v for v in verdicts if v.state == "fails"]
        reasons = [f"{v.rule}: {v.reason}" for v in failed] or [
            v.reason for v in verdicts if v.state == "holds"
        ][:1]
        reasons = reasons or ["every rule is off or could not be judged"]
    passed = not any(v.state == "fails" for v in verdicts)
    return GateResult(passed, gap, "; ".join(reasons), tuple(verdicts))
