"""``tastemaker tune``: which settings of the ranker do best on this history?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tastemaker.cli.console import out as terminal
from tastemaker.cli.console import progress_bars, say, write
from tastemaker.cli.options import ConfigFiles, Format, Formats
from tastemaker.config import load_config
from tastemaker.training import Tuned
from tastemaker.workflows import DEMO_WORKSPACE, Job, Workspace, require_own, tune_ranker, write_settings

SETTINGS = "tuned.yaml"


def register(app: typer.Typer) -> None:
    app.command()(tune)


def tune(
    workspace: Annotated[
        Path, typer.Option(help="folder with the stages' outputs; the study lies in its tuning.db")
    ] = DEMO_WORKSPACE,
    config: ConfigFiles = None,
    trials: Annotated[
        int, typer.Option(min=1, help="that the study shall have in all, the untuned settings among them")
    ] = 40,
    seconds: Annotated[
        float | None,
        typer.Option(min=0.0, help="no trial begins after so many; again goes on where it stopped"),
    ] = None,
    study: Annotated[
        str, typer.Option(help="name of the study; one that is there is gone on with")
    ] = "ranker",
    out: Annotated[
        Path | None,
        typer.Option(help="file for what was found, to be given as --config; by default in the workspace"),
    ] = None,
    format: Formats = Format.TABLE,
) -> None:
    """Tries settings of the ranker on earlier campaigns; the held-out ones stay unseen. Changes no model."""
    settings = load_config(*(config or ()))
    target = out or workspace / SETTINGS
    require_own(target)
    with progress_bars() as progress:
        job = Job(Workspace(workspace, progress), settings)
        told = tune_ranker(job, study, trials=trials, seconds=seconds)
    write_settings(target, told)
    if format is Format.JSON:
        write(json.dumps(told.to_json() | {"file": str(target)}, indent=2))
        return
    print_result(told)
    say(
        f"{target}: "
        + ("to be given as --config" if told.surely else "no settings, for none is surely better")
    )
    say(f"in MLflow: run {told.run_id}, a nested one for each trial")


def print_result(told: Tuned) -> None:
    """The untuned beside the best, and the verdict."""
    counts = ", ".join(f"{count} {state}" for state, count in told.counts.items() if count)
    write(f"study {told.study}: {counts}; {told.metric} on {told.campaigns} campaigns")
    table = Table("settings", told.metric, "95 % interval")
    rows = {"in place": told.untuned, f"trial {told.best_trial}": told.best, "difference": told.gain}
    for name, estimate in rows.items():
        table.add_row(name, f"{estimate.value:.4f}", f"{estimate.low:.4f} to {estimate.high:.4f}")
    table.add_row("of the best of all, at least", f"{told.bound:.4f}", "")
    terminal.print(table)
    for section, values in told.settings.items():
        for key, value in values.items():
            write(f"  {section}.{key}: {value:g}")
    write(told.words)
