"""The command's root: options, and how errors leave it."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from tastemaker.cli import (
    brief,
    creator,
    import_ranker,
    monitor,
    offline,
    portfolio,
    promotion,
    recommend,
    replay,
    serve,
    shadow,
    skew,
    tune,
)
from tastemaker.cli.console import say
from tastemaker.errors import TastemakerError

app = typer.Typer(
    name="tastemaker",
    help="Matches brands with the creators whose audience will act.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    brief,
    recommend,
    portfolio,
    creator,
    replay,
    offline,
    promotion,
    tune,
    monitor,
    skew,
    shadow,
    import_ranker,
    serve,
):
    module.register(app)


def main() -> None:
    """Runs the command. Exit status 2 with one message for anything the user can mend; no traceback."""
    try:
        app()
    except TastemakerError as error:
        say(f"tastemaker: {error}")
        sys.exit(2)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            _stop_writing()
        say(
            f"tastemaker: {error.filename or 'the system'}: {error.strerror or error}; name another place, or mend it"
        )
        sys.exit(2)
    except ModuleNotFoundError as error:
        say(f"tastemaker: {error.name} is not installed; training needs `pip install 'tastemaker[train]'`")
        sys.exit(2)
    except KeyboardInterrupt:
        say("tastemaker: interrupted; run it again to go on where it stopped")
        sys.exit(130)


def _stop_writing() -> NoReturn:
    """The reader of our output went away (as `head` does): nothing more can be said to it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)
