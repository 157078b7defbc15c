"""Two models on the same later campaigns, from the tables of a workspace to figures, pictures and a page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from tastemaker.atomic import atomic_folder
from tastemaker.sources import Catalogue
from tastemaker.training import (
    Comparison,
    GateResult,
    Side,
    compare_on_later,
    draw_comparison,
    facets_of,
    judge_gate,
    later_rows,
    write_page,
)
from tastemaker.workflows.answers import both_answer, exposure_of, latency_of, later_briefs
from tastemaker.workflows.contenders import Contender, contestant, named_folder
from tastemaker.workflows.indexing import EXAMPLES
from tastemaker.workflows.records import write_json
from tastemaker.workflows.registering import registry
from tastemaker.workflows.stages import Job

PAGE, RECORD, PICTURES = "report.html", "report.json", "pictures"


@dataclass(frozen=True)
class Compared:
    """A comparison, what the gate would say of the second, and the folder of the report."""

    comparison: Comparison
    gate: GateResult
    folder: Path
    run_id: str

    @property
    def page(self) -> Path:
        """The report as one HTML file."""
        return self.folder / PAGE


def compare_models(job: Job, first: str, second: str) -> Compared:
    """What ``tastemaker compare`` does: version numbers, aliases or bundle folders, the second against the first.

    The report lies in ``comparisons/`` of the workspace and is logged as a run. Nothing else is changed. Raises
    TrainingError for a name that is none, and where the workspace has no examples.
    """
    job.workspace.done("examples")
    known = registry(job)
    names = [named_folder(known, name) for name in (first, second)]
    with job.workspace.locked():
        told = compare_bundles(job, *(Contender.read(*named) for named in names))
        gate = judge_gate(told, job.config)
        return file_report(job, told, gate)


def compare_bundles(job: Job, first: Contender, second: Contender) -> Comparison:
    """The comparison on the campaigns of the workspace that came after both were trained."""
    examples = pd.read_parquet(job.workspace.done("examples") / EXAMPLES)
    catalogue = Catalogue(job.workspace.done("tables"))
    since = max((t for t in (first.trained_until, second.trained_until) if t is not None), default=None)
    later = later_rows(examples, since)
    facets = facets_of(later, examples, catalogue, job.config.features.tiers)
    told = compare_on_later(
        contestant(job, first, later),
        contestant(job, second, later),
        later,
        catalogue.table("decision_items").to_pandas(),
        facets,
        job.config,
        since,
    )
    return _with_answers(job, told, first, second, catalogue)


def write_report(told: Comparison, gate: GateResult, folder: Path) -> None:
    """``report.html``, ``report.json`` and ``pictures/`` in ``folder``."""
    pictures = draw_comparison(told, folder / PICTURES)
    write_page(folder / PAGE, told, pictures, gate)
    write_json(folder / RECORD, told.to_json() | {"gate": gate.to_json()})


def log_report(job: Job, told: Comparison, gate: GateResult, folder: Path) -> str:
    """The report as a run in MLflow; returns its id."""
    tags = {
        "first": f"{told.first.name}, bundle {told.first.bundle}",
        "second": f"{told.second.name}, bundle {told.second.bundle}",
        "gate": "holds" if gate.passed else "stays shut",
        "gate_failed": ", ".join(gate.failed),
    }
    name = f"compare {told.second.name} against {told.first.name}"
    return registry(job).log_files(name, told.metrics(), tags, folder)


def file_report(job: Job, told: Comparison, gate: GateResult) -> Compared:
    """Writes the report to ``comparisons/`` of the workspace and logs it."""
    name = f"{_plain(told.second)}-against-{_plain(told.first)}"
    folder = job.workspace.path("comparisons") / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with atomic_folder(folder) as partial:
        write_report(told, gate, partial)
        run_id = log_report(job, told, gate, partial)
    return Compared(told, gate, folder, run_id)


def _with_answers(
    job: Job, told: Comparison, first: Contender, second: Contender, catalogue: Catalogue
) -> Comparison:
    if first.bundle is None or second.bundle is None:
        return told
    briefs = later_briefs(catalogue, told.since, job.config.promotion.briefs)
    answers = both_answer(first.bundle, second.bundle, briefs, job.config.engine.limit)
    return replace(told, exposure=exposure_of(answers, job.config), latency=latency_of(answers, job.config))


def _plain(side: Side) -> str:
    """A name for a folder: that of a version without its aliases, which move, or the bundle's own."""
    version = re.match(r"version (\d+)", side.name)
    return f"version-{version[1]}" if version else f"bundle-{side.bundle}"
