"""Runs in MLflow: what was tried with which settings and what was measured."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tastemaker.errors import TrainingError

log = logging.getLogger(__name__)

_SQLITE = "sqlite:///"
_MAGIC = b"SQLite format 3\0"
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


class Words(NamedTuple):
    """What a run says of itself. Metrics that are NaN were not measured and are left out."""

    params: Mapping[str, object]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


class Tracking:
    """One experiment at ``tracking_uri`` (SQLite file or server).

    With SQLite, artifacts lie in the folder ``mlartifacts`` beside the database unless ``artifacts`` names
    another; a server keeps its own. MLflow is loaded on the first call. Every method raises
    :class:`TrainingError` where MLflow refuses.
    """

    def __init__(self, tracking_uri: str, experiment: str, artifacts: Path | None = None) -> None:
        self.tracking_uri = tracking_uri
        self.experiment = experiment
        self.artifacts = artifacts
        self._client: Any = None

    def log_trial(
        self,
        name: str,
        params: Mapping[str, object],
        metrics: Mapping[str, float],
        *,
        tags: Mapping[str, str] | None = None,
        files: Mapping[str, Mapping[str, object]] | None = None,
    ) -> str:
        """One run without a bundle, of an experiment that only measures; returns its id.

        ``files``: file name ending in .json -> what it holds.
        """
        with self._run(Words(params, metrics, tags or {}), name) as (client, run_id):
            for file, content in (files or {}).items():
                client.log_dict(run_id, dict(content), file)
        return run_id

    def check(self) -> None:
        """Tries the place out, before hours of work end in a refusal."""
        with self._mlflow() as client:
            self._experiment_id(client)

    @contextmanager
    def _run(self, words: Words, name: str | None) -> Iterator[tuple[Any, str]]:
        """An open run that has its words; it ends as finished, or as failed where the caller breaks."""
        with self._mlflow() as client:
            run_id = str(client.create_run(self._experiment_id(client), run_name=name).info.run_id)
            try:
                log_words(client, run_id, words)
                yield client, run_id
            except BaseException:
                self._mark_failed(client, run_id)
                raise
            client.set_terminated(run_id)

    def _mark_failed(self, client: Any, run_id: str) -> None:
        """What broke the run is what the caller hears; a mark that can not be set any more is told in the log."""
        from mlflow.exceptions import MlflowException

        try:
            client.set_terminated(run_id, "FAILED")
        except (MlflowException, OSError) as error:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            log.warning(
                "MLflow at %s: run %s stays marked as running (%s)", self.tracking_uri, run_id, reason
            )

    @contextmanager
    def _mlflow(self) -> Iterator[Any]:
        """The client, made on the first call; what MLflow refuses inside becomes a TrainingError."""
        for key, value in _QUIET.items():
            os.environ.setdefault(key, value)
        from mlflow.exceptions import MlflowException

        try:
            self._client = self._client or self._connect()
            yield self._client
        except MlflowException as error:
            raise TrainingError(f"MLflow at {self.tracking_uri}: {' '.join(str(error).split())}") from error

    def _connect(self) -> Any:
        from mlflow.tracking import MlflowClient

        for logger in ("mlflow", "alembic"):
            logging.getLogger(logger).setLevel(logging.WARNING)
        if self.tracking_uri.startswith("sqlite:") and self._database is None:
            raise TrainingError(
                f"MLflow at {self.tracking_uri}: expected sqlite:///PATH; write three slashes"
            )
        if self._database is not None:
            self._database.parent.mkdir(parents=True, exist_ok=True)
            require_sqlite(self._database, "MLflow's runs")
        try:
            return MlflowClient(self.tracking_uri, self.tracking_uri)
        except Exception as error:
            # A place that can not be is answered with whatever the libraries below MLflow raise.
            reason = " ".join(str(error).split())
            raise TrainingError(
                f"MLflow at {self.tracking_uri}: can not be opened ({type(error).__name__}: {reason}); "
                "expected sqlite:///PATH or the address of a server"
            ) from error

    @property
    def _database(self) -> Path | None:
        local = self.tracking_uri.startswith(_SQLITE)
        return Path(self.tracking_uri.removeprefix(_SQLITE)).resolve() if local else None

    def _experiment_id(self, client: Any) -> str:
        found = client.get_experiment_by_name(self.experiment)
        if found is not None:
            return str(found.experiment_id)
        folder = self.artifacts or (self._database and self._database.parent / "mlartifacts")
        location = None if folder is None else folder.resolve().as_uri()
        return str(client.create_experiment(self.experiment, artifact_location=location))


def require_sqlite(path: Path, what: str) -> None:
    """Raises TrainingError for a file of another kind, which is otherwise answered with the errors of the libraries
    below; one that is not there, or is empty, can become a database."""
    if path.exists() and path.stat().st_size and not _starts_as_sqlite(path):
        raise TrainingError(f"{path}: not an SQLite database; name another file for {what}")


def _starts_as_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def log_words(client: Any, run_id: str, words: Words) -> None:
    """Adds parameters, metrics and tags to a run."""
    from mlflow.entities import Metric, Param, RunTag

    now = int(datetime.now(UTC).timestamp() * 1000)
    client.log_batch(
        run_id,
        metrics=[Metric(k, float(v), now, 0) for k, v in words.metrics.items() if np.isfinite(v)],
        params=[Param(key, str(value)) for key, value in words.params.items()],
        tags=[RunTag(key, value) for key, value in words.tags.items()],
    )
