"""Mapping a kernel over buckets: a local loop, or a pool of processes. A cluster's executor has the same signature."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Protocol, TypeVar

from tastemaker.progress import Progress

T = TypeVar("T")
R = TypeVar("R")


class Executor(Protocol):
    """Maps a picklable function of the installed package over tasks; results come in the order of the tasks."""

    def __call__(
        self, work: Callable[[T], R], tasks: Sequence[T], what: str, progress: Progress
    ) -> list[R]: ...


def local_executor(workers: int) -> Executor:
    """A loop for one worker, processes for more; 0 takes one per core that this process may use."""
    count = workers or len(os.sched_getaffinity(0))
    return _loop if count == 1 else _Pool(count)


def _loop(work: Callable[[T], R], tasks: Sequence[T], what: str, progress: Progress) -> list[R]:
    results = []
    for done, task in enumerate(tasks, start=1):
        results.append(work(task))
        progress(what, done, len(tasks))
    return results


class _Pool:
    def __init__(self, workers: int) -> None:
        self._workers = workers

    def __call__(self, work: Callable[[T], R], tasks: Sequence[T], what: str, progress: Progress) -> list[R]:
        if len(tasks) <= 1:
            return _loop(work, tasks, what, progress)
        # Spawned, not forked: a fork would copy the threads' locks of the libraries that are loaded here.
        context = get_context("spawn")
        with ProcessPoolExecutor(min(self._workers, len(tasks)), mp_context=context) as pool:
            futures = [pool.submit(work, task) for task in tasks]
            for done, _ in enumerate(as_completed(futures), start=1):
                progress(what, done, len(tasks))
            return [future.result() for future in futures]
