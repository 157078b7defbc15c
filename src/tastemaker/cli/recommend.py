"""``tastemaker recommend``: a ranked shortlist for a brief."""

from __future__ import annotations

import csv
import io
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tastemaker.cli.console import err, out, plain, say, write
from tastemaker.engine import Engine
from tastemaker.explanation import reason
from tastemaker.schema import Brief, Candidate, Interval, Recommendation
from tastemaker.store import SqlDecisionLog
from tastemaker.workflows import DEMO_BUNDLE


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    app.command()(recommend)


def recommend(
    brief: Annotated[Path, typer.Option(help="JSON file; `tastemaker brief --example` prints one")],
    bundle: Annotated[Path, typer.Option(help="folder of the bundle to serve from")] = DEMO_BUNDLE,
    limit: Annotated[int, typer.Option(help="creators on the shortlist, 1 to 500")] = 20,
    explore: Annotated[
        bool | None,
        typer.Option(
            "--explore/--no-explore",
            help="ask for test slots or refuse them; else as the bundle is configured",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="draw test slots as the decision with this seed did")
    ] = None,
    exact: Annotated[bool, typer.Option("--exact", help="look at every eligible creator")] = False,
    store: Annotated[
        str | None,
        typer.Option(help="URL of a decision log to keep the answer in; without it nothing is kept"),
    ] = None,
    format: Annotated[Format, typer.Option(help="how to print the answer")] = Format.TABLE,
) -> None:
    """Ranks the creators for a brief."""
    wanted = Brief.load(brief)
    log = None if store is None else SqlDecisionLog(store)
    try:
        answer = Engine.load(bundle, log).recommend(
            wanted, limit=limit, explore=explore, seed=seed, exact=exact
        )
    finally:
        if log is not None:
            log.close()
    if format is Format.JSON:
        write(json.dumps(answer.to_json(), indent=2, ensure_ascii=False))
    elif format is Format.CSV:
        write(as_csv(answer))
    else:
        print_table(answer)
    kept = "kept" if store is not None else "not kept (--store URL keeps it)"
    err.print(f"decision {answer.decision_id}, {kept}; bundle {answer.bundle}", style="dim", highlight=False)


def print_table(answer: Recommendation) -> None:
    """The shortlist, the funnel and the notes for a person."""
    table = Table(
        title=plain(f"{answer.brief.brand.name}: {answer.brief.objective.value}, by {answer.ranker}"),
        title_justify="left",
    )
    for name in (
        "#",
        "handle",
        "platform",
        "followers",
        "audience fit",
        answer.kpi.replace("_", " "),
        "fee USD",
        "why",
    ):
        table.add_column(
            name, justify="right" if name in ("#", "followers", "audience fit") else "left", overflow="fold"
        )
    for c in answer.shortlist:
        table.add_row(*(plain(cell) for cell in _cells(c, answer.kpi)))
    out.print(table)
    f = answer.funnel
    plan = "" if f.plan is None else f" (plan: {f.plan})"
    write(
        f"{f.creators:,} creators, {f.eligible:,} eligible, {f.retrieved:,} retrieved{plan}, {f.ranked:,} ranked"
    )
    for note in answer.notes:
        say(f"note: {note}")


def _cells(c: Candidate, kpi: str) -> tuple[str, ...]:
    fit = "unknown" if c.audience_fit is None else f"{c.audience_fit:.0%}"
    followers = "unknown" if c.followers is None else f"{c.followers:,}"
    return (
        str(c.rank),
        f"@{c.handle}",
        c.platform,
        followers,
        fit,
        _range(c.forecast),
        _range(c.fee),
        reason(c, kpi) if c.placement is None or c.placement.kind == "value" else c.placement.reason,
    )


def _range(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    digits = 1 if interval.high < 100 else 0
    low, median, high = (f"{v:,.{digits}f}" for v in (interval.low, interval.median, interval.high))
    return f"{median} ({low} to {high})"


CSV_COLUMNS = (
    "rank", "creator_id", "account_id", "handle", "platform", "country", "followers", "score", "content_fit",
    "audience_fit", "engagement_rate", "authenticity", "p_accept",
)  # fmt: skip
PLACEMENT_COLUMNS = ("kind", "p_shown", "p_place")


def as_csv(answer: Recommendation) -> str:
    """One line per candidate; unknown is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    bounds = [f"{what}_{part}" for what in ("forecast", "fee") for part in ("low", "median", "high")]
    writer.writerow(
        [*CSV_COLUMNS, "kpi", *bounds, "source", "reason", *(f"placement_{n}" for n in PLACEMENT_COLUMNS)]
    )
    for c in answer.shortlist:
        row = [getattr(c, name) for name in CSV_COLUMNS]
        numbers = [
            getattr(i, part) if i else None for i in (c.forecast, c.fee) for part in ("low", "median", "high")
        ]
        placed = [getattr(c.placement, name) if c.placement else None for name in PLACEMENT_COLUMNS]
        why = _safe(reason(c, answer.kpi))
        writer.writerow([*(_safe(v) for v in row), answer.kpi, *numbers, c.source, why, *placed])
    return text.getvalue()


def _safe(value: object) -> object:
    """A text that a spreadsheet would take for a formula is quoted: handles come from outside."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value
