"""What every encoder keeps: unit rows, blank texts, independence of the batch, packing; all of it offline."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from tastemaker.encoders import Encoder, load_encoder, pack_encoder, unpack_encoder
from tastemaker.errors import EncoderError

CAPTIONS = (Path(__file__).parents[1] / "encoders" / "captions.txt").read_text(encoding="utf-8").splitlines()
NAMES = ("multilingual", "minilm", "minilm-int8", "hashing")


@pytest.fixture(scope="module", autouse=True)
def _offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty cache of its own, and no way to open a connection; nobody even tries."""
    tried: list[object] = []

    def refuse(_: socket.socket, address: object) -> NoReturn:
        tried.append(address)
        raise OSError("an encoder tried to reach the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASTEMAKER_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(socket.socket, "connect", refuse)
        yield
    assert tried == []


@pytest.fixture(scope="module", params=NAMES)
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return load_encoder(request.param)


def test_encoder_gives_float32_unit_rows(encoder: Encoder) -> None:
    got = encoder.encode(CAPTIONS[:8])
    assert got.shape == (8, encoder.dim)
    assert got.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), 1.0, atol=1e-5)


def test_encoder_gives_blank_texts_a_zero_row(encoder: Encoder) -> None:
    got = encoder.encode(["", "  \n\t", "fresh pasta", "\u200b\x00\x1f\ufeff"])
    assert not got[[0, 1, 3]].any()
    assert got[2].any()
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_encoder_rows_do_not_depend_on_their_batch(encoder: Encoder) -> None:
    texts = [*random.Random(3).sample(CAPTIONS, 24), "🔥", "a", "", "word " * 300]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_array_equal(together, alone)
    for seed in range(2):
        order = np.random.default_rng(seed).permutation(len(texts))
        np.testing.assert_array_equal(encoder.encode([texts[i] for i in order]), together[order])


@pytest.mark.parametrize(
    "text",
    [
        "long caption " * 8_000,
        "\x00\x07control\x1b[31m characters\x7f",
        "half an emoji \ud83d",
        "x" * 100_000,
        "ﷺ" * 9_000,
    ],
    ids=["long", "control", "surrogate", "one word", "expanding"],
)
def test_encoder_survives_strange_texts(encoder: Encoder, text: str) -> None:
    assert np.linalg.norm(encoder.encode([text])[0]) == pytest.approx(1.0, abs=1e-5)


def test_encoder_refuses_what_is_not_a_sequence_of_texts(encoder: Encoder) -> None:
    with pytest.raises(EncoderError, match=r"text 1: expected str, got NoneType"):
        encoder.encode(["fine", None])  # type: ignore[list-item]
    with pytest.raises(EncoderError, match="one string 'bare'"):
        encoder.encode("bare")


def test_encoder_comes_out_of_a_bundle_as_it_went_in(encoder: Encoder, tmp_path: Path) -> None:
    pack_encoder(encoder, tmp_path / "encoder")
    back = unpack_encoder(tmp_path / "encoder")
    assert (back.id, back.dim) == (encoder.id, encoder.dim)
    np.testing.assert_array_equal(back.encode(CAPTIONS[:5]), encoder.encode(CAPTIONS[:5]))


def test_encoder_ids_differ() -> None:
    ids = {load_encoder(name).id for name in NAMES}
    assert len(ids) == len(NAMES)
