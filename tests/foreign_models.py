"""Models made elsewhere, for tests: a boosted one as LightGBM writes it, and small ONNX graphs."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from tastemaker.ranking import realised_value

COLUMNS = ("content_similarity", "log_followers", "log_fee")
WEIGHTS = np.array([2.0, 0.3, -0.5], dtype=np.float32)


def boosted_text(examples: pd.DataFrame, objective: str = "regression", **more: Any) -> bytes:
    """Twenty trees on :data:`COLUMNS` of the examples with a known value, as ``Booster.save_model`` writes them."""
    known = examples[np.isfinite(realised_value(examples))]
    y = np.log1p(realised_value(known))
    label = (y > np.median(y)).astype(float) if objective == "binary" else y
    params = {
        "objective": objective,
        "verbosity": -1,
        "num_threads": 1,
        "deterministic": True,
        "seed": 1,
        **more,
    }
    data = lgb.Dataset(known[list(COLUMNS)], label, feature_name=list(COLUMNS))
    return bytes(lgb.train(params, data, num_boost_round=20).model_to_string(), "utf-8")


def onnx_sum(columns: tuple[str, ...] = COLUMNS, *, split: bool = False, double: bool = False) -> bytes:
    """x @ :data:`WEIGHTS`: of one matrix (n, columns), or with ``split`` of one input (n, 1) per column."""
    from onnx import TensorProto, helper, numpy_helper

    kind, dtype = (TensorProto.DOUBLE, np.float64) if double else (TensorProto.FLOAT, np.float32)
    weights = numpy_helper.from_array(WEIGHTS.astype(dtype).reshape(-1, 1), "weights")
    nodes, source = [], "x"
    inputs = [helper.make_tensor_value_info("x", kind, [None, len(columns)])]
    if split:
        inputs = [helper.make_tensor_value_info(c, kind, [None, 1]) for c in columns]
        nodes, source = [helper.make_node("Concat", list(columns), ["joined"], axis=1)], "joined"
    nodes.append(helper.make_node("MatMul", [source, "weights"], ["score"]))
    return packed(nodes, inputs, [helper.make_tensor_value_info("score", kind, [None, 1])], [weights])


def packed(
    nodes: list[Any], inputs: list[Any], outputs: list[Any], weights: list[Any] | None = None
) -> bytes:
    from onnx import helper

    graph = helper.make_graph(nodes, "toy", inputs, outputs, weights or [])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    )
    model.ir_version = 8
    return bytes(model.SerializeToString())
