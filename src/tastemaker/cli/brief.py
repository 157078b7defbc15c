"""``tastemaker brief``: what a brief looks like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tastemaker.cli.console import say, write
from tastemaker.errors import BriefError
from tastemaker.schema import EXAMPLE_BRIEF, Brief


def register(app: typer.Typer) -> None:
    app.command()(brief)


def brief(
    schema: Annotated[bool, typer.Option("--schema", help="print the JSON Schema of a brief")] = False,
    example: Annotated[bool, typer.Option("--example", help="print a full brief")] = False,
    check: Annotated[Path | None, typer.Option(help="say whether a file holds a good brief")] = None,
) -> None:
    """What a brief looks like, or whether one is good."""
    if schema + example + (check is not None) != 1:
        raise BriefError("say one of --schema, --example and --check FILE")
    if schema:
        write(json.dumps(Brief.model_json_schema(), indent=2))
    if example:
        write(
            json.dumps(EXAMPLE_BRIEF.model_dump(mode="json", exclude_none=True), indent=2, ensure_ascii=False)
        )
    if check is not None:
        Brief.load(check)
        say(f"{check}: a good brief")
