"""The reference: any sentence-transformers model, run by torch, one text a call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tastemaker.encoders.encoder import Matrix, TextEncoder
from tastemaker.encoders.pins import MINILM, installed_version, verified_folder
from tastemaker.errors import EncoderError


class SentenceTransformerEncoder(TextEncoder):
    """One text a call on one thread: padding and thread count change the last bits of a batch."""

    def __init__(self, model: Any, encoder_id: str, name: str) -> None:
        self.id = encoder_id
        self.name = name  # what load_encoder() calls it
        self.dim = int(model.get_embedding_dimension())
        self._model = model

    def _embed(self, texts: list[str]) -> Matrix:
        with _one_torch_thread():
            rows = [
                self._model.encode([text], normalize_embeddings=True, show_progress_bar=False)[0]
                for text in texts
            ]
        return np.asarray(rows, dtype=np.float32)


def minilm_reference() -> SentenceTransformerEncoder:
    """all-MiniLM-L6-v2 from its package: 384 numbers, English, at most 256 tokens."""
    folder = verified_folder(MINILM)
    encoder_id = f"minilm/all-MiniLM-L6-v2-{installed_version(MINILM)}/fp32/{MINILM.weights_prefix}"
    return SentenceTransformerEncoder(_load(str(folder), local=True), encoder_id, "minilm")


def other_model(name: str) -> SentenceTransformerEncoder:
    """A folder, or a name that the hub or its local cache has; the id carries the digest of its weights."""
    path = Path(name).expanduser()
    local = path.is_dir()
    model = _load(str(path) if local else name, local=local)
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(_torch().uint8).numpy().tobytes())
    encoder_id = f"sentence-transformers/{path.name}/torch/{digest.hexdigest()[:8]}"
    return SentenceTransformerEncoder(model, encoder_id, f"sentence-transformers:{name}")


def _load(name: str, *, local: bool) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise EncoderError(
            f"encoder {name!r} needs sentence-transformers; pip install 'tastemaker[train]', or use minilm-int8"
        ) from None
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(name, device="cpu", local_files_only=local, trust_remote_code=False)
    except Exception as error:  # the library and its hub client raise dozens of unrelated types
        reason = " ".join(str(error).split())[:200]
        raise EncoderError(
            f"sentence-transformers model {name!r} can not be loaded ({type(error).__name__}: {reason}); "
            "give the path of a model folder, or a name that the hub or its local cache has"
        ) from error


def _torch() -> Any:
    import torch

    return torch


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    torch = _torch()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
