"""``tastemaker replay`` and ``audit``: a logged decision made again, or printed for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tastemaker.bundle import load_bundle
from tastemaker.cli.console import out, plain, say, write
from tastemaker.cli.options import ConfigFiles, Format, Formats, LogUrl
from tastemaker.config import load_config
from tastemaker.errors import StoreError
from tastemaker.explanation import Replay, audit, replay
from tastemaker.schema import Recommendation
from tastemaker.store import SqlDecisionLog
from tastemaker.workflows import DEMO_BUNDLE

DecisionId = Annotated[str, typer.Argument(help="as the answer told it")]


def register(app: typer.Typer) -> None:
    app.command("replay")(replay_decision)
    app.command("audit")(audit_decision)


def replay_decision(
    decision_id: DecisionId,
    bundle: Annotated[Path, typer.Option(help="folder of the bundle that answered")] = DEMO_BUNDLE,
    store: LogUrl = None,
    config: ConfigFiles = None,
    format: Formats = Format.TABLE,
) -> None:
    """Makes a logged decision again; exit status 1 where anything comes out otherwise, to the last bit."""
    with _opened(store, config) as log:
        logged = _found(log, decision_id)
        trace, shown = log.trace(decision_id), log.shown_features(decision_id)
    told = replay(load_bundle(bundle), logged, trace, shown)
    if format is Format.JSON:
        write(json.dumps(told.to_json(), indent=2, ensure_ascii=False))
    else:
        print_replay(told)
    if not told.same:
        raise typer.Exit(1)


def audit_decision(
    decision_id: DecisionId, store: LogUrl = None, config: ConfigFiles = None, format: Formats = Format.TABLE
) -> None:
    """Prints a logged decision: what was asked, who was left after each stage, who was shown and why."""
    with _opened(store, config) as log:
        logged = _found(log, decision_id)
        trace = log.trace(decision_id)
    if format is Format.JSON:
        kept = None if trace is None else trace.model_dump(mode="json")
        write(json.dumps({"decision": logged.to_json(), "trace": kept}, indent=2, ensure_ascii=False))
    else:
        for line in audit(logged, trace):
            write(line)


def print_replay(told: Replay) -> None:
    """One line where all is the same, else a table of what is not."""
    if told.same:
        write(f"decision {told.decision_id} on bundle {told.bundle}: the same, bit for bit")
        return
    table = Table("what", "logged", "now", title=f"decision {told.decision_id} on bundle {told.bundle}")
    for d in told.differences:
        table.add_row(*(plain(cell) for cell in (d.what, d.logged, d.now)))
    out.print(table)
    if told.differences[0].what == "bundle":
        say(
            f"note: bundle {told.differences[0].logged} answered; name its folder with --bundle to make it again"
        )


@contextmanager
def _opened(url: str | None, config: list[Path] | None) -> Iterator[SqlDecisionLog]:
    log = SqlDecisionLog(url or load_config(*(config or ())).store.url)
    try:
        yield log
    finally:
        log.close()


def _found(log: SqlDecisionLog, decision_id: str) -> Recommendation:
    logged = log.get(decision_id)
    if logged is None:
        latest = ", ".join(d.decision_id for d in log.recent(3)) or "none"
        raise StoreError(
            f"decision {decision_id!r:.80} is not in the log {log.place}; the latest there: {latest}"
        )
    return logged
