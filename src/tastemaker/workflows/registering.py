"""The workspace's registry, and a candidate's way into it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tastemaker.atomic import atomic_folder
from tastemaker.errors import TrainingError
from tastemaker.training import Registry
from tastemaker.workflows.records import write_json
from tastemaker.workflows.stages import Job
from tastemaker.workflows.workspace import Stage

DATABASE = "mlflow.db"


def registry(job: Job) -> Registry:
    """The workspace's MLflow store: ``mlflow.db`` and ``mlartifacts/``."""
    database = job.workspace.path(DATABASE)
    return Registry(f"sqlite:///{database}", job.config.training.experiment, job.config.training.model)


def filled_registry(job: Job) -> Registry:
    """The same, where something was registered before; raises TrainingError that names the way out."""
    if not job.workspace.path(DATABASE).is_file():
        raise TrainingError(
            f"{job.workspace.path(DATABASE)}: no registry there; `tastemaker train SOURCE --workspace"
            f" {job.workspace.root}` makes a version"
        )
    return registry(job)


def forget_lost_registry(job: Job) -> None:
    """A record of a run in a registry that is gone records nothing."""
    if not job.workspace.path(DATABASE).is_file():
        for name in ("run", "version", "promotion"):
            shutil.rmtree(job.workspace.path(name), ignore_errors=True)


def register_candidate(job: Job) -> str:
    """The candidate's run as a version of the model, with the alias ``challenger``; returns its number.

    A candidate that was registered keeps its version. The champion stays what it is.
    """
    candidate, logged = job.workspace.done("candidate") / "bundle", job.workspace.done("run")

    def run(out: Path) -> None:
        run_id = json.loads((logged / "run.json").read_text(encoding="utf-8"))["run_id"]
        known = registry(job)
        version = known.register(run_id, candidate)
        known.challenge(version)
        write_json(out / "version.json", {"version": version, "run_id": run_id})

    folder = job.workspace.run(Stage("version", (candidate, logged), (job.config.training,), (), run))
    return str(json.loads((folder / "version.json").read_text(encoding="utf-8"))["version"])


def publish(bundle: Path, target: Path) -> Path:
    """Copies a bundle to where it is served from, in one step, unless it is there already."""
    present = target / "manifest.json"
    if not (present.is_file() and present.read_bytes() == (bundle / "manifest.json").read_bytes()):
        with atomic_folder(target) as partial:
            shutil.copytree(bundle, partial, dirs_exist_ok=True)
    return target
