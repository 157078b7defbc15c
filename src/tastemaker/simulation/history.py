"""The record of the past: rows of the campaign tables as they come, and the expectations of every eligible pair."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from tastemaker.simulation.clock import Ints, instants
from tastemaker.simulation.response import Expected
from tastemaker.simulation.writing import Columns

Rows = dict[str, list[Any]]


def _rows() -> Rows:
    return defaultdict(list)


@dataclass(frozen=True)
class Commissioned:
    """A post that a campaign paid for; ``totals``: six final counts, as in ``posting.Posts``."""

    creator: int
    account: int
    brand: int
    kind: str
    day: float
    disclosed: bool
    thing: int
    totals: list[int]


@dataclass
class History:
    """``expected``: (campaign number, lead accounts, expectations); ``brands``: brand of each campaign."""

    campaigns: Rows = field(default_factory=_rows)
    decisions: Rows = field(default_factory=_rows)
    items: Rows = field(default_factory=_rows)
    offers: Rows = field(default_factory=_rows)
    outcomes: Rows = field(default_factory=_rows)
    posts: list[Commissioned] = field(default_factory=list)
    expected: list[tuple[int, Ints, Expected]] = field(default_factory=list)
    brands: list[int] = field(default_factory=list)


def add(rows: Rows, **values: Any) -> None:
    """One value more in each named column."""
    for name, value in values.items():
        rows[name].append(value)


def table(rows: Rows, *times: str) -> Columns:
    """Rows as columns; those named in ``times`` are days and become instants."""
    return {
        name: instants(np.array(values, dtype=np.float64)) if name in times else pa.array(values)
        for name, values in rows.items()
    }


def campaign_id(number: int) -> str:
    return f"ca{number:05d}"


def decision_id(number: int) -> str:
    return f"de{number:05d}"
