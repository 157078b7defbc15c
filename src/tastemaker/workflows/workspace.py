"""A folder of stage outputs that knows which of them are still true.

A stage's output is a folder. Beside its files lies ``.stage.json`` with the digest of everything it was made from
(input contents, settings, the code of its rooms) and the digest of what was written. A stage is skipped only if both
still hold, so an edited input, a changed setting, new code, a damaged or a half-written output lead to a new run.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

import tastemaker
from tastemaker.atomic import PARTIAL, atomic_folder
from tastemaker.config import digest
from tastemaker.errors import TrainingError
from tastemaker.progress import Progress, silent

SEAL = ".stage.json"


@dataclass(frozen=True)
class Stage:
    """One step. ``run`` writes into the empty folder that it is given; ``rooms`` name the code it hangs on."""

    name: str
    inputs: Sequence[Path]
    settings: Sequence[BaseModel]
    rooms: Sequence[str]
    run: Callable[[Path], None]
    extra: str = ""


@dataclass
class Workspace:
    """Stage outputs under ``root``. ``timings`` collects seconds per stage that ran (not those that were skipped)."""

    root: Path
    progress: Progress = silent
    timings: dict[str, float] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        return self.root / name

    def done(self, name: str) -> Path:
        """The output of a stage that must have run before; raises TrainingError that names the missing stage."""
        path = self.path(name)
        if not (path / SEAL).is_file():
            raise TrainingError(
                f"{path}: not there yet; run the stage {name!r} first (`tastemaker build` runs them all)"
            )
        return path

    def run(self, stage: Stage) -> Path:
        """The stage's output folder, computed only if what is there is not true any more."""
        target = self.path(stage.name)
        made_from = self._made_from(stage)
        if self.holds(target, made_from):
            return target
        self.root.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        with atomic_folder(target) as partial:
            stage.run(partial)
            seal = {"made_from": made_from, "content": content_digest(partial)}
            (partial / SEAL).write_text(json.dumps(seal), encoding="utf-8")
        self.timings[stage.name] = time.monotonic() - started
        return target

    @staticmethod
    def holds(target: Path, made_from: str) -> bool:
        try:
            seal = json.loads((target / SEAL).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        if not isinstance(seal, dict) or seal.get("made_from") != made_from:
            return False
        return bool(seal.get("content") == content_digest(target))

    @staticmethod
    def _made_from(stage: Stage) -> str:
        parts = [stage.name, stage.extra, digest(*stage.settings), code_digest(stage.rooms)]
        parts += [content_digest(path) for path in stage.inputs]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone in the workspace: two runs at once would write into each other's stages. A second one waits."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.progress(f"waiting for another run in {self.root}", 0, 1)
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def clear_partials(self) -> None:
        """Removes what killed runs left behind."""
        for path in self.root.glob(f".*{PARTIAL}"):
            shutil.rmtree(path, ignore_errors=True)


def content_digest(path: Path) -> str:
    """SHA-256 (hex) over the names and bytes of a file, or of a folder's files but its seal."""
    total = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and p.name != SEAL)
    for file in files:
        with file.open("rb") as handle:
            total.update(f"{file.name if path.is_file() else file.relative_to(path).as_posix()}\0".encode())
            total.update(hashlib.file_digest(handle, "sha256").digest())
    return total.hexdigest()


def code_digest(rooms: Sequence[str]) -> str:
    """SHA-256 (hex) of the source of the named rooms: a change of code is a change of input."""
    source = Path(tastemaker.__file__).parent
    total = hashlib.sha256()
    for room in sorted(rooms):
        home = source / room
        files = sorted(home.rglob("*")) if home.is_dir() else [home.with_suffix(".py")]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(f"{room}/{file.name}\0".encode() + file.read_bytes())
    return total.hexdigest()
