"""Runs and model versions in MLflow: what was trained on what, and which bundle is the champion.

A version is a bundle folder, stored as it is: nothing is pickled and no MLflow flavour is needed to serve it.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlparse

import numpy as np

from tastemaker.config import Config, digest
from tastemaker.errors import TrainingError
from tastemaker.training.gate import GateResult

CHAMPION, CHALLENGER = "champion", "challenger"
BUNDLE, PICTURES = "bundle", "pictures"
_SQLITE = "sqlite:///"
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


class Champion(NamedTuple):
    """The present champion: its version in the registry and its bundle folder on this machine."""

    version: str
    bundle: Path


class Registry:
    """One experiment and one registered model at ``tracking_uri`` (SQLite file or server).

    With SQLite, artifacts lie in the folder ``mlartifacts`` beside the database unless ``artifacts`` names
    another; a server keeps its own. MLflow is loaded on the first call. Every method raises
    :class:`TrainingError` where MLflow refuses.
    """

    def __init__(self, tracking_uri: str, experiment: str, model: str, artifacts: Path | None = None) -> None:
        self.tracking_uri = tracking_uri
        self.experiment = experiment
        self.model = model
        self.artifacts = artifacts
        self._client: Any = None

    def log_run(
        self,
        config: Config,
        data_digest: str,
        metrics: Mapping[str, float],
        *,
        bundle: Path,
        pictures: Path | None = None,
        name: str | None = None,
    ) -> str:
        """One run with parameters, digests, metrics, pictures and the bundle; returns its id.

        Metrics that are NaN were not measured and are left out. A run that breaks half way is marked as
        failed.
        """
        tags = {"config_digest": digest(config), "data_digest": data_digest, "bundle": _bundle_id(bundle)}
        with self._mlflow() as client:
            run_id = str(client.create_run(self._experiment_id(client), run_name=name).info.run_id)
            try:
                _log_words(client, run_id, config, metrics, tags)
                if pictures is not None:
                    client.log_artifacts(run_id, str(pictures), PICTURES)
                client.log_artifacts(run_id, str(bundle), BUNDLE)
            except BaseException:
                client.set_terminated(run_id, "FAILED")
                raise
            client.set_terminated(run_id)
        return run_id

    def add_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """More metrics for a run that was logged before: what was measured after it was trained."""
        with self._mlflow() as client:
            for name, value in metrics.items():
                if np.isfinite(value):
                    client.log_metric(run_id, name, float(value))

    def register(self, run_id: str, bundle: Path) -> str:
        """A new version of the model whose source is the bundle that the run logged; returns its number.

        ``bundle`` is the same folder here: its manifest's digest is kept as a tag, so that a version can be
        told from a bundle in use.
        """
        tags = {"bundle": _bundle_id(bundle)}
        with self._mlflow() as client:
            if not client.list_artifacts(run_id, BUNDLE):
                raise TrainingError(
                    f"run {run_id} of {self.tracking_uri} holds no bundle; log one before registering it"
                )
            source = f"{client.get_run(run_id).info.artifact_uri}/{BUNDLE}"
            if self._registered(client) is None:
                client.create_registered_model(self.model)
            return str(client.create_model_version(self.model, source, run_id, tags=tags).version)

    def champion(self) -> Champion | None:
        """The version with alias ``champion`` and its bundle (fetched where the store is elsewhere); None
        without.
        """
        with self._mlflow() as client:
            model = self._registered(client)
            if model is None or CHAMPION not in model.aliases:
                return None
            version = client.get_model_version_by_alias(self.model, CHAMPION)
            return Champion(str(version.version), self._local(version))

    def promote(self, version: str, gate: GateResult) -> str:
        """Gives the version the alias ``champion`` if the gate was passed, else ``challenger``; returns the
        alias.

        The reason becomes the version's description, and with the measured difference its tags.
        """
        alias, other = (CHAMPION, CHALLENGER) if gate.passed else (CHALLENGER, CHAMPION)
        with self._mlflow() as client:
            for key, value in _gate_tags(alias, gate).items():
                client.set_model_version_tag(self.model, version, key, value)
            client.update_model_version(self.model, version, gate.reason)
            if str(client.get_registered_model(self.model).aliases.get(other)) == version:
                client.delete_registered_model_alias(self.model, other)
            client.set_registered_model_alias(self.model, alias, version)
        return alias

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
        if self._database is not None:
            self._database.parent.mkdir(parents=True, exist_ok=True)
        return MlflowClient(self.tracking_uri, self.tracking_uri)

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

    def _registered(self, client: Any) -> Any:
        from mlflow.exceptions import MlflowException

        try:
            return client.get_registered_model(self.model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return None

    def _local(self, version: Any) -> Path:
        from mlflow.artifacts import download_artifacts

        source = urlparse(str(version.source))
        if source.scheme not in ("", "file"):
            return Path(download_artifacts(artifact_uri=version.source, tracking_uri=self.tracking_uri))
        folder = Path(unquote(source.path))
        if not folder.is_dir():
            raise TrainingError(
                f"{folder}: the bundle of version {version.version} of {self.model!r} is not there; put it back,"
                f" or take the alias {CHAMPION!r} from that version"
            )
        return folder


def _log_words(
    client: Any, run_id: str, config: Config, metrics: Mapping[str, float], tags: Mapping[str, str]
) -> None:
    from mlflow.entities import Metric, Param, RunTag

    now = int(datetime.now(UTC).timestamp() * 1000)
    sections: dict[str, dict[str, object]] = config.model_dump(mode="json")
    client.log_batch(
        run_id,
        metrics=[Metric(k, float(v), now, 0) for k, v in metrics.items() if np.isfinite(v)],
        params=[
            Param(f"{s}.{key}", str(value)) for s, keys in sections.items() for key, value in keys.items()
        ],
        tags=[RunTag(key, value) for key, value in tags.items()],
    )
    client.log_dict(run_id, sections, "config.json")


def _gate_tags(alias: str, gate: GateResult) -> dict[str, str]:
    tags = {
        "gate": alias,
        "gate_reason": gate.reason,
        "gate_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if gate.difference is not None:
        tags["gate_difference"] = json.dumps(gate.difference.to_json())
    return tags


def _bundle_id(bundle: Path) -> str:
    try:
        return str(json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["digest"])[:16]
    except (OSError, ValueError, KeyError, TypeError):
        raise TrainingError(
            f"{bundle / 'manifest.json'}: no manifest with a digest; {bundle} is not a bundle"
        ) from None
