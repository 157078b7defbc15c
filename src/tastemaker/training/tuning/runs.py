"""A study in MLflow: one run, and a nested one for each of its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tastemaker.training.tracking import Tracking, Words, log_words

PARENT = "mlflow.parentRunId"
STATE = "trial.state"
PRUNED, WHOLE, FAILED, KILLED, RUNNING = "pruned", "whole", "failed", "killed", "running"

_STATUS = {PRUNED: "FINISHED", WHOLE: "FINISHED", FAILED: "FAILED", KILLED: "KILLED"}
"""MLflow knows no pruned run: the tag ``trial.state`` tells."""


class StudyRuns(Tracking):
    """Runs of studies in one experiment. Every method raises TrainingError where MLflow refuses."""

    def study(self, name: str, words: Words, known: str | None = None) -> str:
        """The run of a study, ``known`` where it is still there; returns its id. It is open until :meth:`close`."""
        with self._mlflow() as client:
            if known is not None and self._there(client, known):
                client.update_run(known, status="RUNNING")
                return known
            return self._new(client, name, words, {})

    def trial(self, study: str, number: int, params: Mapping[str, object]) -> str:
        """An open run of a trial, nested in that of the study; returns its id."""
        with self._mlflow() as client:
            tags = {PARENT: study, STATE: RUNNING}
            return self._new(client, f"trial {number}", Words(params, {}, {}), tags)

    def fold(self, run_id: str, step: int, metrics: Mapping[str, float]) -> None:
        """What a trial reached on a fold, as metrics with a step."""
        with self._mlflow() as client:
            for key, value in metrics.items():
                client.log_metric(run_id, key, float(value), step=step)

    def end(self, run_id: str, state: str, metrics: Mapping[str, float]) -> None:
        """Closes a trial's run as ``PRUNED``, ``WHOLE``, ``FAILED`` or ``KILLED``; one that is gone stays gone."""
        with self._mlflow() as client:
            if self._there(client, run_id):
                log_words(client, run_id, Words({}, metrics, {STATE: state}))
                client.set_terminated(run_id, _STATUS[state])

    def close(self, run_id: str, words: Words) -> None:
        """What the study has found so far; the run is open again when the study goes on."""
        with self._mlflow() as client:
            log_words(client, run_id, words)
            client.set_terminated(run_id)

    def nested(self, run_id: str) -> Sequence[Any]:
        """The trials' runs of a study, oldest first."""
        with self._mlflow() as client:
            where = f"tags.`{PARENT}` = '{run_id}'"
            experiments = [self._experiment_id(client)]
            return list(client.search_runs(experiments, where, order_by=["attributes.start_time"]))

    def _new(self, client: Any, name: str, words: Words, tags: Mapping[str, str]) -> str:
        made = client.create_run(self._experiment_id(client), run_name=name, tags=dict(tags))
        run_id = str(made.info.run_id)
        log_words(client, run_id, words)
        return run_id

    @staticmethod
    def _there(client: Any, run_id: str) -> bool:
        from mlflow.exceptions import MlflowException

        try:
            return bool(client.get_run(run_id).info.lifecycle_stage == "active")
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return False
