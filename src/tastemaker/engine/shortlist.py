"""Ranked rows to the lines of a shortlist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tastemaker.bundle import Bundle
from tastemaker.forecasting import Forecast, Forecaster, Quantiles
from tastemaker.ranking import BASELINE
from tastemaker.schema import Candidate, Contribution, Interval, Placement


def shortlist(
    bundle: Bundle,
    pairs: pd.DataFrame,
    rows: np.ndarray,
    values: np.ndarray,
    sources: list[str],
    shown: int,
    placements: Sequence[Placement | None],
) -> tuple[Candidate, ...]:
    """One :class:`Candidate` per row of ``pairs``, first place first; ``rows``: their account rows in the snapshot."""
    if len(rows) == 0:
        return ()
    table = bundle.snapshot.table.take(rows.tolist())
    facts: list[dict[str, Any]] = table.select(
        ["creator_id", "account_id", "handle", "display_name", "platform", "country", "followers", "engagement_rate",
         "authenticity"]
    ).to_pylist()  # fmt: skip
    forecasts = _forecasts(bundle.ranker.forecaster, pairs)
    parts = _contributions(bundle, pairs, shown)
    return tuple(
        Candidate(
            rank=i + 1,
            **facts[i],
            score=float(values[i]),
            audience_fit=_known(pairs["audience_fit"].iloc[i]),
            content_fit=_known(pairs["content_similarity"].iloc[i]),
            **forecasts[i],
            source=sources[i],
            features=parts[i],
            placement=placements[i],
        )
        for i in range(len(rows))
    )


def _forecasts(forecaster: Forecaster | None, pairs: pd.DataFrame) -> list[dict[str, Any]]:
    """The fields of a :class:`Candidate` that a forecaster fills, a dictionary a row."""
    if forecaster is None:
        return [{"p_accept": None, "forecast": None, "fee": None}] * len(pairs)
    told = forecaster.forecasts(pairs)
    intervals, fees = _intervals(told.kpi), _intervals(told.fee)
    counts = {name: _intervals(q) for name, q in told.outcomes.items()}
    return [
        {
            "p_accept": _known(told.p_accept[i]),
            "expected_kpi": _known(told.kpi.mean[i]),
            "expected_cost": _known(told.cost[i]),
            "forecast": intervals[i],
            "fee": fees[i],
            "outcomes": {name: count[i] for name, count in counts.items() if count[i] is not None},
        }
        for i in range(len(pairs))
    ]


def _intervals(forecast: Forecast | Quantiles) -> list[Interval | None]:
    triples = zip(forecast.low, forecast.median, forecast.high, strict=True)
    return [
        Interval(low=float(a), median=float(b), high=float(c)) if np.isfinite([a, b, c]).all() else None
        for a, b, c in triples
    ]


def _contributions(bundle: Bundle, pairs: pd.DataFrame, shown: int) -> list[tuple[Contribution, ...]]:
    if not bundle.ranker.explains:
        return [()] * len(pairs)
    names, matrix = bundle.ranker.contributions(pairs)
    # What is the same for everyone on the list (the baseline, the brief's budget) explains nobody's place.
    own = [j for j, name in enumerate(names) if name != BASELINE and not _same_for_all(pairs, name)]
    names, matrix = [names[j] for j in own], matrix[:, own]
    top = np.argsort(-np.abs(matrix), axis=1, kind="stable")[:, :shown]
    return [
        tuple(
            Contribution(feature=names[j], value=_value(pairs, names[j], i), contribution=float(matrix[i, j]))
            for j in columns
            if matrix[i, j] != 0.0
        )
        for i, columns in enumerate(top)
    ]


def _same_for_all(pairs: pd.DataFrame, name: str) -> bool:
    return len(pairs) > 1 and name in pairs and pairs[name].nunique(dropna=False) == 1


def _value(pairs: pd.DataFrame, name: str, row: int) -> float | None:
    return _known(pairs[name].iloc[row]) if name in pairs.columns else None


def _known(value: float) -> float | None:
    return None if not np.isfinite(value) else float(value)
