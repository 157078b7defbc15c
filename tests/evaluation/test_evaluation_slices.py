from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tastemaker.evaluation import compare_slices
from tastemaker.evaluation.metrics import Flags

RNG = np.random.default_rng(0)
QUERIES, ROWS = 40, 6
FRAME = pd.DataFrame(
    {
        "query": np.repeat([f"q{i:02d}" for i in range(QUERIES)], ROWS),
        "platform": np.tile(["a", "a", "b", "b", "b", None], QUERIES),
        "first": RNG.normal(size=QUERIES * ROWS),
    }
)
FRAME["second"] = FRAME["first"] - np.where(FRAME["platform"] == "b", 1.0, 0.0)
BRAND = np.where(FRAME["query"] < "q05", "new", "known")


def mean_value(rows: Flags) -> tuple[pd.Series, pd.Series]:
    part = FRAME[rows].groupby("query")
    return part["first"].mean(), part["second"].mean()


def test_a_slice_within_queries_finds_what_the_whole_hides() -> None:
    slices = {s.name: s for s in compare_slices(mean_value, {"platform": FRAME["platform"].to_numpy()})}
    assert set(slices) == {"a", "b"}
    assert slices["a"].difference.value == 0.0
    assert slices["b"].difference.value == pytest.approx(-1.0)
    assert slices["b"].difference.high < 0
    assert slices["b"].queries == QUERIES
    assert slices["b"].second == pytest.approx(slices["b"].first - 1.0)


def test_a_slice_with_too_few_queries_is_shown_and_not_judged() -> None:
    new, known = sorted(compare_slices(mean_value, {"brand": BRAND}, least=20), key=lambda s: s.queries)
    assert (new.name, new.queries, new.judged) == ("new", 5, False)
    assert np.isfinite(new.difference.value)
    assert new.to_json()["difference"] == {"value": new.difference.value, "ci95": [None, None]}
    assert (known.queries, known.judged) == (35, True)


def test_more_slices_make_each_interval_wider() -> None:
    def noisy(rows: Flags) -> tuple[pd.Series, pd.Series]:
        return FRAME[rows].groupby("query")["first"].mean(), pd.Series(0.0, index=FRAME["query"].unique())

    whole = np.full(len(FRAME), "all", dtype=object)
    one = compare_slices(noisy, {"whole": whole})[0].difference
    among = compare_slices(noisy, {"whole": whole, "platform": FRAME["platform"].to_numpy()})[0].difference
    assert among.value == one.value
    assert among.low < one.low
    assert among.high > one.high


def test_queries_that_only_one_order_can_be_judged_in_say_nothing() -> None:
    def holes(rows: Flags) -> tuple[pd.Series, pd.Series]:
        first, second = mean_value(rows)
        return first.iloc[:30], second.where(second.index >= "q10")

    (part,) = compare_slices(holes, {"whole": np.full(len(FRAME), "all", dtype=object)})
    assert part.queries == 20


def test_unlabelled_rows_make_no_slice() -> None:
    assert compare_slices(mean_value, {"nothing": np.full(len(FRAME), None, dtype=object)}) == []
