from __future__ import annotations

import numpy as np
import pytest

from tastemaker.errors import EvaluationError
from tastemaker.evaluation import exposure_shares, mean_exposure, median_growth, share_change


def slow_share(ranks: list[int], groups: list[str], wanted: str) -> float:
    weight = {r: 1.0 / np.log2(r + 1) for r in ranks}
    return sum(weight[r] for r, g in zip(ranks, groups, strict=True) if g == wanted) / sum(weight.values())


def test_shares_are_those_of_a_slow_second_version() -> None:
    queries, ranks = ["q1"] * 3 + ["q2"] * 2, [1, 2, 3, 1, 2]
    groups = ["nano", "mid", "nano", "mid", None]
    shares = exposure_shares(queries, ranks, groups)
    assert shares.loc["q1", "nano"] == pytest.approx(slow_share([1, 2, 3], ["nano", "mid", "nano"], "nano"))
    assert shares.loc["q2", "unknown"] == pytest.approx(slow_share([1, 2], ["mid", "?"], "?"))
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_the_first_place_counts_most() -> None:
    top = exposure_shares(["q"] * 2, [1, 2], ["small", "big"])
    last = exposure_shares(["q"] * 2, [2, 1], ["small", "big"])
    assert top.loc["q", "small"] > 0.5 > last.loc["q", "small"]


def test_a_group_that_is_never_shown_has_no_share() -> None:
    table = mean_exposure(exposure_shares(["q"], [1], ["a"]), exposure_shares(["q"], [1], ["b"]))
    assert table.to_dict("index") == {"a": {"first": 1.0, "second": 0.0}, "b": {"first": 0.0, "second": 1.0}}


def test_a_change_is_paired_by_query() -> None:
    queries = [f"q{i}" for i in range(30)]
    first = exposure_shares(queries * 2, [1] * 30 + [2] * 30, ["small"] * 30 + ["big"] * 30)
    second = exposure_shares(queries * 2, [1] * 30 + [2] * 30, ["big"] * 30 + ["small"] * 30)
    gone = share_change(first, second, ["small"])
    assert (
        gone.value
        == pytest.approx(gone.high)
        == pytest.approx(second["small"].mean() - first["small"].mean())
    )
    assert gone.high < 0
    assert share_change(first, second.iloc[:0], ["small"]).value != 0  # nothing shared: NaN, not zero


@pytest.mark.parametrize(
    ("ranks", "message"), [([0, 1], "the first place is 1"), ([1], "expected one each per line shown")]
)
def test_impossible_lines_are_refused(ranks: list[int], message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        exposure_shares(["q", "q"], ranks, ["a", "b"])


def test_growth_is_of_the_median_pair_and_hears_no_pause() -> None:
    before = np.linspace(10.0, 100.0, 41)
    after = before * 1.2
    after[3] *= 50.0
    growth = median_growth(before, after)
    assert growth.value == pytest.approx(0.2)
    assert growth.high < 0.3
    with pytest.raises(EvaluationError, match="not above 0"):
        median_growth([1.0], [0.0])
    with pytest.raises(EvaluationError, match="pair to pair"):
        median_growth([1.0], [1.0, 2.0])
