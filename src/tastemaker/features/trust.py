"""How far each group of fields can be trusted: the confidence columns of a bucket's statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from tastemaker.config import Confidence, Evidence
from tastemaker.features.bucket import DAY, micros
from tastemaker.features.confidence import confidence
from tastemaker.features.snapshot import to_numpy

AMOUNTS: dict[str, str] = {
    "size": "size_readings",
    "sponsorship": "judged_posts",
    "safety": "safety_posts",
    "history": "past_campaigns",
}
"""Group -> the column of the statistics that counts what it stands on."""


def with_confidence(rows: pa.Table, as_ofs: Sequence[datetime], config: Confidence) -> pa.Table:
    """``rows`` with ``<group>_confidence`` for each group of :data:`AMOUNTS`: 0..1, null where it is unknown.

    ``rows``: column ``t`` (place in ``as_ofs``), and of each group its amount and ``<group>_as_of`` (microseconds).
    """
    moment = np.array([micros(a) for a in as_ofs], dtype=np.float64)[rows.column("t").to_numpy()]
    for group, amount in AMOUNTS.items():
        told: Evidence = getattr(config, group)
        age = (moment - to_numpy(rows.column(f"{group}_as_of"))) / DAY
        found = confidence(to_numpy(rows.column(amount)), told.enough, age, told.half_life_days)
        rows = rows.append_column(f"{group}_confidence", pa.array(found, from_pandas=True))
    return rows
