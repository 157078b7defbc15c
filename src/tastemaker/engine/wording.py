"""Values of a snapshot's columns as a card has them: a plain value for machines, a text with its unit for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tastemaker.features import Unit
from tastemaker.schema import SAFETY_LEVELS, Speaks

UNKNOWN = "unknown"

SLIGHT, STRONG = 1.0, 3.0
"""Log-odds from which evidence is more than a bare mention, and from which it is strong (odds of 3 and of 20, rounded):
Kass and Raftery, Bayes Factors (1995)."""


def plain_value(value: Any) -> float | int | bool | str | None:
    """The value of a column as JSON has it; a time in ISO 8601, UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, bool | int | float) or value is None else str(value)


def worded(value: Any, unit: Unit) -> str:
    """``0.0412`` of a share is ``4.1%``; None is ``unknown``."""
    return UNKNOWN if value is None else _WORDS[unit](value)


def speaks(contribution: float) -> Speaks:
    """Which way a contribution in log-odds (not 0) moves a probability, and how far: ``strongly against``."""
    size = abs(contribution)
    if contribution > 0:
        return "slightly for" if size < SLIGHT else "for" if size < STRONG else "strongly for"
    return "slightly against" if size < SLIGHT else "against" if size < STRONG else "strongly against"


def number(value: float) -> str:
    """Three figures, or all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _share(value: float) -> str:
    return "under 0.01%" if 0 < value < 1e-4 else _percent(value)


def _percent(value: float) -> str:
    """Two figures at least, so that a small rate does not look like none."""
    percent = 100 * value
    return f"{percent:.1f}%" if abs(percent) >= 0.1 or percent == 0 else f"{percent:.2g}%"


_WORDS: dict[Unit, Callable[[Any], str]] = {
    "count": lambda v: f"{v:,.0f}",
    "share": _share,
    "change": lambda v: ("+" if v > 0 else "") + _percent(v),
    "ratio": number,
    "number": number,
    "per week": lambda v: f"{number(v)} a week",
    "days": lambda v: f"{number(v)} days",
    "dollars": lambda v: f"${v:,.0f}" if abs(v) >= 10 else f"${v:,.2f}",
    "level": lambda v: SAFETY_LEVELS[int(v)],
    "time": lambda v: f"{v.astimezone(UTC):%Y-%m-%d}",
    "text": str,
    "flag": lambda v: "yes" if v else "no",
}
