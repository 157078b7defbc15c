"""Encoding a catalogue by several processes: the same bits, each text once, progress told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tastemaker.encoders import encode_many, load_encoder
from tastemaker.errors import EncoderError


def many(captions: list[str]) -> list[str]:
    """1,188 distinct texts (enough for processes to start), some twice, some blank."""
    distinct = [f"{caption} {i}" for i in range(6) for caption in captions]
    return [*distinct, "", *distinct[:30], " "]


def test_encode_many_gives_the_same_bits_for_any_number_of_workers(
    captions: list[str], tmp_path: Path
) -> None:
    texts = many(captions)
    told: list[tuple[str, int, int]] = []
    two = encode_many(
        "multilingual", texts, workers=2, cache=tmp_path, progress=lambda *step: told.append(step)
    )
    np.testing.assert_array_equal(two, load_encoder("multilingual").encode(texts))
    assert told[0] == ("encode", 0, 1188)
    assert told[-1] == ("encode", 1188, 1188)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    told.clear()
    again = encode_many(
        "multilingual", texts, workers=2, cache=tmp_path, progress=lambda *step: told.append(step)
    )
    np.testing.assert_array_equal(again, two)
    assert told == [("encode", 1188, 1188)]


def test_encode_many_keeps_what_was_done_before_it_was_stopped(captions: list[str], tmp_path: Path) -> None:
    texts = [f"{caption} {i}" for i in range(30) for caption in captions]

    def stop(_: str, done: int, __: int) -> None:
        if done >= 3_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_many("hashing", texts, workers=1, cache=tmp_path, progress=stop)
    told: list[int] = []
    got = encode_many(
        "hashing", texts, workers=1, cache=tmp_path, progress=lambda _, done, __: told.append(done)
    )
    assert told[0] >= 2_048
    np.testing.assert_array_equal(got, load_encoder("hashing").encode(texts))


def test_encode_many_of_nothing_and_of_blanks() -> None:
    assert encode_many("hashing", [], workers=2).shape == (0, 256)
    assert not encode_many("hashing", ["", "\t"], workers=2).any()


def test_encode_many_refuses_an_unknown_encoder() -> None:
    with pytest.raises(EncoderError, match="did you mean multilingual"):
        encode_many("multilingal", ["text"], workers=2)
