"""Mapping a kernel over buckets: a local loop, or a pool of processes. A cluster's executor has the same signature."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Protocol, TypeVar

from tastemaker.errors import FeatureError
from tastemaker.processes import end_with_parent
from tastemaker.progress import Progress

T = TypeVar("T")
R = TypeVar("R")


class Executor(Protocol):
    """Maps a picklable function of the installed package over tasks; results come in the order of the tasks."""

    def __call__(
        self, work: Callable[[T], R], tasks: Sequence[T], what: str, progress: Progress
    ) -> list[R]: ...


@contextmanager
def local_executor(workers: int) -> Iterator[Executor]:
    """A loop for one worker, processes for more, kept until the end of the block; 0 takes one per core at hand.

    Raises FeatureError where a process dies; what a task raises is raised as it is.
    """
    count = workers or len(os.sched_getaffinity(0))
    if count == 1:
        yield run_here
        return
    # Spawned, not forked: a fork would copy the locks that threads of loaded libraries hold.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=end_with_parent) as pool:
        yield _Pool(pool)


def run_here(work: Callable[[T], R], tasks: Sequence[T], what: str, progress: Progress) -> list[R]:
    """The trivial executor: one task after the other, in this process."""
    results = []
    for done, task in enumerate(tasks, start=1):
        results.append(work(task))
        progress(what, done, len(tasks))
    return results


class _Pool:
    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def __call__(self, work: Callable[[T], R], tasks: Sequence[T], what: str, progress: Progress) -> list[R]:
        if len(tasks) == 1:
            return run_here(work, tasks, what, progress)
        futures = [self._pool.submit(work, task) for task in tasks]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                progress(what, done, len(tasks))
        except BrokenProcessPool:
            raise FeatureError(
                f"{what}: a worker process died (killed, out of memory, or a script without "
                "'if __name__ == \"__main__\":'); use fewer workers, or one"
            ) from None
        finally:
            # Of a failure or an interruption nobody waits for the rest; what is done can not be cancelled.
            for future in futures:
                future.cancel()
        return [future.result() for future in futures]
