"""Models made elsewhere: their scores to the last bit, and one clear error for what can not be served."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from foreign_models import COLUMNS, WEIGHTS, boosted_text, onnx_sum, packed
from tastemaker.errors import RankingError
from tastemaker.ranking import BASELINE, LightGBMFileRanker, OnnxFileRanker, read_foreign
from tastemaker.schema import ModelDeclaration
from toy_examples import toy

DECLARED = ModelDeclaration(name="toy", columns=COLUMNS)


@cache
def examples() -> pd.DataFrame:
    return toy(campaigns=60, seed=5).examples


@cache
def holes() -> pd.DataFrame:
    """Pairs of which some values are unknown."""
    pairs = examples()[list(COLUMNS)].copy()
    unknown = np.random.default_rng(2).random(pairs.shape) < 0.2
    return pairs.mask(unknown)


def declared(**changes: object) -> ModelDeclaration:
    return ModelDeclaration.parse({"name": "toy", "columns": list(COLUMNS), **changes})


@pytest.mark.parametrize("objective", ["regression", "binary", "tweedie"])
def test_lightgbm_scores_are_the_boosters_own(objective: str) -> None:
    text = boosted_text(examples(), objective)
    own = lgb.Booster(model_str=text.decode())
    ranker = LightGBMFileRanker(text, DECLARED)
    np.testing.assert_array_equal(ranker.value(holes()), own.predict(holes()[list(COLUMNS)].to_numpy()))
    np.testing.assert_array_equal(ranker.raw(holes()), own.predict(holes().to_numpy(), raw_score=True))
    names, parts = ranker.contributions(holes())
    assert names == [*COLUMNS, BASELINE]
    np.testing.assert_array_equal(parts, own.predict(holes().to_numpy(), pred_contrib=True))
    assert sum((ranker.gain_shares() or {}).values()) == pytest.approx(1.0)


def test_lightgbm_columns_may_have_names_of_their_own() -> None:
    text = boosted_text(examples()).decode()
    renamed = text.replace("feature_names=" + " ".join(COLUMNS), "feature_names=f0 f1 f2")
    plain, other = (LightGBMFileRanker(t.encode(), DECLARED) for t in (text, renamed))
    np.testing.assert_array_equal(other.value(holes()), plain.value(holes()))


def test_lightgbm_columns_in_another_order_are_refused() -> None:
    with pytest.raises(RankingError, match=r"feature 0 is 'content_similarity', .* at place 2"):
        LightGBMFileRanker(boosted_text(examples()), declared(columns=COLUMNS[::-1]))


def test_lightgbm_needs_a_column_for_each_feature() -> None:
    with pytest.raises(RankingError, match="reads 3 features, the declaration names 2 columns"):
        LightGBMFileRanker(boosted_text(examples()), declared(columns=COLUMNS[:2]))


def test_a_model_of_several_classes_is_refused() -> None:
    labels = np.arange(300) % 3
    data = lgb.Dataset(np.random.default_rng(0).random((300, 3)), labels)
    many = lgb.train({"objective": "multiclass", "num_class": 3, "verbosity": -1}, data, 2)
    with pytest.raises(RankingError, match="gives 3 scores"):
        LightGBMFileRanker(many.model_to_string().encode(), DECLARED)


def test_a_model_of_pandas_categories_is_refused() -> None:
    frame = pd.DataFrame({"platform": pd.Categorical(["x", "y"] * 100), "log_fee": np.arange(200.0)})
    data = lgb.Dataset(frame, np.arange(200.0))
    model = lgb.train({"verbosity": -1, "min_data_in_leaf": 5}, data, 2)
    with pytest.raises(RankingError, match="pandas categories"):
        LightGBMFileRanker(model.model_to_string().encode(), declared(columns=("platform", "log_fee")))


@pytest.mark.parametrize("text", [b"tree\nversion=v4\nhello", b"\xff\xfe\x00", b"not a model"])
def test_what_is_no_lightgbm_model_is_one_error(text: bytes) -> None:
    with pytest.raises(RankingError, match=r"house\.txt: not a LightGBM text model"):
        LightGBMFileRanker(text, DECLARED, "house.txt")


@pytest.mark.parametrize(("split", "double"), [(False, False), (True, False), (False, True)])
def test_onnx_scores_are_the_runtimes_own(split: bool, double: bool) -> None:
    pytest.importorskip("onnx")
    import onnxruntime

    model, dtype = onnx_sum(split=split, double=double), np.float64 if double else np.float32
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    known = examples()[list(COLUMNS)].dropna().head(50)
    rows = known.to_numpy().astype(dtype)
    feeds = [
        {c: row[[i]].reshape(1, 1) for i, c in enumerate(COLUMNS)} if split else {"x": row.reshape(1, -1)}
        for row in rows
    ]
    own = [session.run(None, feed)[0].item() for feed in feeds]
    ranker = OnnxFileRanker(model, DECLARED)
    np.testing.assert_array_equal(ranker.value(known), own)
    np.testing.assert_array_equal(ranker.raw(known), own)


def test_onnx_trees_take_unknown_values_as_they_are() -> None:
    """A tree that sends NaN to the left, as onnxruntime itself runs it on the whole batch."""
    pytest.importorskip("onnx")
    import onnxruntime

    model = _tree()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    own = session.run(None, {"x": holes().to_numpy().astype(np.float32)})[0].ravel()
    values = OnnxFileRanker(model, DECLARED).value(holes())
    np.testing.assert_array_equal(values, own.astype(np.float64))
    assert set(values) == {1.0, 2.0}


def test_a_nan_score_is_one_error_that_names_what_is_unknown() -> None:
    pytest.importorskip("onnx")
    pairs = pd.DataFrame({c: [1.0, 1.0] for c in COLUMNS}).assign(log_fee=[1.0, np.nan])
    with pytest.raises(RankingError, match=r"gave nan for row 1 of 2 \(unknown there: log_fee\).*'fill'"):
        OnnxFileRanker(onnx_sum(), DECLARED).value(pairs)
    filled = OnnxFileRanker(onnx_sum(), declared(fill={"log_fee": 2.0})).value(pairs)
    np.testing.assert_allclose(filled, [WEIGHTS.sum(), WEIGHTS.sum() + WEIGHTS[2]], rtol=1e-6)


def test_onnx_gives_no_contributions_and_says_so() -> None:
    pytest.importorskip("onnx")
    ranker = OnnxFileRanker(onnx_sum(), DECLARED)
    assert not ranker.explains
    assert "no contributions" in ranker.notes[0]
    with pytest.raises(RankingError, match="parts are never made up"):
        ranker.contributions(examples())


def test_onnx_outputs_are_chosen_by_name_and_column() -> None:
    pytest.importorskip("onnx")
    two = _two_outputs()
    known = examples()[list(COLUMNS)].dropna().head(5)
    with pytest.raises(RankingError, match="gives first, both; say in the declaration's 'output'"):
        OnnxFileRanker(two, DECLARED)
    with pytest.raises(RankingError, match="no output 'second'; it gives first, both"):
        OnnxFileRanker(two, declared(output="second"))
    with pytest.raises(
        RankingError, match="gives 6 numbers for a pair; say in the declaration's 'output_column'"
    ):
        OnnxFileRanker(two, declared(output="both")).value(known)
    with pytest.raises(RankingError, match="output_column 6: output 'both' gives 6 numbers"):
        OnnxFileRanker(two, declared(output="both", output_column=6)).value(known)
    chosen = OnnxFileRanker(two, declared(output="both", output_column=1)).value(known)
    np.testing.assert_array_equal(chosen, known["log_followers"].astype(np.float32))


def test_onnx_inputs_that_do_not_fit_are_refused() -> None:
    pytest.importorskip("onnx")
    with pytest.raises(RankingError, match=r"shape \['?.*3\]; the declaration names 2 columns"):
        OnnxFileRanker(onnx_sum(), declared(columns=COLUMNS[:2]))
    with pytest.raises(RankingError, match="in one alone: log_fee, platform"):
        OnnxFileRanker(onnx_sum(split=True), declared(columns=(*COLUMNS[:2], "platform")))
    with pytest.raises(RankingError, match=r"house\.onnx: not an ONNX model"):
        OnnxFileRanker(b"hello", DECLARED, "house.onnx")


@pytest.mark.parametrize("kind", [LightGBMFileRanker, OnnxFileRanker])
def test_a_column_that_there_is_not_is_named_with_all_there_are(kind: type) -> None:
    with pytest.raises(
        RankingError, match=r"no feature log_follower \(did you mean log_followers\?\), zodiac;"
    ) as said:
        kind(b"never read", declared(columns=("log_follower", "zodiac")))
    assert "content_similarity" in str(said.value)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('{"name": "x"}', "columns: required"),
        ('{"name": "x", "columns": []}', "columns: "),
        ('{"name": "x", "columns": ["log_fee"], "colour": 1}', "colour: unknown field"),
        ('{"name": "x", "columns": ["log_fee", "log_fee"]}', "columns are named twice: log_fee"),
        (
            '{"name": "x", "columns": ["log_fee"], "fill": {"views": 1}}',
            "fill names what is no column: views",
        ),
        ('{"name": "x", "columns": ["log_fee"], "fill": {"log_fee": NaN}}', "fill.log_fee: "),
        ('{"name": "x", "columns": ["log_fee"], "format": 2}', "format: "),
        ("[1]", "declaration"),
        ("{", "not JSON"),
    ],
)
def test_a_bad_declaration_is_one_error(written: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_bytes(boosted_text(examples()))
    (tmp_path / "columns.json").write_text(written)
    with pytest.raises(RankingError, match=r"columns\.json: ") as error:
        read_foreign(tmp_path / "m.txt", tmp_path / "columns.json")
    assert said in str(error.value)


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_bytes(boosted_text(examples()))
    (tmp_path / "c.json").write_text(json.dumps({"name": "x", "columns": list(COLUMNS)}))
    assert isinstance(read_foreign(tmp_path / "m.txt", tmp_path / "c.json"), LightGBMFileRanker)
    with pytest.raises(RankingError, match=r"none\.onnx: can not be read"):
        read_foreign(tmp_path / "none.onnx", tmp_path / "c.json")


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_cut_model_is_one_error_and_ends_no_process(kept: float, tmp_path: Path) -> None:
    """LightGBM aborts on it: it is tried in a process of its own first."""
    text = boosted_text(examples())
    (tmp_path / "cut.txt").write_bytes(text[: int(kept * text.index(b"end of trees"))])
    (tmp_path / "c.json").write_text(json.dumps({"name": "x", "columns": list(COLUMNS)}))
    with pytest.raises(RankingError, match=r"cut\.txt: (damaged|not a LightGBM text model)"):
        read_foreign(tmp_path / "cut.txt", tmp_path / "c.json")


def test_a_model_declared_as_calibrated_must_promise_something() -> None:
    ranker = LightGBMFileRanker(boosted_text(examples(), "tweedie"), declared(calibrated=True))
    assert ranker.calibrated
    assert (ranker.value(holes()) > 0).all()
    with pytest.raises(RankingError, match="positive KPI per US dollar"):
        LightGBMFileRanker(boosted_text(examples()), declared(calibrated=True)).value(holes())


def test_a_model_made_elsewhere_is_not_fitted_here() -> None:
    with pytest.raises(RankingError, match="fit it there and import the new file"):
        LightGBMFileRanker(boosted_text(examples()), DECLARED).fit(examples())


def _tree() -> bytes:
    """One split: log_followers <= 9 or unknown gives 1, else 2."""
    from onnx import TensorProto, helper

    node = helper.make_node(
        "TreeEnsembleRegressor",
        ["x"],
        ["score"],
        domain="ai.onnx.ml",
        nodes_treeids=[0, 0, 0],
        nodes_nodeids=[0, 1, 2],
        nodes_featureids=[1, 0, 0],
        nodes_values=[9.0, 0.0, 0.0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"],
        nodes_truenodeids=[1, 0, 0],
        nodes_falsenodeids=[2, 0, 0],
        nodes_missing_value_tracks_true=[1, 0, 0],
        target_treeids=[0, 0],
        target_nodeids=[1, 2],
        target_ids=[0, 0],
        target_weights=[1.0, 2.0],
        n_targets=1,
    )
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])]
    return packed([node], inputs, [helper.make_tensor_value_info("score", TensorProto.FLOAT, [None, 1])])


def _two_outputs() -> bytes:
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("ReduceSum", ["x"], ["first"], keepdims=1),
        helper.make_node("Concat", ["x", "x"], ["both"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])]
    outputs = [
        helper.make_tensor_value_info("first", TensorProto.FLOAT, [1, 1]),
        helper.make_tensor_value_info("both", TensorProto.FLOAT, [None, 6]),
    ]
    return packed(nodes, inputs, outputs)
