"""The gate: whether a version may take the champion's place, rule by rule, each with its number and its reason."""

from tastemaker.training.gate.decision import GateResult, judge_gate
from tastemaker.training.gate.rules import RULES
from tastemaker.training.gate.verdict import Verdict

__all__ = ["RULES", "GateResult", "Verdict", "judge_gate"]
