"""``tastemaker creator``: everything that is known of one creator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Table

from tastemaker.cli.console import err, out, plain, write
from tastemaker.engine import Engine
from tastemaker.explanation import at_first_sight, compared_with, standing, trust
from tastemaker.schema import AccountCard, CreatorCard, Proof, Reason, Signal, SignalGroup
from tastemaker.workflows import DEMO_BUNDLE


def register(app: typer.Typer) -> None:
    app.command()(creator)


def creator(
    identity: Annotated[str, typer.Argument(metavar="ID", help="creator id, account id, or platform:handle")],
    bundle: Annotated[Path, typer.Option(help="folder of the bundle to read from")] = DEMO_BUNDLE,
    everything: Annotated[
        bool, typer.Option("--all", help="every signal and every reason, those too that a short card folds")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="print the card as JSON")] = False,
) -> None:
    """What is known of a creator: signals among peers, reasons, evidence, ages and confidence."""
    card = Engine.load(bundle).creator(identity)
    if json:
        write(card.model_dump_json(indent=2))
    else:
        print_card(card, everything)


def print_card(card: CreatorCard, everything: bool = False) -> None:
    """The card for a person: at first sight, or ``everything``."""
    facts = [
        card.country,
        ", ".join(card.languages),
        _open_to(card),
        card.owner_id and f"with {card.owner_id}",
    ]
    name = card.display_name or card.creator_id
    out.print(plain(" · ".join([name, f"creator {card.creator_id}", *(f for f in facts if f)])), style="bold")
    for account in card.accounts:
        _print_account(account, everything)
    if card.collaborations:
        worked = (f"{c.brand_name or c.brand_id} ({c.last_at:%Y-%m-%d})" for c in card.collaborations)
        out.print(plain(f"Worked with: {', '.join(worked)}"))
    err.print(plain(f"as of {card.as_of:%Y-%m-%d}, bundle {card.bundle}"), style="dim", highlight=False)


def _open_to(card: CreatorCard) -> str | None:
    return f"open to {', '.join(card.open_to)}" if card.open_to else None


def _print_account(account: AccountCard, everything: bool) -> None:
    facts = [account.category, "verified" if account.verified else None, f"account {account.account_id}"]
    head = f"{account.platform} @{account.handle} · {' · '.join(f for f in facts if f)}"
    out.print()
    out.print(plain(head), style="bold")
    out.print(plain(f"compared with {compared_with(account.peers)}"), style="dim")
    for group in account.groups:
        _print_group(group, everything)


def _print_group(group: SignalGroup, everything: bool) -> None:
    out.print()
    told = trust(group)
    out.print(plain(f"{group.label}: {told}" if told else group.label), style="underline")
    sight = at_first_sight(group)
    _print_signals(group.signals if everything else sight.signals)
    _print_reasons(group.reasons if everything else sight.reasons)
    if everything:
        return
    for line in sight.lines:
        out.print(Padding(plain(line), (0, 0, 0, 2)), style="dim")
    if sight.more:
        out.print(Padding(plain(f"{sight.more}: --all"), (0, 0, 0, 2)), style="dim")


def _print_signals(signals: tuple[Signal, ...]) -> None:
    table = _grid("signal", "value", "among peers")
    table.columns[1].justify = "right"
    for signal in signals:
        table.add_row(
            *(plain(cell) for cell in (signal.label, signal.text, signal.why or standing(signal) or ""))
        )
    out.print(Padding(table, (0, 0, 0, 2)))
    for signal in signals:
        for proof in signal.evidence:
            out.print(Padding(plain(_proof(signal, proof)), (0, 0, 0, 4)), style="dim")


def _print_reasons(reasons: tuple[Reason, ...]) -> None:
    if not reasons:
        return
    table = _grid("which way", "why")
    for reason in reasons:
        table.add_row(plain(f"Speaks {reason.speaks}"), plain(reason.text))
    out.print(Padding(table, (0, 0, 0, 2)))


def _grid(*columns: str) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _proof(signal: Signal, proof: Proof) -> str:
    said = [signal.label, proof.level, f"{proof.posted_at:%Y-%m-%d}", f"post {proof.post_id}", proof.value]
    words = f" [{', '.join(proof.words)}]" if proof.words else ""
    return (
        " · ".join(part for part in said if part) + (f": “{proof.excerpt}”" if proof.excerpt else "") + words
    )
