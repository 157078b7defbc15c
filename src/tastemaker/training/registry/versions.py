"""Runs and model versions in MLflow: what was trained on what.

A version is a bundle folder, stored as it is: nothing is pickled and no MLflow flavour is needed to serve it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlparse

import numpy as np

from tastemaker.config import Config, digest
from tastemaker.errors import TrainingError
from tastemaker.training.tracking import Tracking, Words

CHAMPION, CHALLENGER = "champion", "challenger"
BUNDLE, PICTURES = "bundle", "pictures"


class Version(NamedTuple):
    """A version in the registry and its bundle folder on this machine."""

    version: str
    bundle: Path


class Versions(Tracking):
    """One experiment and one registered model at ``tracking_uri`` (SQLite file or server).

    Every method raises :class:`TrainingError` where MLflow refuses."""

    def __init__(self, tracking_uri: str, experiment: str, model: str, artifacts: Path | None = None) -> None:
        super().__init__(tracking_uri, experiment, artifacts)
        self.model = model

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
        sections = config.model_dump(mode="json")
        words = Words(
            {f"{s}.{key}": value for s, keys in sections.items() for key, value in keys.items()},
            metrics,
            {"config_digest": digest(config), "data_digest": data_digest, "bundle": _bundle_id(bundle)},
        )
        with self._run(words, name) as (client, run_id):
            client.log_dict(run_id, sections, "config.json")
            if pictures is not None:
                client.log_artifacts(run_id, str(pictures), PICTURES)
            client.log_artifacts(run_id, str(bundle), BUNDLE)
        return run_id

    def add_metrics(self, run_id: str, metrics: Mapping[str, float]) -> None:
        """More metrics for a run that was logged before: what was measured after it was trained."""
        with self._mlflow() as client:
            for name, value in metrics.items():
                if np.isfinite(value):
                    client.log_metric(run_id, name, float(value))

    def log_files(
        self, name: str, metrics: Mapping[str, float], tags: Mapping[str, str], folder: Path
    ) -> str:
        """One run with metrics, tags and everything in ``folder`` as its artifacts; returns its id."""
        with self._run(Words({}, metrics, tags), name) as (client, run_id):
            client.log_artifacts(run_id, str(folder))
        return run_id

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

    def aliases(self) -> dict[str, str]:
        """Alias -> version number; empty without a model."""
        with self._mlflow() as client:
            model = self._registered(client)
            return {} if model is None else {str(a): str(v) for a, v in sorted(model.aliases.items())}

    def numbers(self) -> list[str]:
        """The version numbers there are, oldest first."""
        with self._mlflow() as client:
            if self._registered(client) is None:
                return []
            found = client.search_model_versions(f"name = '{self.model}'")
            return [str(n) for n in sorted(int(version.version) for version in found)]

    def find(self, name: str) -> Version:
        """The version of a number or alias, with its bundle (fetched where the store is elsewhere).

        Raises TrainingError that lists what there is, and where the bundle is gone.
        """
        aliases, numbers = self.aliases(), self.numbers()
        number = aliases.get(name, name)
        if number not in numbers:
            named = ", ".join(f"{alias} ({version})" for alias, version in aliases.items()) or "none"
            raise TrainingError(
                f"{name!r} is no version of model {self.model!r} at {self.tracking_uri}; there are versions"
                f" {', '.join(numbers) or 'none'} and aliases {named}"
            )
        with self._mlflow() as client:
            return Version(number, self._local(client.get_model_version(self.model, number)))

    def tags(self, version: str) -> dict[str, str]:
        """What the registry keeps of a version, by key."""
        with self._mlflow() as client:
            return {str(k): str(v) for k, v in client.get_model_version(self.model, version).tags.items()}

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
                " or promote another version"
            )
        return folder


def _bundle_id(bundle: Path) -> str:
    try:
        return str(json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["digest"])[:16]
    except (OSError, ValueError, KeyError, TypeError):
        raise TrainingError(
            f"{bundle / 'manifest.json'}: no manifest with a digest; {bundle} is not a bundle"
        ) from None
