"""Vector files: the vectors of one bucket's captions and bios, with the id of the encoder that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tastemaker.atomic import atomic_file
from tastemaker.encoders.encoder import Matrix
from tastemaker.errors import EncoderError

OWNERS = ("post", "account", "anchor")
_KEY = b"encoder_id"
_ROWS = 1_024
_BUFFER = 1 << 20


@dataclass(frozen=True)
class VectorTable:
    """One row per text: whose it is (``post``: its caption, ``account``: its bio, ``anchor``:
    a text of a known meaning), the owner's id, the vector."""

    encoder_id: str
    owner: np.ndarray  # (n,) of str
    ids: np.ndarray  # (n,) of str
    matrix: Matrix  # (n, dim), unit rows or zero

    def of(self, owner: str) -> tuple[np.ndarray, Matrix]:
        """(ids, vectors) of one kind of owner."""
        rows = self.owner == owner
        return self.ids[rows], self.matrix[rows]


def write_vectors(
    path: Path, owner: str | Sequence[str], ids: Sequence[str], matrix: Matrix, encoder_id: str
) -> None:
    """Writes a vector file whole or not at all. ``owner`` is one word for all rows, or one a row.

    Raises EncoderError when the lengths differ, an owner is not known or a number is not finite.
    """
    owners = [owner] * len(ids) if isinstance(owner, str) else list(owner)
    if matrix.ndim != 2 or not len(owners) == len(ids) == len(matrix):
        raise EncoderError(
            f"{path}: {len(owners)} owners, {len(ids)} ids and vectors of shape {matrix.shape} do not fit"
        )
    if unknown := set(owners) - set(OWNERS):
        raise EncoderError(f"{path}: owner {min(unknown)!r} is not one of {', '.join(OWNERS)}")
    if not np.isfinite(matrix).all():
        raise EncoderError(f"{path}: a vector has a number that is not finite")
    flat = pa.array(np.ascontiguousarray(matrix, dtype=np.float32).reshape(-1), type=pa.float32())
    vector = pa.FixedSizeListArray.from_arrays(flat, matrix.shape[1])
    table = pa.table(
        {"owner": pa.array(owners, pa.string()), "id": pa.array(ids, pa.string()), "vector": vector}
    )
    _write(path, table.replace_schema_metadata({_KEY: encoder_id.encode()}))


def read_vectors(path: Path) -> VectorTable:
    """Reads a vector file. Raises EncoderError when it is not one."""
    try:
        with pq.ParquetFile(path, buffer_size=_BUFFER) as file:
            schema = file.schema_arrow
            encoder_id = (schema.metadata or {}).get(_KEY)
            if encoder_id is None or schema.names != ["owner", "id", "vector"]:
                raise EncoderError(
                    f"{path}: columns {schema.names} are not those of a vector file; encode again"
                )
            kind = schema.field("vector").type
            if not pa.types.is_fixed_size_list(kind) or kind.value_type != pa.float32():
                raise EncoderError(
                    f"{path}: column vector is {kind}; expected fixed_size_list<float>; encode again"
                )
            named = file.read(columns=["owner", "id"])
            matrix = _matrix(file, kind.list_size)
    except (OSError, pa.ArrowException) as error:
        raise EncoderError(
            f"{path}: not a vector file ({' '.join(str(error).split())[:120]}); encode again"
        ) from None
    owner, ids = (named[name].to_numpy() for name in ("owner", "id"))
    return VectorTable(encoder_id.decode(), owner, ids, matrix)


def _matrix(file: pq.ParquetFile, dim: int) -> Matrix:
    # A few rows at a time: decoding the whole column takes several times the memory of what comes out.
    matrix = np.empty((file.metadata.num_rows, dim), dtype=np.float32)
    start = 0
    for batch in file.iter_batches(batch_size=_ROWS, columns=["vector"]):
        flat = batch.column(0).flatten().to_numpy(zero_copy_only=False)
        matrix[start : start + len(batch)] = flat.reshape(len(batch), dim)
        start += len(batch)
    return matrix


def _write(path: Path, table: pa.Table) -> None:
    # Unit vectors do not compress; without a codec they are read at the speed of the disk.
    with atomic_file(Path(path)) as partial:
        pq.write_table(table, partial, compression="none", use_dictionary=["owner"], write_statistics=False)
