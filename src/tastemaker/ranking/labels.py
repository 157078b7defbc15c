"""Labels: what a considered creator turned out to be worth.

Only those who got an offer have one. Who got an offer was somebody's choice, so labels are not a fair sample of the
considered; ``sample_weight`` of every ``fit`` is where a correction enters.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tastemaker.forecasting import KPI_COLUMNS
from tastemaker.forecasting.frames import by_objective, numbers

WHERE = "examples"


def realised_value(examples: pd.DataFrame) -> np.ndarray:
    """KPI per US dollar (n,): the objective's KPI over the total cost where the creator agreed, 0 where declined.

    NaN for the unlabelled: never offered, unanswered, no outcome yet, or a cost that is unknown or zero.
    """
    agreed = numbers(examples, "agreed", WHERE)
    cost = numbers(examples, "cost", WHERE)
    kpi = np.full(len(examples), np.nan)
    for code, rows in by_objective(examples, WHERE):
        kpi[rows] = numbers(examples, KPI_COLUMNS[code], WHERE)[rows]
    value = np.full(len(examples), np.nan)
    np.divide(kpi, cost, out=value, where=(agreed == 1.0) & (cost > 0.0))
    return np.where(agreed == 0.0, 0.0, value)


def grades(values: np.ndarray, decisions: np.ndarray, levels: int = 5) -> np.ndarray:
    """Graded labels (int64, 0..levels-1) within each decision: 0 for a value of 0, the rest by their place.

    The share of the decision's positive values below one's own says the grade; equal values have equal grades.
    """
    out = np.zeros(len(values), np.int64)
    frame = pd.DataFrame({"decision": decisions, "value": values})
    positive = frame[frame["value"] > 0.0]
    grouped = positive.groupby("decision")["value"]
    below = (grouped.rank(method="min") - 1.0) / grouped.transform("size")
    out[positive.index.to_numpy()] = 1 + (below.to_numpy() * (levels - 1)).astype(np.int64)
    return out
