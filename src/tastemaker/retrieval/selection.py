"""The rows that a search may find, in the forms that its plans ask for."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Bits = NDArray[np.uint8]


class Selection:
    """Some of ``size`` rows. Every form is made when first asked for and kept, so that a filter that many queries
    share is worked out once. Safe to share between threads: two may make the same form, and it is the same.

    mask: bool (size,), or None for every row.
    """

    def __init__(self, mask: Mask | None, size: int) -> None:
        self.mask = mask
        self.size = size
        self._shares: tuple[object, Ids] | None = None

    @cached_property
    def count(self) -> int:
        """How many rows are selected."""
        return self.size if self.mask is None else int(np.count_nonzero(self.mask))

    @property
    def everything(self) -> bool:
        return self.count == self.size

    @cached_property
    def ids(self) -> Ids:
        """int64 (count,) the selected rows, ascending."""
        rows: Ids = np.arange(self.size) if self.mask is None else np.flatnonzero(self.mask)
        return rows

    @cached_property
    def bits(self) -> Bits:
        """uint8 (size / 8,) one bit a row, the first in the lowest place."""
        return np.packbits(
            np.ones(self.size, np.bool_) if self.mask is None else self.mask, bitorder="little"
        )

    def shares(self, list_of: NDArray[np.int16] | NDArray[np.int32], lists: int) -> Ids:
        """int64 (lists,) how many selected rows each list holds; ``list_of`` (size,) says where a row is."""
        if self._shares is None or self._shares[0] is not list_of:
            members = list_of if self.everything else list_of[self.ids]
            self._shares = list_of, np.bincount(members, minlength=lists)
        return self._shares[1]

    def among(self, ids: Ids) -> Ids:
        """Those of ``ids`` that are selected."""
        return ids if self.mask is None else ids[self.mask[ids]]

    @property
    def nbytes(self) -> int:
        """What it can come to hold, in bytes."""
        return self.size + self.size // 8 + 8 * (0 if self.everything else self.count)
