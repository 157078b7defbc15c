"""Matrix products whose rows do not depend on their neighbours, bit for bit.

A BLAS picks other inner loops for another number of rows, so the same text in another batch gets other last bits.
Here every product has a fixed number of rows (the last block is filled with zeros) and one thread. Whether a row
may then stand anywhere in its block depends on the processor: measured with OpenBLAS 0.3.31 it holds at 48 rows on
SkylakeX, Sandybridge, Nehalem and Prescott kernels, and on Haswell kernels (AVX2, Zen) only up to 8. So the block
is probed, not assumed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

# Widest first: wide blocks are faster (72 against 43 GFLOP/s on one AVX-512 core).
_BLOCKS = (48, 16, 8, 4, 1)
_PROBED_SHAPES = ((256, 1280), (512, 768), (1280, 256), (1280, 512))


class _OneThread:
    """Holds the BLAS of numpy at one thread while at least one caller is inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._controller: Any = None
        self._limit: Any = None

    def enter(self) -> None:
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

        with self._lock:
            if self._controller is None:  # looking for the loaded libraries takes 2 ms: once is enough
                self._controller = ThreadpoolController()
            if self._inside == 0:
                self._limit = self._controller.limit(limits=1, user_api="blas")
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()
                self._limit = None


_ONE_THREAD = _OneThread()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One BLAS thread inside; safe when several threads enter and leave in any order."""
    _ONE_THREAD.enter()
    try:
        yield
    finally:
        _ONE_THREAD.leave()


def multiply(rows: Matrix, weights: Matrix, block: int) -> Matrix:
    """``rows @ weights`` in blocks of exactly ``block`` rows; (n, k) x (k, m) -> (n, m)."""
    n, width = rows.shape
    blocks = -(-n // block)
    if blocks * block != n:
        filled = np.zeros((blocks * block, width), dtype=np.float32)
        filled[:n] = rows
        rows = filled
    out: Matrix = np.matmul(rows.reshape(blocks, block, width), weights)
    return out.reshape(blocks * block, -1)[:n]


@cache
def steady_block() -> int:
    """The widest block in which a row's result does not depend on its place; probed once per process (~20 ms)."""
    with one_blas_thread():
        return next((b for b in _BLOCKS if all(_is_steady(b, k, m) for k, m in _PROBED_SHAPES)), 1)


def _is_steady(block: int, width: int, columns: int) -> bool:
    rng = np.random.default_rng(width * columns)
    rows = rng.standard_normal((3 * block, width), dtype=np.float32)
    weights = rng.standard_normal((width, columns), dtype=np.float32)
    straight = multiply(rows, weights, block)
    shifts = range(1, block) if block <= 16 else (1, 5, block // 2, block - 1)
    return all(
        np.array_equal(
            multiply(np.roll(rows, shift, axis=0), weights, block), np.roll(straight, shift, axis=0)
        )
        for shift in shifts
    )
