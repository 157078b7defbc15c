"""Vector files: what is written is read, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tastemaker.encoders import read_vectors, write_vectors
from tastemaker.errors import EncoderError

MATRIX = np.array([[0.6, 0.8], [0.0, 0.0], [1.0, 0.0]], dtype=np.float32)


def test_vectors_come_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "vectors" / "000.parquet"
    write_vectors(path, ["post", "account", "post"], ["p1", "a1", "p2"], MATRIX, "toy/1")
    got = read_vectors(path)
    assert got.encoder_id == "toy/1"
    assert got.ids.tolist() == ["p1", "a1", "p2"]
    assert got.matrix.dtype == np.float32
    np.testing.assert_array_equal(got.matrix, MATRIX)
    ids, rows = got.of("post")
    assert ids.tolist() == ["p1", "p2"]
    np.testing.assert_array_equal(rows, MATRIX[[0, 2]])
    assert [p.name for p in path.parent.iterdir()] == ["000.parquet"]


def test_vectors_have_the_agreed_columns_and_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.parquet", "b.parquet"):
        write_vectors(tmp_path / name, "post", ["p1", "p2", "p3"], MATRIX, "toy/1")
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert schema.names == ["owner", "id", "vector"]
    assert schema.field("vector").type == pa.list_(pa.float32(), 2)
    assert schema.metadata[b"encoder_id"] == b"toy/1"
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_vectors_of_no_rows(tmp_path: Path) -> None:
    write_vectors(tmp_path / "v.parquet", "post", [], np.zeros((0, 7), dtype=np.float32), "toy/1")
    assert read_vectors(tmp_path / "v.parquet").matrix.shape == (0, 7)


def test_vectors_refuse_what_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "v.parquet"
    with pytest.raises(EncoderError, match="do not fit"):
        write_vectors(path, "post", ["p1"], MATRIX, "toy/1")
    with pytest.raises(EncoderError, match="owner 'brand' is not one of post, account"):
        write_vectors(path, ["post", "brand", "post"], ["1", "2", "3"], MATRIX, "toy/1")
    with pytest.raises(EncoderError, match="not finite"):
        write_vectors(path, "post", ["1", "2", "3"], MATRIX * np.nan, "toy/1")
    assert not path.exists()


def test_vectors_refuse_files_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "v.parquet"
    with pytest.raises(EncoderError, match="not a vector file"):
        read_vectors(path)
    path.write_bytes(b"PAR1 cut short")
    with pytest.raises(EncoderError, match="not a vector file"):
        read_vectors(path)
    pq.write_table(pa.table({"id": ["p1"]}), path)
    with pytest.raises(EncoderError, match=r"columns .* are not those of a vector file"):
        read_vectors(path)
    wrong = pa.table({"owner": ["post"], "id": ["p1"], "vector": [[1.0]]}, metadata={"encoder_id": "x"})
    pq.write_table(wrong, path)
    with pytest.raises(EncoderError, match="expected fixed_size_list"):
        read_vectors(path)
