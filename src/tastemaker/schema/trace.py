"""What an answer was made from, kept with it so that it can be made again."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Self

from pydantic import ValidationError

from tastemaker.errors import StoreError
from tastemaker.schema.results import Result


class Trace(Result):
    """What was asked besides the brief, who was considered, and how they were scored.

    ``at``: the moment that days were counted back from. ``seed``: of the test slots, as asked; None where it hung on
    the decision's id. ``config``: SHA-256 (hex) of the bundle's configuration. Of everyone considered, in the order in
    which they were retrieved: ``account_ids``; ``sources``, what lifted each; ``scores``, by which the shortlist was
    put in order. ``features``: column -> a digest (16 hex digits) of its values for all of them, so that a column
    that came out otherwise can be named. About 3.5 kB for 200 candidates where it is kept.
    """

    at: datetime
    limit: int
    explore: bool
    exact: bool
    seed: int | None
    config: str
    account_ids: tuple[str, ...]
    sources: tuple[str, ...]
    scores: tuple[float, ...]
    features: dict[str, str]

    def pack(self) -> bytes:
        """The same trace gives the same bytes: JSON, compressed; numbers come back bit for bit."""
        return zlib.compress(self.model_dump_json().encode())

    @classmethod
    def unpack(cls, packed: bytes, where: str) -> Self:
        """What :meth:`pack` made. Raises StoreError that names ``where`` for anything else."""
        try:
            return cls.model_validate_json(zlib.decompress(packed))
        except (zlib.error, ValidationError) as error:
            why = " ".join(str(error).split())[:200]
            raise StoreError(
                f"{where}: its trace can not be read ({why}); altered, or written by another version"
            ) from None
