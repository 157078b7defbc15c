"""What every ranker keeps. A new one joins with a line in ``RANKERS_UNDER_TEST``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from foreign_models import COLUMNS, boosted_text, onnx_sum
from tastemaker.config import Forecasting, Ranking
from tastemaker.errors import RankingError
from tastemaker.features import PAIR_FEATURES
from tastemaker.ranking import (
    BASELINE,
    FILE_RANKERS,
    OWN_RESULTS,
    RANKERS,
    ContentRanker,
    LambdaMartRanker,
    LightGBMFileRanker,
    LinearRanker,
    OnnxFileRanker,
    PopularityRanker,
    Ranker,
    ValueRanker,
    load_ranker,
    order,
    save_ranker,
)
from tastemaker.schema import ModelDeclaration
from toy_examples import Toy, mean_ndcg, toy

# name -> (how it is made, the least NDCG@10 on the toy world: what it gets, less a margin for other platforms)
RANKERS_UNDER_TEST: dict[str, tuple[Callable[[], Ranker], float]] = {
    "popularity": (PopularityRanker, 0.1),
    "content": (ContentRanker, 0.5),
    "linear": (LinearRanker, 0.7),
    "value": (lambda: ValueRanker(Forecasting(rounds=40, learning_rate=0.15)), 0.9),
    "lambdamart": (lambda: LambdaMartRanker(Ranking(rounds=80)), 0.6),
}
LEARNING = ("linear", "value", "lambdamart")
DECLARED = ModelDeclaration(name="toy", columns=COLUMNS, fill={"log_fee": 5.0})
# Rankers in files, fitted elsewhere.
FILES_UNDER_TEST: dict[str, Callable[[], Ranker]] = {
    "lightgbm_file": lambda: LightGBMFileRanker(boosted_text(world()[0].examples), DECLARED),
    "onnx_file": lambda: OnnxFileRanker(onnx_sum(), _all_filled()),
}


@cache
def world() -> tuple[Toy, Toy]:
    return toy(campaigns=200, seed=3).split(0.75)


@cache
def fitted(name: str) -> Ranker:
    if name in FILES_UNDER_TEST:
        return FILES_UNDER_TEST[name]()
    return RANKERS_UNDER_TEST[name][0]().fit(world()[0].examples)


def _all_filled() -> ModelDeclaration:
    return DECLARED.model_copy(update={"fill": dict.fromkeys(COLUMNS, 0.0)})


@pytest.fixture(params=RANKERS_UNDER_TEST)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[*RANKERS_UNDER_TEST, *FILES_UNDER_TEST])
def ranker(request: pytest.FixtureRequest) -> Ranker:
    if request.param == "onnx_file":
        pytest.importorskip("onnx")
    return fitted(str(request.param))


@pytest.fixture
def explained(ranker: Ranker) -> Ranker:
    """A ranker that says what each feature added."""
    if not ranker.explains:
        with pytest.raises(RankingError, match="no contributions"):
            ranker.contributions(world()[1].examples)
        pytest.skip(f"{ranker.name} gives no contributions, and says so")
    return ranker


@pytest.fixture
def pairs() -> pd.DataFrame:
    return world()[1].examples[list(PAIR_FEATURES)]


def test_every_shipped_ranker_is_under_test() -> None:
    assert set(RANKERS_UNDER_TEST) == set(RANKERS)
    assert set(FILES_UNDER_TEST) == set(FILE_RANKERS)


def test_order_is_near_the_right_one(name: str, pairs: pd.DataFrame) -> None:
    reached = mean_ndcg(fitted(name).value(pairs), world()[1])
    assert reached > RANKERS_UNDER_TEST[name][1]
    assert name == "popularity" or reached > mean_ndcg(fitted("popularity").value(pairs), world()[1]) + 0.1


def test_values_are_finite_one_per_row(ranker: Ranker, pairs: pd.DataFrame) -> None:
    values = ranker.value(pairs)
    assert values.shape == (len(pairs),)
    assert values.dtype == np.float64
    assert np.isfinite(values).all()
    assert not ranker.calibrated or (values > 0).all()


def test_no_pairs_give_no_values(ranker: Ranker, pairs: pd.DataFrame) -> None:
    assert ranker.value(pairs.head(0)).shape == (0,)
    assert ranker.raw(pairs.head(0)).shape == (0,)


def test_no_pairs_give_no_contributions(explained: Ranker, pairs: pd.DataFrame) -> None:
    names, matrix = explained.contributions(pairs.head(0))
    assert matrix.shape == (0, len(names))


def test_fitting_twice_gives_the_same_bits_whatever_the_row_order(name: str, pairs: pd.DataFrame) -> None:
    shuffled = world()[0].examples.sample(frac=1.0, random_state=5)
    again = RANKERS_UNDER_TEST[name][0]().fit(shuffled)
    np.testing.assert_array_equal(again.value(pairs), fitted(name).value(pairs))


def test_a_value_does_not_hang_on_its_neighbours(ranker: Ranker, pairs: pd.DataFrame) -> None:
    values = ranker.value(pairs)
    turned = np.random.default_rng(0).permutation(len(pairs))
    np.testing.assert_array_equal(ranker.value(pairs.iloc[turned]), values[turned])
    np.testing.assert_array_equal(ranker.value(pairs.iloc[7:8]), values[7:8])


def test_shown_order_is_stable_under_permutation(ranker: Ranker) -> None:
    rows = world()[1].examples.head(25)
    turned = rows.sample(frac=1.0, random_state=1)
    shown = [
        r["creator_id"].to_numpy()[order(ranker.value(r), r["creator_id"].to_numpy())].tolist()
        for r in (rows, turned)
    ]
    assert shown[0] == shown[1]


def test_equal_pairs_are_tied_and_go_by_creator_id(ranker: Ranker, pairs: pd.DataFrame) -> None:
    same = pd.concat([pairs.iloc[[3]]] * 4)
    values = ranker.value(same)
    assert len(set(values)) == 1
    assert order(values, ["kb", "ka", "kd", "kc"]).tolist() == [1, 0, 3, 2]


def test_saved_and_loaded_is_bit_equal(ranker: Ranker, pairs: pd.DataFrame, tmp_path: Path) -> None:
    save_ranker(ranker, tmp_path / "r")
    again = load_ranker(tmp_path / "r")
    assert type(again) is type(ranker)
    np.testing.assert_array_equal(again.value(pairs), ranker.value(pairs))
    if ranker.explains:
        np.testing.assert_array_equal(again.contributions(pairs)[1], ranker.contributions(pairs)[1])
    assert again.notes == ranker.notes
    save_ranker(again, tmp_path / "s")
    for path in sorted(p for p in (tmp_path / "r").rglob("*") if p.is_file()):
        assert path.read_bytes() == (tmp_path / "s" / path.relative_to(tmp_path / "r")).read_bytes(), (
            path.name
        )
        assert path.suffix in {".json", ".txt", ".onnx", ".parquet"}


def test_a_missing_feature_column_is_named(ranker: Ranker, pairs: pd.DataFrame) -> None:
    needed = (
        [n for n in ranker.contributions(pairs.head(1))[0] if n not in (OWN_RESULTS, BASELINE)]
        if ranker.explains
        else list(COLUMNS)
    )
    with pytest.raises(RankingError, match=needed[-1]):
        ranker.value(pairs.drop(columns=needed[-1]))


def test_unknown_features_give_finite_values(ranker: Ranker, pairs: pd.DataFrame) -> None:
    dark = pairs.head(20).copy()
    dark[[c for c in dark.columns if c != "objective"]] = np.nan
    assert np.isfinite(ranker.value(dark)).all()
    for column in PAIR_FEATURES[1:]:
        holes = pairs.head(5).assign(**{column: np.nan})
        assert np.isfinite(ranker.value(holes)).all(), column


def test_extra_columns_and_their_order_change_nothing(ranker: Ranker, pairs: pd.DataFrame) -> None:
    other = pairs[pairs.columns[::-1]].assign(creator_id="kx")
    np.testing.assert_array_equal(ranker.value(other), ranker.value(pairs))


def test_contributions_sum_to_the_raw_score(explained: Ranker, pairs: pd.DataFrame) -> None:
    names, matrix = explained.contributions(pairs)
    assert names[-1] == BASELINE
    assert len(set(names)) == len(names)
    assert matrix.shape == (len(pairs), len(names))
    np.testing.assert_allclose(matrix.sum(axis=1), explained.raw(pairs), atol=1e-6)


def test_values_never_contradict_raw_scores_of_one_objective(ranker: Ranker, pairs: pd.DataFrame) -> None:
    for code in range(4):
        rows = pairs[pairs["objective"] == code]
        values, raw = ranker.value(rows), ranker.raw(rows)
        best = np.argsort(raw, kind="stable")
        rising = np.diff(raw[best]) > 1e-9
        assert (np.diff(values[best])[rising] > 0).all()


@pytest.mark.parametrize("name", LEARNING)
def test_fit_names_a_missing_example_column(name: str) -> None:
    with pytest.raises(RankingError, match="agreed"):
        RANKERS_UNDER_TEST[name][0]().fit(world()[0].examples.drop(columns="agreed"))


@pytest.mark.parametrize("name", LEARNING)
def test_fit_without_any_outcome_says_the_way_out(name: str) -> None:
    blank = world()[0].examples.copy()
    blank[["reach", "engagements", "conversions", "content_rating", "agreed", "quoted", "cost"]] = np.nan
    with pytest.raises(RankingError, match=r"'content'|'value'"):
        RANKERS_UNDER_TEST[name][0]().fit(blank)


@pytest.mark.parametrize("name", LEARNING)
def test_sample_weight_matters_and_equal_weights_do_not(name: str, pairs: pd.DataFrame) -> None:
    examples = world()[0].examples
    make = RANKERS_UNDER_TEST[name][0]
    same = make().fit(examples, np.ones(len(examples))).value(pairs)
    np.testing.assert_array_equal(same, fitted(name).value(pairs))
    tilted = make().fit(examples, np.where(examples["log_followers"] > 10, 3.0, 0.3)).value(pairs)
    assert not np.array_equal(tilted, same)


@pytest.mark.parametrize("name", LEARNING)
def test_own_feature_columns(name: str) -> None:
    columns = ("content_similarity", "audience_fit", "log_followers")
    kind = type(fitted(name))
    config = {"value": (Forecasting(rounds=10),), "lambdamart": (Ranking(rounds=10),)}.get(name, ())
    small = kind(*config, columns=columns).fit(world()[0].examples)  # type: ignore[call-arg]
    rows = world()[1].examples[[*columns, "objective"]]
    assert np.isfinite(small.value(rows)).all()
    assert [n for n in small.contributions(rows)[0] if n != OWN_RESULTS] == [*columns, BASELINE]


@pytest.mark.parametrize("name", LEARNING)
def test_values_are_in_kpi_per_dollar(name: str, pairs: pd.DataFrame) -> None:
    """The average promise is the average truth, objective by objective, although their units differ by thousands."""
    values, truth = fitted(name).value(pairs), world()[1].truth["value"].to_numpy()
    codes = pairs["objective"].to_numpy()
    promised = np.array([values[codes == c].mean() / truth[codes == c].mean() for c in range(4)])
    assert ((promised > 0.4) & (promised < 2.5)).all(), promised
