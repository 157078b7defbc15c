"""A symmetric positive definite matrix with one large diagonal block: solved through its Schur complement.

The curvature of group effects has this form when each row belongs to one group of the largest grouping: the cost grows
with the groups of the others cubed, and only linearly with those of the largest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve


@dataclass(frozen=True)
class Bordered:
    """[[``top`` (q, q), ``side``'], [``side`` (leaves, q), diag(``diagonal`` (leaves,))]]."""

    top: np.ndarray
    side: np.ndarray
    diagonal: np.ndarray

    def solve(self, right: np.ndarray) -> np.ndarray:
        """The x (q + leaves,) with matrix @ x = right."""
        few = len(self.top)
        x = cho_solve(self._complement, right[:few] - self._ratio.T @ right[few:])
        return np.concatenate([x, right[few:] / self.diagonal - self._ratio @ x])

    def log_determinant(self) -> float:
        chol, _ = self._complement
        return float(2.0 * np.log(np.diag(chol)).sum() + np.log(self.diagonal).sum())

    def variances(self, rows: np.ndarray, leaf: np.ndarray) -> np.ndarray:
        """z' inverse z (n,) for z = ``rows`` (n, q) and a one at ``leaf`` (n,), nothing there where it is -1."""
        own = (leaf >= 0).astype(np.float64)
        reduced = rows - own[:, None] * self._ratio[leaf] if len(self.diagonal) else rows
        plain = own / self.diagonal[leaf] if len(self.diagonal) else own
        return np.asarray((reduced * cho_solve(self._complement, reduced.T).T).sum(axis=1) + plain)

    @cached_property
    def _ratio(self) -> np.ndarray:
        return np.asarray(self.side / self.diagonal[:, None])

    @cached_property
    def _complement(self) -> tuple[np.ndarray, bool]:
        chol, lower = cho_factor(self.top - self.side.T @ self._ratio)
        return chol, bool(lower)
