"""``train``, ``compare``, ``promote`` and ``rollback``: from new outcomes to a judged champion, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tastemaker.cli.console import out, plain, progress_bars, say, write
from tastemaker.cli.options import ConfigFiles, Format, Formats
from tastemaker.config import load_config
from tastemaker.training import Comparison, GateResult
from tastemaker.training.comparison import exposure_rows, figures, slice_rows
from tastemaker.workflows import (
    DEMO_WORKSPACE,
    Job,
    Trained,
    Workspace,
    compare_models,
    promote_version,
    rollback_champion,
    train_version,
)

REFUSED = 3
"""Exit status of ``promote`` where the gate stays shut; 2 is an error."""


Space = Annotated[Path, typer.Option(help="folder with the stages' outputs and the registry")]


def register(app: typer.Typer) -> None:
    for command in (train, compare, promote, rollback):
        app.command()(command)


def train(
    source: Annotated[Path, typer.Argument(help="folder with the tables as they are now, checked or not")],
    workspace: Space,
    config: ConfigFiles = None,
    format: Formats = Format.TABLE,
) -> None:
    """Makes a candidate from the tables and registers it as challenger; the champion stays what it is."""
    settings = load_config(*(config or ()))
    with progress_bars() as progress:
        made = train_version(Job(Workspace(workspace, progress), settings), source)
    if format is Format.JSON:
        write(json.dumps(_trained(made), indent=2))
        return
    _print_trained(made)
    space = "" if workspace == DEMO_WORKSPACE else f" --workspace {workspace}"
    if made.champion == made.version:
        say("nothing changed since it was made: it is the champion")
        return
    first = "" if made.champion is None else f"tastemaker compare champion {made.version}{space}, then "
    say(f"Next: {first}tastemaker promote {made.version}{space}")


def compare(
    a: Annotated[str, typer.Argument(help="version number, alias or bundle folder: the one in place")],
    b: Annotated[str, typer.Argument(help="the same: the one that would take its place")],
    workspace: Space = DEMO_WORKSPACE,
    config: ConfigFiles = None,
    format: Formats = Format.TABLE,
) -> None:
    """Compares two models on the campaigns that came after both were trained; changes nothing."""
    settings = load_config(*(config or ()))
    with progress_bars() as progress:
        found = compare_models(Job(Workspace(workspace, progress), settings), a, b)
    if format is Format.JSON:
        told = found.comparison.to_json() | {"gate": found.gate.to_json()}
        write(json.dumps(told | {"report": str(found.page), "run_id": found.run_id}, indent=2))
        return
    print_comparison(found.comparison)
    print_gate(found.gate)
    say(f"the page: {found.page}, in MLflow: run {found.run_id}")


def promote(
    version: Annotated[str, typer.Argument(help="version number or alias, such as challenger")],
    workspace: Space = DEMO_WORKSPACE,
    config: ConfigFiles = None,
    force: Annotated[bool, typer.Option("--force", help="whatever the gate says; needs --reason")] = False,
    reason: Annotated[str | None, typer.Option(help="why by force; it is recorded")] = None,
    format: Formats = Format.TABLE,
) -> None:
    """Makes a version champion if the gate holds against the present one; fails with the rules that do not."""
    if force != (reason is not None):
        raise typer.BadParameter(
            "--force and --reason TEXT go together: a promotion by force is recorded with its reason"
        )
    settings = load_config(*(config or ()))
    with progress_bars() as progress:
        told = promote_version(Job(Workspace(workspace, progress), settings), version, force=reason)
    if format is Format.JSON:
        write(json.dumps(told.to_json(), indent=2))
    else:
        former = "" if told.former is None else f" (the champion was version {told.former})"
        write(f"version {told.version} is {told.alias}{former}")
        print_gate(told.gate)
        if told.page is not None:
            say(f"the page: {told.page}")
    if not told.promoted:
        say(f"version {told.version} is not promoted; failed: {', '.join(told.gate.failed)}")
        raise typer.Exit(REFUSED)


def rollback(
    workspace: Space = DEMO_WORKSPACE,
    config: ConfigFiles = None,
    reason: Annotated[str, typer.Option(help="why; it is recorded")] = "rolled back by hand",
    format: Formats = Format.TABLE,
) -> None:
    """Makes the former champion serve again, at once; again goes one further back."""
    settings = load_config(*(config or ()))
    told = rollback_champion(Job(Workspace(workspace), settings), reason)
    if format is Format.JSON:
        write(json.dumps(told.to_json(), indent=2))
    else:
        write(f"version {told.version} is champion again, instead of {told.from_version}: {told.reason}")
        say(f"{told.bundle}: is its bundle now")


def print_comparison(told: Comparison) -> None:
    """Figures and slices as tables; what could not be compared is said first."""
    since = "" if told.since is None else f" decided from {told.since:%Y-%m-%d} on"
    write(f"{told.second.name} against {told.first.name}: {told.campaigns} later campaigns{since}")
    for problem in told.problems:
        write(f"  not comparable: {problem}")
    out.print(_table(("measure", "first", "second", "difference", "on"), [tuple(f) for f in figures(told)]))
    if told.slices:
        out.print(_table(("NDCG in slice", "campaigns", "first", "second", "difference"), slice_rows(told)))
    if told.exposure is not None:
        out.print(_table(("attention for", "first", "second", "difference"), exposure_rows(told)))
    for note in told.notes:
        say(f"note: {note}")


def print_gate(gate: GateResult) -> None:
    """The verdict, and each rule's."""
    said = "opened by force" if gate.forced else ("holds" if gate.passed else "stays shut")
    write(f"the gate {said}: {gate.reason}")
    if gate.verdicts:
        out.print(_table(("rule", "verdict", "why"), [(v.rule, v.state, v.reason) for v in gate.verdicts]))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(*head)
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    return table


def _trained(made: Trained) -> dict[str, Any]:
    report = json.loads(made.report.read_text(encoding="utf-8"))
    kept = {key: report[key] for key in ("ranker", "trained_until", "metrics", "skipped")}
    return {"version": made.version, "champion": made.champion, "bundle": str(made.bundle)} | kept


def _print_trained(made: Trained) -> None:
    told = _trained(made)
    metrics = {k: v for k, v in told["metrics"].items() if not k.endswith((".low", ".high"))}
    write(
        f"version {made.version}, ranker {told['ranker']}, trained on what was known before"
        f" {told['trained_until'][:10]}"
    )
    rows = [(name, f"{value:.4g}") for name, value in metrics.items()]
    out.print(_table(("measure, later campaigns", "value"), rows))
    say(f"{made.bundle}: its bundle, which asks to be promoted")
