"""Worker processes that do not outlive whoever started them."""

from __future__ import annotations

import os
import threading
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess


def end_with_parent() -> None:
    """For the start of a worker process: it ends when its parent does, however that ended.

    A killed parent can tell its workers nothing, and they would finish what was queued for them, unseen.
    Does nothing in a process that nobody started as a worker.
    """
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
