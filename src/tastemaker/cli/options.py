"""Options that several commands share, in the same words."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


Formats = Annotated[Format, typer.Option("--format", help="how to print the result")]
ConfigFiles = Annotated[
    list[Path] | None, typer.Option("--config", help="YAML files with differences from the defaults")
]
Since = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="first day of the period, UTC")]
Until = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="day after the last, UTC")]
LogUrl = Annotated[
    str | None, typer.Option(help="URL of the decision log; by default that of the configuration")
]
Scratch = Annotated[Path, typer.Option(help="folder for what is made of the tables")]
