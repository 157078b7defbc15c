"""all-MiniLM-L6-v2 as an ONNX graph, written by hand from its safetensors: the same bytes every time.

One text a call, so there is no padding and no mask: ``input_ids`` (1, n) int64 gives ``vector`` (384,) float32,
the L2-normalised mean of the last layer (BERT: Devlin et al. 2018; pooling: Reimers and Gurevych 2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

LAYERS, HEADS, WIDTH = 6, 12, 384
_HEAD = WIDTH // HEADS
_EPSILON = 1e-12
_OPSET = 17


class _Graph:
    """Collects nodes and initialisers; names are counted, so that two builds are equal."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []

    def add(self, op: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        out = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], name=out, **attributes))
        return out

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def linear(self, x: str, name: str) -> str:
        """x @ W.T + b: torch keeps (out, in), MatMul wants (in, out)."""
        weight = self.constant(f"{name}.weight", self.weights[f"{name}.weight"].T)
        return self.add("Add", self.add("MatMul", x, weight), self.weight(f"{name}.bias"))

    def layer_norm(self, x: str, name: str) -> str:
        gain, shift = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.add("LayerNormalization", x, gain, shift, axis=-1, epsilon=_EPSILON)


def minilm_graph(weights: Mapping[str, np.ndarray]) -> Any:
    """The ONNX model in float32 from tensors named as in the safetensors file."""
    from onnx import TensorProto, helper

    graph = _Graph(weights)
    graph.constant("heads", np.array([1, -1, HEADS, _HEAD], dtype=np.int64))
    graph.constant("joined", np.array([1, -1, WIDTH], dtype=np.int64))
    graph.constant("scale", np.array(1.0 / np.sqrt(_HEAD), dtype=np.float32))
    graph.constant("half", np.array(0.5, dtype=np.float32))
    graph.constant("one", np.array(1.0, dtype=np.float32))
    graph.constant("root_half", np.array(np.sqrt(0.5), dtype=np.float32))
    x = _embed(graph)
    for layer in range(LAYERS):
        x = _layer(graph, x, f"encoder.layer.{layer}")
    mean = graph.add("ReduceMean", x, axes=[0, 1], keepdims=0)
    norm = graph.add("ReduceL2", mean, axes=[0], keepdims=1)
    graph.nodes.append(helper.make_node("Div", [mean, norm], ["vector"], name="vector"))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [WIDTH])],
            graph.initialisers,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        producer_name="tastemaker",
    )
    model.ir_version = 8
    # The quantiser asks for shapes to be inferred and nodes to be fused first; this graph has neither to gain.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    return model


def _embed(graph: _Graph) -> str:
    """Word + position + type embeddings, normalised; (1, n, 384)."""
    words = graph.add("Gather", graph.weight("embeddings.word_embeddings.weight"), "input_ids")
    graph.constant("zero", np.array([0], dtype=np.int64))
    graph.constant("first", np.array([1], dtype=np.int64))
    count = graph.add(
        "Slice",
        graph.add("Shape", "input_ids"),
        "first",
        graph.constant("second", np.array([2], dtype=np.int64)),
    )
    # Every text is of type 0, so its embedding is folded into the positions.
    positions = (
        graph.weights["embeddings.position_embeddings.weight"]
        + graph.weights["embeddings.token_type_embeddings.weight"][0]
    )
    places = graph.add("Slice", graph.constant("positions", positions), "zero", count)
    return graph.layer_norm(graph.add("Add", words, places), "embeddings.LayerNorm")


def _layer(graph: _Graph, x: str, name: str) -> str:
    """One transformer block: attention and feed-forward, each with its residual and layer norm after it."""
    query, key, value = (
        graph.linear(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value")
    )
    heads = [graph.add("Reshape", part, "heads") for part in (query, key, value)]
    query = graph.add("Mul", graph.add("Transpose", heads[0], perm=[0, 2, 1, 3]), "scale")
    key = graph.add("Transpose", heads[1], perm=[0, 2, 3, 1])
    value = graph.add("Transpose", heads[2], perm=[0, 2, 1, 3])
    attention = graph.add("Softmax", graph.add("MatMul", query, key), axis=-1)
    mixed = graph.add("Transpose", graph.add("MatMul", attention, value), perm=[0, 2, 1, 3])
    out = graph.linear(graph.add("Reshape", mixed, "joined"), f"{name}.attention.output.dense")
    x = graph.layer_norm(graph.add("Add", out, x), f"{name}.attention.output.LayerNorm")
    inner = _gelu(graph, graph.linear(x, f"{name}.intermediate.dense"))
    return graph.layer_norm(
        graph.add("Add", graph.linear(inner, f"{name}.output.dense"), x), f"{name}.output.LayerNorm"
    )


def _gelu(graph: _Graph, x: str) -> str:
    """0.5 x (1 + erf(x / sqrt 2)): the exact form, as in the reference."""
    bell = graph.add("Add", graph.add("Erf", graph.add("Mul", x, "root_half")), "one")
    return graph.add("Mul", graph.add("Mul", x, bell), "half")
