"""Where files that are made once are kept, and how a folder appears there: whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tastemaker.errors import EncoderError


def cache_home() -> Path:
    """``$TASTEMAKER_CACHE``, else ``$XDG_CACHE_HOME/tastemaker``, else ``~/.cache/tastemaker``; read at every call."""
    if own := os.environ.get("TASTEMAKER_CACHE"):
        return Path(own).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "tastemaker"


def publish(folder: Path, fill: Callable[[Path], None]) -> None:
    """Fills a temporary folder beside ``folder`` and renames it into place; of two writers the last one wins."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise EncoderError(
            f"{folder.parent}: can not be written ({error.strerror}); set TASTEMAKER_CACHE to a folder that can"
        ) from None
    try:
        fill(work)
        work.chmod(0o755)
        _replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _replace(work: Path, folder: Path) -> None:
    """A non-empty folder can not be renamed over, so an old one steps aside first."""
    aside = work.with_name(work.name + "-old")
    for _ in range(10):
        try:
            work.rename(folder)
            return
        except OSError:
            try:
                folder.rename(aside)
            except FileNotFoundError:
                continue
            shutil.rmtree(aside, ignore_errors=True)
    raise EncoderError(f"{folder}: could not be replaced; another process keeps writing it, try again")
