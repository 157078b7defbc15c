"""Any ONNX model that gives a pair one number, behind the ranker contract."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tastemaker.errors import RankingError
from tastemaker.ranking.foreign import ForeignRanker
from tastemaker.schema import ModelDeclaration

FLOATS = {"tensor(float)": np.float32, "tensor(double)": np.float64}
"""Types of input that can hold NaN -> what they are in numpy."""


class OnnxFileRanker(ForeignRanker):
    """Run by onnxruntime on one thread, one pair a run: sums over a batch would let neighbours move the last bit.

    Inputs: one matrix (1, columns), or one input (1, 1) per declared column, by name. The file can not be looked into,
    so there are no contributions. Raises RankingError for inputs or outputs of another form.
    """

    name = "onnx_file"
    FILE = "model.onnx"
    explains = False

    def __init__(self, model: bytes, declared: ModelDeclaration, where: str = "model") -> None:
        super().__init__(model, declared, where)
        self._session = _opened(model, where)
        self._inputs = self._feeds(where)
        self._output = self._scores(where)

    def contributions(self, pairs: pd.DataFrame) -> tuple[list[str], np.ndarray]:  # noqa: ARG002
        raise RankingError(
            f"{self.name}: the model {self.declared.name!r} gives no contributions of features: an ONNX file can not"
            " be looked into, and parts are never made up"
        )

    def _predict(self, x: NDArray[np.float64]) -> np.ndarray:
        return np.array([self._score(row) for row in x])

    def _score(self, row: NDArray[np.float64]) -> float:
        feeds = {
            name: row[columns].astype(kind).reshape(shape) for name, columns, kind, shape in self._inputs
        }
        try:
            given = self._session.run([self._output], feeds)[0]
        except _failures() as error:
            raise RankingError(
                f"{self._where}: the model {self.declared.name!r} failed: {_short(error)}"
            ) from None
        return self._one(given)

    def _one(self, given: Any) -> float:
        """The score in an output for one pair."""
        array = np.asarray(given)
        if array.dtype.kind not in "fiu":
            raise RankingError(
                f"{self._where}: output {self._output!r} holds {array.dtype}; a ranker needs a number: name another"
                " output in the declaration, or export probabilities as a plain array"
            )
        numbers, place = array.ravel(), self.declared.output_column
        if place is None and len(numbers) != 1:
            raise RankingError(
                f"{self._where}: output {self._output!r} gives {len(numbers)} numbers for a pair; say in the"
                " declaration's 'output_column' which of them, from 0, is the score"
            )
        if place is not None and place >= len(numbers):
            raise RankingError(
                f"{self._where}: output_column {place}: output {self._output!r} gives {len(numbers)} numbers for a pair"
            )
        return float(numbers[place or 0])

    def _feeds(self, where: str) -> list[tuple[str, list[int], Any, list[int]]]:
        """(input, its columns' places, type, shape) of every input of the model."""
        given, width = self._session.get_inputs(), len(self.columns)
        for one in given:
            if one.type not in FLOATS:
                raise RankingError(
                    f"{where}: input {one.name!r} is a {one.type}; expected {' or '.join(FLOATS)}, which hold unknown"
                    " values as NaN"
                )
        if len(given) == 1 and (width > 1 or given[0].name not in self.columns):
            one = given[0]
            last = one.shape[-1] if one.shape else None
            if len(one.shape) != 2 or (isinstance(last, int) and last != width):
                raise RankingError(
                    f"{where}: input {one.name!r} has the shape {one.shape}; the declaration names {width} columns, so"
                    f" expected (pairs, {width})"
                )
            return [(one.name, list(range(width)), FLOATS[one.type], [1, width])]
        names = [one.name for one in given]
        if sorted(names) != sorted(self.columns):
            odd = sorted(set(names) ^ set(self.columns))
            raise RankingError(
                f"{where}: the model has {len(names)} inputs, the declaration {width} columns, and these are in one"
                f" alone: {', '.join(odd)}; give one matrix, or an input per column with its name"
            )
        return [
            (one.name, [self.columns.index(one.name)], FLOATS[one.type], [1] * len(one.shape))
            for one in given
        ]

    def _scores(self, where: str) -> str:
        """The name of the output that is the score."""
        names, wanted = [one.name for one in self._session.get_outputs()], self.declared.output
        if wanted is None and len(names) > 1:
            raise RankingError(
                f"{where}: the model gives {', '.join(names)}; say in the declaration's 'output' which is the score"
            )
        if wanted is not None and wanted not in names:
            raise RankingError(f"{where}: the model has no output {wanted!r}; it gives {', '.join(names)}")
        return wanted or names[0]


def _opened(model: bytes, where: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _failures() as error:
        raise RankingError(
            f"{where}: not an ONNX model that can be run: {_short(error)}; export it as one file, with standard"
            " operators"
        ) from None


def _failures() -> tuple[type[Exception], ...]:
    """What onnxruntime raises: its errors have no common base of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = tuple(e for e in vars(state).values() if isinstance(e, type) and issubclass(e, Exception))
    return (*own, ValueError, RuntimeError)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
