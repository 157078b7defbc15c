"""One side of the learned projection, and the steps by which it is fitted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tastemaker.retrieval.selection import Floats


class Side:
    """The map ``D (I + U V)``: D a diagonal of positive weights, one for each of ``width`` dimensions, U (width,
    rank) and V (rank, width). At the start D is one everywhere and V zero: the identity.

    ``params``: log of D's diagonal, U, V. The logarithm keeps the weights positive and makes halving one as far
    from the identity as doubling it. Without ``diagonal`` D stays; with rank 0 D is all there is.
    """

    def __init__(self, width: int, rank: int, diagonal: bool, rng: np.random.Generator) -> None:
        self.stretch = np.zeros(width, dtype=np.float32)
        self.u = rng.normal(0, width**-0.5, (width, rank)).astype(np.float32)
        self.v = np.zeros((rank, width), dtype=np.float32)
        self.diagonal = diagonal

    @property
    def params(self) -> list[Floats]:
        return [self.stretch, self.u, self.v]

    def matrix(self) -> Floats:
        whole: Floats = np.exp(self.stretch)[:, None] * (
            np.eye(len(self.u), dtype=np.float32) + self.u @ self.v
        )
        return whole

    def forward(self, rows: Floats) -> tuple[Floats, Floats]:
        """Unit rows of the mapped ones, and the lengths (n, 1) that they had."""
        scaled = rows * np.exp(self.stretch)
        mapped = scaled + (scaled @ self.u) @ self.v
        lengths = np.maximum(np.linalg.norm(mapped, axis=1, keepdims=True), 1e-9)
        return mapped / lengths, lengths

    def backward(self, rows: Floats, unit: Floats, lengths: Floats, slope: Floats) -> list[Floats]:
        """Gradients of ``params``, from the loss's slope (n, width) along the unit rows."""
        slope = (slope - (slope * unit).sum(axis=1, keepdims=True) * unit) / lengths
        scaled, through = rows * np.exp(self.stretch), slope @ self.v.T
        by_stretch = (scaled * (slope + through @ self.u.T)).sum(axis=0) * self.diagonal
        return [by_stretch, scaled.T @ through, (scaled @ self.u).T @ slope]


class Adam:
    """Steps of Kingma and Ba (2015), with their constants, in place; a rate for each parameter."""

    def __init__(self, params: Sequence[Floats], rates: Sequence[float]) -> None:
        self.params, self.rates, self.steps = params, rates, 0
        self._mean = [np.zeros_like(p) for p in params]
        self._square = [np.zeros_like(p) for p in params]

    def step(self, gradients: Sequence[Floats]) -> None:
        self.steps += 1
        states = zip(self.params, self.rates, gradients, self._mean, self._square, strict=True)
        for parameter, rate, gradient, mean, square in states:
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient * gradient - square)
            size = np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8
            parameter -= rate * mean / (1 - 0.9**self.steps) / size
