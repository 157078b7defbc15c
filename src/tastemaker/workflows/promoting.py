"""Who serves: a version is judged against the champion and takes its place, or does not; the former comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tastemaker.bundle import verify_bundle
from tastemaker.training import (
    CHAMPION,
    GateResult,
    Registry,
    Verdict,
    Version,
    judge_gate,
)
from tastemaker.workflows.comparing import compare_bundles, file_report, log_report, write_report
from tastemaker.workflows.contenders import Contender
from tastemaker.workflows.records import write_json
from tastemaker.workflows.registering import filled_registry, publish, register_candidate, registry
from tastemaker.workflows.stages import Job
from tastemaker.workflows.workspace import Stage

ALREADY = "it is the champion already"
BY_HAND = "rolled back by hand"


@dataclass(frozen=True)
class Promotion:
    """What became of a version that asked to be champion. ``former``: the champion it was judged against."""

    version: str
    former: str | None
    alias: str
    gate: GateResult
    page: Path | None

    @property
    def promoted(self) -> bool:
        """Whether the version is champion now."""
        return self.alias == CHAMPION

    def to_json(self) -> dict[str, Any]:
        """Ready for ``json.dumps``."""
        return {
            "version": self.version,
            "former": self.former,
            "alias": self.alias,
            "promoted": self.promoted,
            "report": None if self.page is None else str(self.page),
            "gate": self.gate.to_json(),
        }


@dataclass(frozen=True)
class Rollback:
    """``version`` is champion again, ``from_version`` no more."""

    version: str
    from_version: str | None
    reason: str
    bundle: Path

    def to_json(self) -> dict[str, Any]:
        """Ready for ``json.dumps``."""
        return {
            "version": self.version,
            "from": self.from_version,
            "reason": self.reason,
            "bundle": str(self.bundle),
        }


def promote_version(job: Job, name: str, *, force: str | None = None) -> Promotion:
    """What ``tastemaker promote`` does: the version (a number or alias) is judged against the champion by the gate.

    If the gate holds it becomes champion and ``bundle/`` of the workspace a copy of its bundle; otherwise the alias and
    what serves stay. ``force``: a person's reason for promoting it whatever the gate says; it is recorded. Raises
    TrainingError for a version that is not there, BundleError for a bundle that does not verify.
    """
    known = filled_registry(job)
    version = known.find(name)
    with job.workspace.locked():
        verify_bundle(version.bundle)
        champion = known.champion()
        if champion is not None and champion.version == version.version:
            publish(champion.bundle, job.workspace.path("bundle"))
            return Promotion(
                version.version, version.version, CHAMPION, GateResult(True, None, ALREADY), None
            )
        gate, page = _judged(job, known, champion, version)
        gate = gate if force is None else gate.force(force)
        alias = known.promote(version.version, gate)
        if gate.passed:
            publish(version.bundle, job.workspace.path("bundle"))
    return Promotion(version.version, champion.version if champion else None, alias, gate, page)


def rollback_champion(job: Job, reason: str = BY_HAND) -> Rollback:
    """What ``tastemaker rollback`` does: the former champion serves again, at once and without being judged.

    Once more goes one further back. Raises TrainingError where there is no former champion, BundleError where its
    bundle does not verify; nothing is changed then.
    """
    known = filled_registry(job)
    with job.workspace.locked():
        present = known.aliases().get(CHAMPION)
        former = known.former()
        verify_bundle(former.bundle)
        # What serves goes first: a rollback that is killed half way is finished by the next, not taken further back.
        bundle = publish(former.bundle, job.workspace.path("bundle"))
        known.rollback(reason)
    return Rollback(former.version, present, reason, bundle)


def promote_candidate(job: Job) -> Path:
    """Registers the candidate's run as a version, and serves it from ``bundle/`` only if the gate holds."""
    version = register_candidate(job)
    candidate, logged = job.workspace.done("candidate") / "bundle", job.workspace.done("version")
    evaluation = job.workspace.path("evaluation") / "report.json"
    known = registry(job)

    def run(out: Path) -> None:
        run_id = json.loads((logged / "version.json").read_text(encoding="utf-8"))["run_id"]
        if evaluation.is_file():
            known.add_metrics(run_id, _truth_metrics(job, evaluation))
        champion = known.champion()
        if champion is not None and champion.version == version:
            gate, alias = GateResult(True, None, ALREADY), CHAMPION
        else:
            gate = _judged_in(job, known, champion, Version(version, candidate), out)
            alias = known.promote(version, gate)
        record = {"version": version, "alias": alias, "reason": gate.reason, "run_id": run_id}
        write_json(out / "promotion.json", record)

    config = job.config
    inputs = [candidate, logged] + ([evaluation] if evaluation.is_file() else [])
    settings = (config.training, config.promotion, config.evaluation)
    job.workspace.run(Stage("promotion", inputs, settings, ("training", "evaluation"), run))
    champion = known.champion()
    return publish(champion.bundle if champion else candidate, job.workspace.path("bundle"))


def _judged(
    job: Job, known: Registry, champion: Version | None, version: Version
) -> tuple[GateResult, Path | None]:
    """The gate's answer, and the report where there was something to compare with."""
    also = _rolled_back(known, version.version)
    if champion is None:
        return judge_gate(None, job.config, *also), None
    told = compare_bundles(job, *_contenders(champion, version))
    gate = judge_gate(told, job.config, *also)
    return gate, file_report(job, told, gate).page


def _judged_in(
    job: Job, known: Registry, champion: Version | None, version: Version, out: Path
) -> GateResult:
    """The same with the report in ``out``."""
    also = _rolled_back(known, version.version)
    if champion is None:
        return judge_gate(None, job.config, *also)
    told = compare_bundles(job, *_contenders(champion, version))
    gate = judge_gate(told, job.config, *also)
    write_report(told, gate, out)
    log_report(job, told, gate, out)
    return gate


def _contenders(champion: Version, version: Version) -> tuple[Contender, Contender]:
    return (
        Contender.read(f"version {champion.version} ({CHAMPION})", champion.bundle),
        Contender.read(f"version {version.version}", version.bundle),
    )


def _rolled_back(known: Registry, version: str) -> tuple[Verdict, ...]:
    """What no figure says: somebody took this version out of service."""
    why = known.taken_out(version)
    return () if why is None else (Verdict("rolled_back", "fails", None, None, f"it was {why}"),)


def _truth_metrics(job: Job, evaluation: Path) -> dict[str, float]:
    judged = json.loads(evaluation.read_text(encoding="utf-8"))["ndcg"]
    name = f"truth.ndcg{job.config.evaluation.cutoff}"
    values = {f"{name}.{ranker}": row["value"] for ranker, row in judged.items()}
    bounds = {
        f"{name}.{ranker}.{side}": row[side] for ranker, row in judged.items() for side in ("low", "high")
    }
    return values | bounds
