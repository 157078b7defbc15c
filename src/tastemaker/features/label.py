"""A label: what a column of a snapshot is called where people read it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Unit = Literal[
    "count",
    "share",
    "change",
    "ratio",
    "number",
    "per week",
    "days",
    "dollars",
    "level",
    "time",
    "text",
    "flag",
]
"""``share``: a fraction shown as percent; ``change``: the same, with its sign; ``number``: on a scale of its own."""


class Label(NamedTuple):
    """``unknown``: why the value may be missing. ``compared``: more or less of it means something among peers.

    ``detail``: it stands behind another signal, so a short card leaves it out.
    """

    name: str
    unit: Unit
    unknown: str
    compared: bool = True
    detail: bool = False


def detail(name: str, unit: Unit, unknown: str, compared: bool = False) -> Label:
    """The label of a detail; most of them are nothing to compare."""
    return Label(name, unit, unknown, compared, detail=True)
