"""``tastemaker creator``: everything that is known of one creator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Table

from tastemaker.cli.console import err, out, plain, write
from tastemaker.engine import Engine
from tastemaker.explanation import compared_with, standing, trust
from tastemaker.schema import AccountCard, CreatorCard, Proof, Signal, SignalGroup
from tastemaker.workflows import DEMO_BUNDLE


def register(app: typer.Typer) -> None:
    app.command()(creator)


def creator(
    identity: Annotated[str, typer.Argument(metavar="ID", help="creator id, account id, or platform:handle")],
    bundle: Annotated[Path, typer.Option(help="folder of the bundle to read from")] = DEMO_BUNDLE,
    json: Annotated[bool, typer.Option("--json", help="print the card as JSON")] = False,
) -> None:
    """Everything that is known of a creator: signals among peers, evidence, ages and confidence."""
    card = Engine.load(bundle).creator(identity)
    if json:
        write(card.model_dump_json(indent=2))
    else:
        print_card(card)


def print_card(card: CreatorCard) -> None:
    """The card for a person."""
    facts = [
        card.country,
        ", ".join(card.languages),
        _open_to(card),
        card.owner_id and f"with {card.owner_id}",
    ]
    name = card.display_name or card.creator_id
    out.print(plain(" · ".join([name, f"creator {card.creator_id}", *(f for f in facts if f)])), style="bold")
    for account in card.accounts:
        _print_account(account)
    if card.collaborations:
        worked = (f"{c.brand_name or c.brand_id} ({c.last_at:%Y-%m-%d})" for c in card.collaborations)
        out.print(plain(f"Worked with: {', '.join(worked)}"))
    err.print(plain(f"as of {card.as_of:%Y-%m-%d}, bundle {card.bundle}"), style="dim", highlight=False)


def _open_to(card: CreatorCard) -> str | None:
    return f"open to {', '.join(card.open_to)}" if card.open_to else None


def _print_account(account: AccountCard) -> None:
    facts = [account.category, "verified" if account.verified else None, f"account {account.account_id}"]
    head = f"{account.platform} @{account.handle} · {' · '.join(f for f in facts if f)}"
    out.print()
    out.print(plain(head), style="bold")
    out.print(plain(f"compared with {compared_with(account.peers)}"), style="dim")
    for group in account.groups:
        _print_group(group)


def _print_group(group: SignalGroup) -> None:
    out.print()
    told = trust(group)
    out.print(plain(f"{group.label}: {told}" if told else group.label), style="underline")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for column in ("signal", "value", "among peers"):
        table.add_column(column, overflow="fold", justify="right" if column == "value" else "left")
    for signal in group.signals:
        table.add_row(
            *(plain(cell) for cell in (signal.label, signal.text, signal.why or standing(signal) or ""))
        )
    out.print(Padding(table, (0, 0, 0, 2)))
    for signal in group.signals:
        for proof in signal.evidence:
            out.print(Padding(plain(_proof(signal, proof)), (0, 0, 0, 4)), style="dim")


def _proof(signal: Signal, proof: Proof) -> str:
    said = [signal.label, proof.level, f"{proof.posted_at:%Y-%m-%d}", f"post {proof.post_id}", proof.value]
    words = f" [{', '.join(proof.words)}]" if proof.words else ""
    return (
        " · ".join(part for part in said if part) + (f": “{proof.excerpt}”" if proof.excerpt else "") + words
    )
