"""The fast path of the reference: int8 weights, onnxruntime and tokenizers, no torch, one text a call."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tastemaker.encoders.encoder import Matrix, TextEncoder
from tastemaker.encoders.home import cache_home, publish
from tastemaker.encoders.onnx_graph import WIDTH, minilm_graph
from tastemaker.encoders.pins import MINILM, file_digest, verified_folder
from tastemaker.errors import EncoderError

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
MAX_TOKENS = 256  # as the reference truncates
_EXPORT = 1  # counts up when the graph or the quantisation changes


class MinilmInt8Encoder(TextEncoder):
    """Reads a folder with ``model.onnx`` and ``tokenizer.json``; its id carries the digest of both.

    One text a call: dynamic activation scales would make a vector depend on its batch-mates.
    """

    dim = WIDTH

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.folder = folder
        both = "".join(file_digest(folder / name) for name in (MODEL, TOKENIZER))
        digest = hashlib.sha256(both.encode()).hexdigest()[:8]
        self.id = f"minilm/all-MiniLM-L6-v2-{MINILM.weights_prefix}/int8/{digest}"
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the same bits on any machine load
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / MODEL), options, providers=["CPUExecutionProvider"]
        )

    def _embed(self, texts: list[str]) -> Matrix:
        out = np.empty((len(texts), WIDTH), dtype=np.float32)
        for i, text in enumerate(texts):
            ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
            out[i] = self._session.run(None, {"input_ids": ids})[0]
        return out


def exported_folder() -> Path:
    """The folder of the int8 export in the cache, made on the first call (a few seconds, needs ``onnx``)."""
    folder = cache_home() / f"minilm-int8-{MINILM.weights_prefix}-{_EXPORT}"
    if not _complete(folder):
        source = verified_folder(MINILM)
        publish(folder, lambda work: export_int8(source, work))
    return folder


def export_int8(source: Path, folder: Path) -> None:
    """Writes ``model.onnx`` (int8 per channel, reduced range) and ``tokenizer.json`` from a MiniLM model folder.

    Per channel and reduced range because the defaults lose four times as much (cosine 0.957 against 0.991).
    """
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError:
        raise EncoderError(
            "exporting minilm-int8 needs the package onnx; pip install 'tastemaker[train]' (a bundle needs none)"
        ) from None
    from safetensors.numpy import load_file

    with tempfile.TemporaryDirectory() as scratch:
        plain, small = Path(scratch, "plain.onnx"), Path(scratch, "int8.onnx")
        plain.write_bytes(_bytes(minilm_graph(load_file(source / "model.safetensors"))))
        quantize_dynamic(plain, small, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
        (folder / MODEL).write_bytes(_bytes(onnx.load(small)))
    (folder / TOKENIZER).write_bytes((source / TOKENIZER).read_bytes())
    checks = "".join(f"{file_digest(folder / name)}  {name}\n" for name in (MODEL, TOKENIZER))
    (folder / "SHA256SUMS").write_text(checks, encoding="ascii")


def _complete(folder: Path) -> bool:
    """Whether the folder holds an export whose bytes are the ones that were written."""
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="ascii").split()
        return lines[1::2] == [MODEL, TOKENIZER] and lines[::2] == [
            file_digest(folder / n) for n in lines[1::2]
        ]
    except (OSError, ValueError, EncoderError):
        return False


def _bytes(model: Any) -> bytes:
    data: bytes = model.SerializeToString(deterministic=True)
    return data
