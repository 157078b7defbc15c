"""What the terminal sees: results on stdout, progress and messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from tastemaker.progress import Progress

# A table in a pipe or a file is wanted whole, however narrow the terminal that started it.
out = Console(width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, width=None if sys.stderr.isatty() else 200)


def say(text: str) -> None:
    """A line for a person, beside the result."""
    err.print(text, highlight=False, markup=False)


def write(text: str) -> None:
    """A result, byte for byte: for files and pipes."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def plain(text: str) -> Text:
    """Names come from outside: brackets are no markup here, and control characters do not reach the terminal."""
    return Text("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="dim")


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """One bar per kind of work, with rate and time left; plain lines where there is no terminal."""
    if not err.is_terminal:
        yield _Lines().tell
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=err) as bars:
        tasks: dict[str, object] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

        yield tell


class _Lines:
    """Progress for logs: a line when a piece of work starts, at each quarter, and when it ends."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, float]] = {}

    def tell(self, what: str, done: int, total: int) -> None:
        import time

        quarter = 4 * done // max(total, 1)
        now = time.monotonic()
        if what not in self._last:
            self._last[what] = (quarter, now)
            if done < total:
                say(f"{what}: {done:,} of {total:,}")
                return
        elif self._last[what][0] == quarter:
            return
        start = self._last[what][1]
        self._last[what] = (quarter, start)
        rate = done / (now - start) if now > start else 0.0
        left = f", {(total - done) / rate:,.0f} s left" if rate and done < total else ""
        say(f"{what}: {done:,} of {total:,}" + (f" ({rate:,.0f}/s{left})" if rate else ""))
