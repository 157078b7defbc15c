from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastemaker.errors import RankingError
from tastemaker.ranking import grades, realised_value

NAN = float("nan")


def examples(rows: list[tuple[float, ...]]) -> pd.DataFrame:
    names = ["objective", "agreed", "cost", "reach", "engagements", "conversions", "content_rating"]
    return pd.DataFrame(rows, columns=names)


def test_realised_value_is_the_objectives_kpi_over_cost() -> None:
    found = realised_value(
        examples(
            [
                (0, 1, 100, 5000, 70, 3, 4),
                (1, 1, 100, 5000, 70, 3, 4),
                (2, 1, 100, 5000, 70, 3, 4),
                (3, 1, 100, 5000, 70, 3, 4),
            ]
        )
    )
    np.testing.assert_allclose(found, [50.0, 0.7, 0.03, 0.04])


def test_realised_value_of_declined_is_zero_and_of_unoffered_unknown() -> None:
    found = realised_value(
        examples(
            [
                (0, 0, NAN, NAN, NAN, NAN, NAN),  # declined
                (0, NAN, NAN, NAN, NAN, NAN, NAN),  # never offered
                (0, 1, 100, NAN, 70, 3, 4),  # no reading of this KPI yet
                (0, 1, NAN, 5000, 70, 3, 4),  # cost unknown
                (0, 1, 0, 5000, 70, 3, 4),  # no cost: a ratio would be infinite
            ]
        )
    )
    np.testing.assert_array_equal(found, [0.0, NAN, NAN, NAN, NAN])


def test_realised_value_refuses_an_unknown_objective() -> None:
    with pytest.raises(RankingError, match=r"row 0: objective .*7.0.* is unknown; the codes are 0 awareness"):
        realised_value(examples([(7, 1, 100, 1, 1, 1, 1)]))


def test_grades_within_each_decision() -> None:
    values = np.array([0.0, 5.0, 1.0, 9.0, 3.0, 100.0, 0.0, 200.0])
    decisions = np.array(["a"] * 5 + ["b"] * 3)
    assert grades(values, decisions).tolist() == [0, 3, 1, 4, 2, 1, 0, 3]


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.0]), min_size=1, max_size=30))
def test_grades_never_contradict_values(values: list[float]) -> None:
    array = np.array(values)
    got = grades(array, np.zeros(len(array)))
    for i in range(len(array)):
        for j in range(len(array)):
            assert not (array[i] > array[j] and got[i] < got[j])
            assert array[i] != array[j] or got[i] == got[j]
    assert ((got == 0) == (array == 0)).all()
    assert got.max() <= 4
