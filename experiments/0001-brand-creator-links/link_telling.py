"""Progress for a person at a terminal: what is done, and about how long the rest takes."""

from __future__ import annotations

import sys
import time

from tastemaker.progress import Progress


def teller() -> Progress:
    """Writes one line to stderr for every step; the time left is in proportion to the time spent."""
    start = time.monotonic()

    def tell(what: str, done: int, total: int) -> None:
        spent = time.monotonic() - start
        left = f", about {spent / done * (total - done):.0f} s left" if done else ""
        print(f"{what} {done}/{total} after {spent:.0f} s{left}", file=sys.stderr, flush=True)

    return tell
