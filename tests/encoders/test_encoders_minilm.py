"""The fast path against the reference: the same weights, close vectors, no torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tastemaker.encoders import cache_home, load_encoder
from tastemaker.encoders.minilm_int8 import MODEL, MinilmInt8Encoder, export_int8, exported_folder
from tastemaker.encoders.onnx_graph import minilm_graph
from tastemaker.encoders.pins import MINILM, file_digest, verified_folder


def test_minilm_int8_is_close_to_the_reference(captions: list[str]) -> None:
    cosine = (load_encoder("minilm").encode(captions) * load_encoder("minilm-int8").encode(captions)).sum(
        axis=1
    )
    assert cosine.mean() >= 0.985
    assert cosine.min() >= 0.95


def test_minilm_reads_256_tokens_in_both_forms() -> None:
    text = "pasta " * 254  # with the two marks at its ends: 256 tokens
    for name in ("minilm", "minilm-int8"):
        encoder = load_encoder(name)
        rows = encoder.encode([text, text + "unread words", "pasta " * 253 + "bicycle"])
        np.testing.assert_array_equal(rows[0], rows[1])
        assert (rows[0] != rows[2]).any()


def test_minilm_graph_in_float_equals_the_reference() -> None:
    import onnxruntime
    from safetensors.numpy import load_file

    weights = load_file(verified_folder(MINILM) / "model.safetensors")
    session = onnxruntime.InferenceSession(minilm_graph(weights).SerializeToString())
    int8, text = MinilmInt8Encoder(exported_folder()), "slow mornings, strong coffee ☕ #cabinlife"
    ids = np.array([int8._tokenizer.encode(text).ids])
    got = session.run(None, {"input_ids": ids})[0]
    np.testing.assert_allclose(got, load_encoder("minilm").encode([text])[0], atol=1e-5)


def test_minilm_export_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    export_int8(verified_folder(MINILM), tmp_path)
    assert file_digest(tmp_path / MODEL) == file_digest(exported_folder() / MODEL)


def test_minilm_export_is_made_once_and_again_when_altered() -> None:
    folder = exported_folder()
    before = (folder / MODEL).stat().st_mtime_ns
    assert exported_folder() == folder
    assert (folder / MODEL).stat().st_mtime_ns == before
    good = file_digest(folder / MODEL)
    (folder / MODEL).write_bytes(b"cut short")
    assert file_digest(exported_folder() / MODEL) == good
    assert [path.name for path in cache_home().iterdir()] == [folder.name]  # nothing half-written stays


@pytest.mark.parametrize("name", ["multilingual", "minilm-int8"])
def test_minilm_int8_and_multilingual_run_without_torch(name: str) -> None:
    exported_folder()
    code = (
        f"import sys; from tastemaker.encoders import load_encoder; load_encoder({name!r}).encode(['hello']); "
        "print([m for m in ('torch', 'sentence_transformers', 'transformers', 'onnx') if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert out.stdout.strip() == "[]"
