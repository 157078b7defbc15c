"""Columns of a snapshot on audience reports: how many people stand behind them, how fresh and how sure they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from tastemaker.config import Evidence
from tastemaker.features.audience.overlap import COMMON_FACETS
from tastemaker.features.bucket import DAY
from tastemaker.features.confidence import confidence
from tastemaker.features.snapshot import to_numpy


def audience_columns(rows: pa.Table, assumed: float, told: Evidence) -> pa.Table:
    """``rows`` with ``audience_confidence``, from ``moment``, ``audience_at_<facet>`` and ``audience_sample_<facet>``.

    The mean over all facets of what each can be trusted (:func:`confidence` of its sample and age); a facet that is
    unknown counts 0, and where all are there is no confidence. ``assumed``: people behind a report that does not say.
    """
    moment = to_numpy(rows.column("moment"))
    trusted, known = np.zeros(len(rows)), np.zeros(len(rows), dtype=bool)
    for facet in COMMON_FACETS:
        at = to_numpy(rows.column(f"audience_at_{facet}"))
        people = to_numpy(rows.column(f"audience_sample_{facet}"))
        asked = np.where(np.isnan(people), assumed, people)
        there = ~np.isnan(at)
        one = confidence(asked, told.enough, (moment - at) / DAY, told.half_life_days)
        trusted += np.where(there, one, 0.0)
        known |= there
    values = np.where(known, trusted / len(COMMON_FACETS), np.nan)
    return rows.append_column("audience_confidence", pa.array(values, pa.float64(), from_pandas=True))
