"""Encoding a catalogue: distinct texts only, from the cache where they are, by several processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from tastemaker.encoders.cache import VectorCache
from tastemaker.encoders.cached import distinct_texts, spread
from tastemaker.encoders.encoder import Encoder, Matrix
from tastemaker.encoders.loading import load_encoder
from tastemaker.errors import EncoderError
from tastemaker.processes import end_with_parent
from tastemaker.progress import Progress, silent

_TEXTS_A_TASK = 512
_TEXTS_A_STORE = 2_048
# A process needs a second to load the model; below this many texts that is not won back.
_WORTH_PROCESSES = 1_024

_worker_encoder: Encoder | None = None


def encode_many(
    name: str,
    texts: Sequence[str],
    *,
    workers: int,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Matrix:
    """(n, dim): what ``load_encoder(name).encode(texts)`` gives, bit for bit, for any number of workers.

    ``workers`` processes (0: one per core) start by spawn, so a script that calls this keeps its own work under
    ``if __name__ == "__main__"``. What was encoded before a kill is in the cache and is not encoded again.
    Raises EncoderError for an unknown encoder and when a worker dies.
    """
    tell = progress or silent
    encoder = load_encoder(name)
    distinct, row_of = distinct_texts(texts)
    store = None if cache is None else VectorCache(Path(cache), encoder.id, encoder.dim)
    found, vectors = store.get(distinct) if store else _nothing(len(distinct), encoder.dim)
    missing = np.flatnonzero(~found)
    done = len(distinct) - len(missing)
    tell("encode", done, len(distinct))
    unsaved: list[int] = []
    for places, rows in _encode(name, encoder, distinct, missing, workers or len(os.sched_getaffinity(0))):
        vectors[places] = rows
        unsaved += places.tolist()
        done += len(places)
        if store and (len(unsaved) >= _TEXTS_A_STORE or done == len(distinct)):
            store.put([distinct[i] for i in unsaved], vectors[unsaved])
            unsaved = []
        tell("encode", done, len(distinct))
    return spread(vectors, row_of)


def _nothing(n: int, dim: int) -> tuple[np.ndarray, Matrix]:
    return np.zeros(n, dtype=np.bool_), np.zeros((n, dim), dtype=np.float32)


def _encode(
    name: str, encoder: Encoder, texts: Sequence[str], missing: np.ndarray, workers: int
) -> Iterator[tuple[np.ndarray, Matrix]]:
    """(places, rows) task by task, in the order in which they are finished."""
    tasks = [missing[i : i + _TEXTS_A_TASK] for i in range(0, len(missing), _TEXTS_A_TASK)]
    if workers <= 1 or len(missing) < _WORTH_PROCESSES:
        for places in tasks:
            yield places, encoder.encode([texts[i] for i in places])
        return
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(name,)
    )
    try:
        futures = {pool.submit(_work, [texts[i] for i in places]): places for places in tasks}
        for future in as_completed(futures):
            yield futures.pop(future), future.result()
    except BrokenProcessPool:
        raise EncoderError(
            f"an encoding process of {workers} died (out of memory, or a script without "
            "'if __name__ == \"__main__\":'); use workers=1"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(name: str) -> None:
    global _worker_encoder  # one model per process, loaded once
    end_with_parent()
    _worker_encoder = load_encoder(name)


def _work(texts: list[str]) -> Matrix:
    if _worker_encoder is None:
        raise EncoderError("an encoding process was given work before its model")
    return _worker_encoder.encode(texts)
