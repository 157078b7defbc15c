from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastemaker.errors import RankingError
from tastemaker.ranking import order


def test_order_best_first_ties_by_creator_id() -> None:
    assert order(np.array([1.0, 3.0, 1.0, 3.0]), ["kd", "kc", "ka", "kb"]).tolist() == [3, 1, 2, 0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_order_refuses_values_that_are_not_finite(bad: float) -> None:
    with pytest.raises(RankingError, match="creator kb has the value"):
        order(np.array([1.0, bad]), ["ka", "kb"])


def test_order_refuses_other_lengths() -> None:
    with pytest.raises(RankingError, match="one each"):
        order(np.array([1.0]), ["ka", "kb"])


@given(
    st.lists(st.tuples(st.integers(0, 3), st.text("abc", min_size=1, max_size=3)), unique_by=lambda t: t[1])
)
def test_order_equals_the_obvious_sort(rows: list[tuple[int, str]]) -> None:
    values, ids = np.array([float(v) for v, _ in rows]), [i for _, i in rows]
    obvious = sorted(range(len(rows)), key=lambda r: (-values[r], ids[r]))
    assert order(values, np.array(ids, dtype=object)).tolist() == obvious
