"""The verdict in words: what moved, from what to what, and whether to retrain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np

from tastemaker.evaluation.drift.compare import LEVELS, Check, Compared, Level

FORMAT = 1
Verdict = Literal["none", "watch", "retrain", "too few"]
_LOGS = "log_"
UNIT_FACTOR = 50.0
"""A median that jumps so many times at once is a unit or a field mixed up before it is a market."""


@dataclass(frozen=True)
class DriftReport:
    """What the live rows of ``since`` (included) to ``until`` (not included) say of the bundle's training.

    ``alarm``: whether the verdict reaches the configured level. ``notes``: what could not be compared, and why.
    """

    bundle: str
    since: datetime
    until: datetime
    verdict: Verdict
    alarm: bool
    reasons: tuple[str, ...]
    advice: str
    notes: tuple[str, ...]
    cohorts: Mapping[str, Compared]

    @property
    def findings(self) -> tuple[Check, ...]:
        """What moved, worst first."""
        return findings(self.cohorts)

    def to_json(self) -> dict[str, Any]:
        """The document of ``docs/monitoring.md``; NaN as null."""
        return {
            "format": FORMAT,
            "bundle": self.bundle,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "verdict": self.verdict,
            "alarm": self.alarm,
            "reasons": list(self.reasons),
            "advice": self.advice,
            "notes": list(self.notes),
            "cohorts": {name: _cohort_json(part) for name, part in self.cohorts.items()},
        }


def report(
    bundle: str,
    since: datetime,
    until: datetime,
    cohorts: Mapping[str, Compared],
    *,
    alarm_at: Level,
    notes: tuple[str, ...] = (),
) -> DriftReport:
    """The verdict over all cohorts; without a cohort that could be compared it is ``too few``, which is no alarm."""
    found = findings(cohorts)
    worst = max((LEVELS.index(check.level) for check in found), default=0)
    compared = [part for part in cohorts.values() if part.too_few is None]
    verdict: Verdict = LEVELS[worst] if compared else "too few"
    alarm = bool(compared) and worst >= LEVELS.index(alarm_at)
    told = [f"{name}: {part.too_few}; not compared" for name, part in cohorts.items() if part.too_few]
    told += [
        f"{name}: too few rows of {', '.join(part.skipped)}" for name, part in cohorts.items() if part.skipped
    ]
    told += [
        f"{say(check)}; so it did in the same season a year before"
        for part in cohorts.values()
        for check in part.checks
        if check.seasonal
    ]
    return DriftReport(
        bundle, since, until, verdict, alarm, tuple(map(say, found)), _advice(verdict, found),
        (*notes, *told), cohorts,
    )  # fmt: skip


def findings(cohorts: Mapping[str, Compared]) -> tuple[Check, ...]:
    """The checks whose level is not none: worst first, then by how many floors their effect is high."""
    found = [check for part in cohorts.values() for check in part.checks if check.level != "none"]
    return tuple(
        sorted(found, key=lambda c: (-LEVELS.index(c.level), -c.effect / c.floor, c.column, c.measure))
    )


def say(check: Check) -> str:
    """One line: the feature, the reference figure and the live one."""
    old, new = check.reference, check.live
    low, high = check.interval
    name = check.column
    if check.measure == "missing":
        return f"{name}: unknown in {new:.0%} of the rows, in training in {old:.0%}"
    if check.measure == "rate":
        return f"{name}: {new:.0%} ({low:.0%} to {high:.0%}), in training {old:.0%}"
    if check.measure == "psi":
        index = f"stability index {check.effect:.2f}, allowed {check.floor:.2f}"
        if check.category is not None:
            return f"{name}: {check.category} is {new:.0%} of the rows, in training {old:.0%} ({index})"
        return f"{name}: median {new:.3g}, in training {old:.3g}{_times(check)} ({index})"
    what = {
        "ratio": "what came true is {} times the forecast",
        "level": "the typical result is {} times its forecast",
        "slope": "the slope of results on forecasts is {}",
    }[check.measure]
    return f"{name}: {what.format(f'{new:.2f}')} ({low:.2f} to {high:.2f}), on held-out campaigns {old:.2f}"


def _times(check: Check) -> str:
    """For a logarithm, how many times the natural number is what it was."""
    if not check.column.startswith(_LOGS) or not np.isfinite(check.live - check.reference):
        return ""
    factor = float(np.exp(check.live - check.reference))
    return f", {factor:.3g} times as much" if factor >= 1 else f", 1/{1 / factor:.3g} of it"


def _advice(verdict: Verdict, found: tuple[Check, ...]) -> str:
    broken = [check.column for check in found if _looks_broken(check)]
    if verdict == "too few":
        return "wait for more decisions and outcomes, or ask for a longer period"
    if broken:
        named = ", ".join(dict.fromkeys(broken))
        return f"look at the source of {named} first; retrain only if the change is meant to stay"
    if verdict == "retrain":
        return "retrain on what has come since, and compare before promoting"
    if verdict == "watch":
        return "no retraining yet; look again with the next month"
    return "nothing to do"


def _looks_broken(check: Check) -> bool:
    if check.measure == "missing":
        return check.live > check.reference
    jump = abs(check.live - check.reference) >= np.log(UNIT_FACTOR)
    return check.measure == "psi" and check.column.startswith(_LOGS) and bool(jump)


def _cohort_json(part: Compared) -> dict[str, Any]:
    return {
        "decisions": part.decisions,
        "reference_decisions": part.reference_decisions,
        "too_few": part.too_few,
        "skipped": list(part.skipped),
        "checks": [
            {k: _plain(v) for k, v in asdict(check).items() if k != "cohort"} for check in part.checks
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value
