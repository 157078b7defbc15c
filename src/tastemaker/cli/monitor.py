"""``tastemaker monitor``: has what comes in moved away from what the bundle was trained on?"""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tastemaker.cli.console import out, plain, progress_bars, say, write
from tastemaker.cli.options import ConfigFiles, Format, Formats, LogUrl, Scratch, Since, Until
from tastemaker.config import load_config
from tastemaker.evaluation.drift import Check, DriftReport
from tastemaker.evaluation.drift import say as in_words
from tastemaker.store import SqlDecisionLog
from tastemaker.workflows import DEMO_BUNDLE, Workspace, monitor_bundle

SCRATCH = Path("var/monitor")
SHOWN = 12


def register(app: typer.Typer) -> None:
    app.command()(monitor)


def monitor(
    since: Since,
    until: Until,
    bundle: Annotated[Path, typer.Option(help="folder of the bundle that serves")] = DEMO_BUNDLE,
    tables: Annotated[
        Path | None,
        typer.Option(help="folder with the tables as they are now; without it the decision log is read"),
    ] = None,
    store: LogUrl = None,
    workspace: Scratch = SCRATCH,
    config: ConfigFiles = None,
    format: Formats = Format.TABLE,
) -> None:
    """Compares live features, scores and outcomes with the training's; fails where the verdict asks for it."""
    settings = load_config(*(config or ()))
    log = SqlDecisionLog(store or settings.store.url) if tables is None else None
    try:
        with progress_bars() as progress:
            told = monitor_bundle(
                bundle,
                since.replace(tzinfo=UTC),
                until.replace(tzinfo=UTC),
                settings.monitor,
                tables=tables,
                log=log,
                workspace=Workspace(workspace, progress),
            )
    finally:
        if log is not None:
            log.close()
    if format is Format.JSON:
        write(json.dumps(told.to_json(), indent=2, ensure_ascii=False))
    else:
        print_report(told)
    if told.alarm:
        raise typer.Exit(settings.monitor.exit_status)


def print_report(told: DriftReport) -> None:
    """The verdict, what moved, and the widest of what did not."""
    write(f"{told.since:%Y-%m-%d} to {told.until:%Y-%m-%d}, bundle {told.bundle}: {told.verdict}")
    for reason in told.reasons:
        write(f"  {reason}")
    write(f"{told.advice}")
    for name, part in told.cohorts.items():
        if part.checks:
            title = f"{name}: {part.decisions} decisions, {part.reference_decisions} in training"
            out.print(_table(title, part.checks))
    for note in told.notes:
        say(f"note: {note}")


def _table(title: str, checks: tuple[Check, ...]) -> Table:
    table = Table(title=plain(title), title_justify="left")
    for column in ("what", "verdict", "effect", "allowed", "p"):
        table.add_column(
            column, justify="left" if column in ("what", "verdict") else "right", overflow="fold"
        )
    worst = sorted(checks, key=lambda c: (c.level == "none", c.p, -c.effect / c.floor, c.column, c.measure))
    for check in worst[:SHOWN]:
        verdict = "season" if check.seasonal else check.level
        cells = (in_words(check), verdict, f"{check.effect:.3f}", f"{check.floor:.3f}", f"{check.p:.4f}")
        table.add_row(*(plain(cell) for cell in cells))
    return table
