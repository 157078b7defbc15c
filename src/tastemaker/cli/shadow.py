"""``tastemaker shadow``: what would differ, had a bundle answered the requests of a log?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isnan
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tastemaker.cli.console import out, plain, progress_bars, say, write
from tastemaker.cli.options import Format, Formats
from tastemaker.evaluation import Estimate
from tastemaker.schema import Objective
from tastemaker.workflows import DEMO_BUNDLE, shadow_log
from tastemaker.workflows.shadow import Acted, ShadowReport


def register(app: typer.Typer) -> None:
    app.command()(shadow)


def shadow(
    log: Annotated[
        str,
        typer.Argument(help="URL or SQLite file of a decision log, or file or folder of Metarank's events"),
    ],
    bundle: Annotated[Path, typer.Option(help="folder of the bundle that answers")] = DEMO_BUNDLE,
    k: Annotated[int, typer.Option("--k", min=1, max=500, help="depth at which lists are compared")] = 10,
    most: Annotated[int, typer.Option(min=1, help="so many requests, the latest")] = 1_000,
    objective: Annotated[Objective | None, typer.Option(help="of requests that name none")] = None,
    format: Formats = Format.TABLE,
) -> None:
    """Replays the requests of a log on a bundle and tells what would differ; nothing is served or logged."""
    wanted = None if objective is None else objective.value
    with progress_bars() as progress:
        told = shadow_log(log, bundle, k=k, most=most, objective=wanted, progress=progress)
    if format is Format.JSON:
        write(json.dumps(told.to_json(), indent=2, ensure_ascii=False))
    else:
        print_report(told)


def print_report(told: ShadowReport) -> None:
    """Both comparisons, what was acted on, and what could not be replayed."""
    write(f"{told.replayed:,} of {told.logged:,} requests replayed on bundle {told.bundle}")
    for reasons, what in (
        (told.refused, "not replayed"),
        (told.unreadable, "unreadable events"),
        (told.stray, "interactions left out"),
    ):
        for reason, count in reasons.items():
            out.print(plain(f"  {what}: {count:,}, {reason}"))
    if told.replayed:
        _print_means("The bundle's own answer against the list that was shown", told.answers)
        _print_means("The list that was shown, in the bundle's order", told.orders)
    if told.acted:
        _print_acted(told.acted)
    for note in told.notes:
        say(f"note: {note}")


def _print_means(title: str, means: Mapping[str, Estimate]) -> None:
    table = Table("measure", "mean", "95 % interval", title=title, title_justify="left")
    for name, e in means.items():
        known = not isnan(e.value)
        cells = (f"{e.value:.3f}", f"{e.low:.3f} to {e.high:.3f}") if known else ("unknown", "")
        table.add_row(plain(name), *cells)
    out.print(table)


def _print_acted(acted: tuple[Acted, ...]) -> None:
    columns = (
        "action",
        "actions",
        "would stand above",
        "same",
        "below",
        "logged place",
        "our place",
        "in our first k",
    )
    table = Table(*columns, title="Where what was acted on would have stood (biased)", title_justify="left")
    for a in acted:
        counts = (a.actions, a.above, a.same, a.below)
        means = (f"{a.logged_position.value:.1f}", f"{a.our_position.value:.1f}", f"{a.found.value:.0%}")
        table.add_row(plain(a.kind), *(f"{c:,}" for c in counts), *means)
    out.print(table)
