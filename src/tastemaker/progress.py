"""How long work tells how far it is: a plain callable, so that rooms know nothing of terminals."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""``progress(what, done, total)``; called now and then, from the process that started the work."""


def silent(what: str, done: int, total: int) -> None:
    """Tells nobody."""
