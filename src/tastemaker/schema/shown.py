"""The features behind a shortlist, as they were when it was made: logged with the decision."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tastemaker.errors import StoreError

_FLOAT = np.dtype("<f4")


@dataclass(frozen=True)
class ShownFeatures:
    """``values``: float32 (accounts, columns), a row per line of the shortlist in its order, NaN unknown.

    ``as_of``: the moment of the snapshot that they were read from; ``at``: the moment that days were counted from (both
    with a time zone). In float32 twenty lines take about 2 kB where they are kept; six digits are enough to tell a
    feature that was made another way.
    """

    as_of: datetime
    at: datetime
    columns: tuple[str, ...]
    account_ids: tuple[str, ...]
    values: NDArray[np.float32]

    def pack(self) -> bytes:
        """The same features give the same bytes: a JSON line and the values row by row, compressed."""
        about = {
            "as_of": self.as_of.isoformat(),
            "at": self.at.isoformat(),
            "columns": self.columns,
            "account_ids": self.account_ids,
        }
        head = json.dumps(about, separators=(",", ":")).encode("ascii")
        return zlib.compress(head + b"\n" + np.ascontiguousarray(self.values, dtype=_FLOAT).tobytes())

    @classmethod
    def unpack(cls, packed: bytes, where: str) -> Self:
        """What :meth:`pack` made. Raises StoreError that names ``where`` for anything else."""
        try:
            head, _, body = zlib.decompress(packed).partition(b"\n")
            about = json.loads(head)
            columns, accounts = tuple(about["columns"]), tuple(about["account_ids"])
            values = np.frombuffer(body, dtype=_FLOAT).reshape(len(accounts), len(columns))
            as_of, at = (datetime.fromisoformat(about[name]) for name in ("as_of", "at"))
        except (zlib.error, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{where}: its logged features can not be read ({error!r}); altered, or written by another version"
            ) from None
        return cls(as_of, at, columns, accounts, values.astype(np.float32))
