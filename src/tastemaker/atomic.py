"""Files and folders that are there whole or not at all, whenever the process is killed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tastemaker.errors import OutputError

PARTIAL = ".partial"
MARKS = (".stage.json", "manifest.json", "report.json", "simulation.json", "snapshot.json")
"""A folder that holds one of these is an output of ours, and may be replaced by a new one."""


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yields an empty folder beside ``target``; on success it takes the place of ``target``, on failure it is removed.

    What a killed run leaves is named ``.<target>.partial``; the next run clears it. Files are flushed to disk before
    the folder gets its name, so that a name never stands for half a content. Raises :class:`OutputError` when
    ``target`` is a file, or a folder with something in it that is no output of ours (:data:`MARKS`).
    """
    refuse_foreign(target)
    partial = target.with_name(f".{target.name}{PARTIAL}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        for path in sorted(partial.rglob("*")):
            if path.is_file():
                _flush(path)
        replace_folder(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def atomic_file(target: Path) -> Iterator[Path]:
    """Yields a path beside ``target`` to write to; on success it takes the place of ``target``."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}{PARTIAL}")
    try:
        yield partial
        _flush(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def refuse_foreign(target: Path) -> None:
    """Raises :class:`OutputError` unless ``target`` is absent, an empty folder, or an output of ours."""
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir() or target.is_symlink():
        raise OutputError(f"{target}: is not a folder; name another place for the output")
    if any(target.iterdir()) and not any((target / mark).is_file() for mark in MARKS):
        raise OutputError(
            f"{target}: holds files that are not an output of ours; name another or an empty folder"
        )


def replace_folder(source: Path, target: Path) -> None:
    """Renames ``source`` to ``target``; a folder that stood there is moved away first and then deleted."""
    retired = target.with_name(f".{target.name}.retired")
    shutil.rmtree(retired, ignore_errors=True)
    if target.exists():
        target.rename(retired)
    source.rename(target)
    shutil.rmtree(retired, ignore_errors=True)


def _flush(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
