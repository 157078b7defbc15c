"""The world is frozen: a change of its function raises ``FORMULA``, and these figures with it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tastemaker.config import Simulation
from tastemaker.simulation import FORMULA, simulate

FROZEN = {
    1: (
        ("account_snapshots", "followers", 1898, 66658499),
        ("post_snapshots", "likes", 1838, 1146518),
        ("audiences", "share", 4451, 547.0),
        ("offers", "quoted", 88, 77480.18),
        ("outcomes", "impressions", 175, 838706),
        ("outcomes", "revenue", 175, 8820.26),
        ("truth/expected", "p_accept", 198, 108.558),
        ("truth/expected", "reach", 198, 972979.174),
        ("truth/expected", "fee", 198, 149753.599),
    )
}
"""FORMULA -> (table, column, rows, sum) of the world of 60 creators, 6 brands and 12 campaigns, seed 7."""


def test_the_worlds_function_is_frozen(tmp_path: Path) -> None:
    simulate(Simulation(creators=60, brands=6, campaigns=12), tmp_path)
    for name, column, rows, total in FROZEN[FORMULA]:
        values = pq.read_table(tmp_path / f"{name}.parquet")[column]
        assert len(values) == rows, name
        # The last digits may hang on the processor; a change of the function does not hide in them.
        assert pc.sum(values).as_py() == pytest.approx(total, rel=1e-4), f"{name}.{column}"
