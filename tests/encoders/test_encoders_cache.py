"""The disk cache: what goes in comes out, and damage costs time, never a wrong vector."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.encoders import VectorCache
from tastemaker.encoders.cached import CachedEncoder
from tastemaker.encoders.encoder import Matrix
from tastemaker.encoders.hashing import HashingEncoder
from tastemaker.errors import EncoderError

DIM = 4


class CountingEncoder(HashingEncoder):
    """The trivial encoder, keeping what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Matrix:
        self.asked += texts
        return super().encode(texts)


def vectors(n: int, seed: int = 0) -> Matrix:
    return np.random.default_rng(seed).standard_normal((n, DIM), dtype=np.float32)


def test_cache_gives_back_the_bits_that_were_stored(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "toy/1", DIM)
    cache.put(["one", "zwei 🎈"], vectors(2))
    found, rows = VectorCache(tmp_path, "toy/1", DIM).get(["zwei 🎈", "three", "one"])
    assert found.tolist() == [True, False, True]
    np.testing.assert_array_equal(rows[[2, 0]], vectors(2))
    assert not rows[1].any()


def test_cache_keeps_encoders_apart(tmp_path: Path) -> None:
    VectorCache(tmp_path, "toy/1", DIM).put(["one"], vectors(1))
    for other in ("toy_1", "toy/2"):
        assert not VectorCache(tmp_path, other, DIM).get(["one"])[0].any()


def test_cached_encoder_encodes_a_text_once(tmp_path: Path) -> None:
    inner = CountingEncoder()
    encoder = CachedEncoder(inner, tmp_path)
    texts = ["tea", "coffee", "tea", " ", "tea"]
    first = encoder.encode(texts)
    assert inner.asked == ["tea", "coffee"]
    np.testing.assert_array_equal(encoder.encode(texts), first)
    np.testing.assert_array_equal(first, HashingEncoder().encode(texts))
    assert inner.asked == ["tea", "coffee"]


@settings(max_examples=15)
@given(texts=st.lists(st.sampled_from(["a", "b", "c", "", "\n", "d e", "\ud800"]), max_size=8))
def test_cached_encoder_equals_the_encoder_inside(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    encoder = CachedEncoder(HashingEncoder(), tmp_path_factory.getbasetemp() / "shared-cache")
    np.testing.assert_array_equal(encoder.encode(texts), HashingEncoder().encode(texts))


def test_cache_ignores_a_row_whose_bits_were_changed(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "toy/1", DIM)
    cache.put(["one", "two"], vectors(2))
    with sqlite3.connect(cache.path) as db:
        db.execute("UPDATE vectors SET vector = zeroblob(16) WHERE rowid = 1")
    found, _ = cache.get(["one", "two"])
    assert found.tolist() == [False, True]
    cache.put(["one"], vectors(1))
    assert cache.get(["one"])[0].all()


@pytest.mark.parametrize("damage", ["text", "middle", "cut"])
def test_cache_begins_anew_when_its_file_is_corrupt(tmp_path: Path, damage: str) -> None:
    texts = [f"text {i}" for i in range(3_000)]
    cache = VectorCache(tmp_path, "toy/1", DIM)
    cache.put(texts, vectors(3_000))
    data = cache.path.read_bytes()
    half = len(data) // 2
    cache.path.write_bytes(
        {
            "text": b"not a database " * 100,
            "middle": data[:8192] + b"\xff" * half + data[8192 + half :],
            "cut": data[:half],
        }[damage]
    )
    found, rows = cache.get(texts)
    np.testing.assert_array_equal(rows[found], vectors(3_000)[found])
    cache.put(texts, vectors(3_000))
    assert cache.get(texts)[0].all()
    assert cache.path.with_suffix(".corrupt").exists()


def test_cache_names_the_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EncoderError, match=r"file: the vector cache can not be written"):
        VectorCache(tmp_path / "file", "toy/1", DIM).put(["one"], vectors(1))


WRITER = """
import sys
import numpy as np
from pathlib import Path
from tastemaker.encoders import VectorCache
cache = VectorCache(Path(sys.argv[1]), "toy/1", 4)
for i in range(int(sys.argv[2]), 10**9):
    cache.put([f"{i} {j}" for j in range(200)], np.full((200, 4), i, dtype=np.float32))
    print(i, flush=True)
"""


def test_cache_survives_killed_writers(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, tmp_path, start], stdout=subprocess.PIPE, text=True)
        for start in ("0", "1000000")
    ]
    for writer in writers:
        assert writer.stdout is not None
        for _ in range(3):
            writer.stdout.readline()
    for writer in writers:
        writer.kill()
    last = []
    for writer in writers:
        assert writer.stdout is not None
        last.append([int(line) for line in writer.stdout.read().split()])
        writer.wait()
    cache = VectorCache(tmp_path, "toy/1", DIM)
    for start, more in zip((0, 1_000_000), last, strict=True):
        stored = [*range(start, start + 3), *more]
        found, rows = cache.get([f"{i} {j}" for i in stored for j in range(200)])
        assert found.all()
        np.testing.assert_array_equal(rows[:, 0], np.repeat(stored, 200))


def test_cache_serves_several_at_once(tmp_path: Path) -> None:
    def work(seed: int) -> bool:
        cache, texts = VectorCache(tmp_path, "toy/1", DIM), [f"{seed} {i}" for i in range(50)]
        cache.put(texts, vectors(50, seed))
        found, rows = cache.get(texts)
        return bool(found.all() and (rows == vectors(50, seed)).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(24)))


def test_cache_looks_up_a_catalogue_quickly(tmp_path: Path) -> None:
    cache, texts = VectorCache(tmp_path, "toy/1", 512), [f"caption {i}" for i in range(33_000)]
    cache.put(texts, np.ones((33_000, 512), dtype=np.float32))
    started = time.process_time()  # of this process: a busy machine is not a slow cache
    assert cache.get(texts)[0].all()
    assert time.process_time() - started < 2.0
