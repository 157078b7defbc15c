"""``tastemaker skew``: were the features that were served those that the tables give?"""

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
from tastemaker.evaluation.skew import SkewReport
from tastemaker.store import SqlDecisionLog
from tastemaker.workflows import DEMO_BUNDLE, Workspace, check_skew

SCRATCH = Path("var/skew")


def register(app: typer.Typer) -> None:
    app.command()(skew)


def skew(
    since: Since,
    until: Until,
    bundle: Annotated[Path, typer.Option(help="folder of the bundle that served")] = DEMO_BUNDLE,
    tables: Annotated[
        Path | None, typer.Option(help="folder with the tables; without it the bundle's own snapshot is read")
    ] = None,
    store: LogUrl = None,
    share: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="of the decisions; by default skew.share")
    ] = None,
    workspace: Scratch = SCRATCH,
    config: ConfigFiles = None,
    format: Formats = Format.TABLE,
) -> None:
    """Makes the features of a sample of decisions again; fails where too many differ from those served."""
    asked = {} if share is None else {"skew": {"share": share}}
    settings = load_config(*(config or ()), overrides=asked)
    log = SqlDecisionLog(store or settings.store.url)
    period = (since.replace(tzinfo=UTC), until.replace(tzinfo=UTC))
    try:
        with progress_bars() as progress:
            place = Workspace(workspace, progress)
            told = check_skew(bundle, log, *period, settings.skew, tables=tables, workspace=place)
    finally:
        log.close()
    if format is Format.JSON:
        write(json.dumps(told.to_json(), indent=2, ensure_ascii=False))
    else:
        print_report(told)
    if told.alarm:
        raise typer.Exit(settings.skew.exit_status)


def print_report(told: SkewReport) -> None:
    """What was compared, and every feature with a mismatch."""
    write(
        f"{told.since:%Y-%m-%d} to {told.until:%Y-%m-%d}, bundle {told.bundle}: {told.compared} of {told.decisions}"
        f" decisions made again from {told.made_from}, {told.accounts} creators shown"
    )
    odd = [f for f in told.features if f.mismatches]
    table = Table("feature", "values", "differ", "lost", "found", "largest", "share", title_justify="left")
    for f in odd:
        counts = (f.compared, f.differ, f.lost, f.found)
        cells = (f.feature, *(f"{c:,}" for c in counts), f"{f.largest:.3g}", f"{f.share:.2%}")
        table.add_row(*(plain(cell) for cell in cells))
    if odd:
        out.print(table)
    elif told.compared:
        write(f"all {len(told.features)} features are as they were served")
    if told.missing_accounts:
        named = ", ".join(told.missing_accounts[:5])
        write(f"{len(told.missing_accounts)} accounts that were shown are not there: {named}")
    for note in told.notes:
        say(f"note: {note}")
