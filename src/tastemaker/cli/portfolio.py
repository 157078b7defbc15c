"""``tastemaker portfolio``: a set of creators under a budget."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from rich.table import Table

from tastemaker.cli.console import err, out, plain, say, write
from tastemaker.cli.options import Format, Formats
from tastemaker.engine import Engine
from tastemaker.errors import SourceError
from tastemaker.schema import TABLES, Brief, Deliverable, Outlook, Portfolio
from tastemaker.workflows import DEMO_BUNDLE


def register(app: typer.Typer) -> None:
    app.command()(portfolio)


def portfolio(
    brief: Annotated[Path, typer.Option(help="JSON file; its part `portfolio` says what the set keeps to")],
    bundle: Annotated[Path, typer.Option(help="folder of the bundle to serve from")] = DEMO_BUNDLE,
    overlaps: Annotated[
        Path | None, typer.Option(help="Parquet file with reports of shared followers (table `overlaps`)")
    ] = None,
    considered: Annotated[
        int | None, typer.Option(help="creators to choose from, 5 to 1000; else as configured")
    ] = None,
    format: Formats = Format.TABLE,
) -> None:
    """Chooses a set of creators under the brief's budget; exit status 1 where no set keeps to it."""
    wanted = Brief.load(brief)
    reports = None if overlaps is None else read_overlaps(overlaps)
    answer = Engine.load(bundle).portfolio(wanted, overlaps=reports, considered=considered)
    if format is Format.JSON:
        write(json.dumps(answer.to_json(), indent=2, ensure_ascii=False))
    else:
        print_portfolio(answer)
    if answer.infeasible is not None:
        raise typer.Exit(1)


def read_overlaps(path: Path) -> pa.Table:
    """The canonical table ``overlaps`` from a Parquet file. Raises SourceError naming the file and what it lacks."""
    schema = TABLES["overlaps"].schema
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{path}: can not be read as Parquet: {error}") from None
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise SourceError(
            f"{path}: column {', '.join(missing)} is missing; the table `overlaps` has: {', '.join(schema.names)}"
        )
    try:
        return table.select(schema.names).cast(schema)
    except (pa.ArrowException, ValueError) as error:
        raise SourceError(
            f"{path}: {error}; expected {', '.join(f'{f.name} {f.type}' for f in schema)}"
        ) from None


def print_portfolio(answer: Portfolio) -> None:
    """The set, what it may come to, what limits it, who steps in."""
    kpi = answer.kpi.replace("_", " ")
    if answer.infeasible is not None:
        write(f"no set: {answer.infeasible.text}")
    else:
        out.print(_set_table(answer, kpi))
        _print_outlook(answer, kpi)
        for spread in answer.spread:
            shares = ", ".join(f"{key} {share:.0%}" for key, share in spread.shares.items())
            write(f"by {spread.by}: {shares} (as {spread.effective:.1f} equal parts)")
        _print_prices(answer, kpi)
    for note in answer.notes:
        say(f"note: {note}")
    err.print(f"decision {answer.decision_id}, bundle {answer.bundle}", style="dim", highlight=False)


def _set_table(answer: Portfolio, kpi: str) -> Table:
    title = f"{answer.brief.brand.name}: a set for {answer.brief.objective.value}"
    table = Table(title=plain(title), title_justify="left")
    columns = (
        "handle",
        "platform",
        "country",
        "size",
        "package",
        "cost USD",
        "accepts",
        kpi,
        "only theirs",
        "if they decline",
    )
    for name in columns:
        table.add_column(
            name, justify="right" if name in ("cost USD", "accepts", kpi, "only theirs") else "left"
        )
    for pick, reserve in zip(answer.picks, answer.reserves, strict=True):
        c = pick.creator
        cells = (
            f"@{c.handle}",
            c.platform,
            c.country or "unknown",
            pick.size,
            _package(pick.package),
            f"{pick.cost:,.0f}",
            f"{pick.p_accept:.0%}",
            _n(pick.credit),
            _n(pick.own),
            "nobody fits" if reserve.handle is None else f"@{reserve.handle}",
        )
        table.add_row(*(plain(cell) for cell in cells))
    return table


def _print_outlook(answer: Portfolio, kpi: str) -> None:
    budget = "" if answer.budget is None else f" of ${answer.budget:,.0f}"
    write(f"{len(answer.picks)} of {answer.considered} creators, ${answer.cost:,.0f}{budget}")
    if answer.accepted is not None:
        write(f"{kpi} if all accept: {_outlook(answer.accepted)}")
    if answer.expected is not None:
        write(f"{kpi} expected, counting in who may decline: {_outlook(answer.expected)}")
    u = answer.unique
    if u is not None:
        unsure = f"{_n(u.low)} to {_n(u.high)}, as overlaps are uncertain"
        write(f"over unique audience: {_n(u.unique)} of {_n(u.total)} added up ({unsure})")


def _print_prices(answer: Portfolio, kpi: str) -> None:
    for price in answer.binding:
        write(f"limit {price.constraint}: {price.step} would add {_n(price.gain)} {kpi}")
    if answer.curve:
        points = (
            f"${p.budget:,.0f}: {'none' if p.expected is None else _n(p.expected)}" for p in answer.curve
        )
        write(f"{kpi} expected by budget: {', '.join(points)}")


def _outlook(o: Outlook) -> str:
    return f"{_n(o.mean)} (4 in 5: {_n(o.low)} to {_n(o.high)})"


def _n(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"


def _package(lines: tuple[Deliverable, ...]) -> str:
    return " + ".join(f"{line.count} {line.kind}" for line in lines)
