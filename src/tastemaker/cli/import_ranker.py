"""``tastemaker import-ranker``: a LightGBM or ONNX model of one's own into a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tastemaker.cli.console import say
from tastemaker.workflows import import_ranker as run


def register(app: typer.Typer) -> None:
    app.command("import-ranker")(import_ranker)


def import_ranker(
    bundle: Annotated[Path, typer.Argument(help="folder of the bundle whose ranker is replaced")],
    model: Annotated[Path, typer.Argument(help="LightGBM text model, or an ONNX file ending in .onnx")],
    columns: Annotated[Path, typer.Option(help="JSON that declares the model's name and feature columns")],
    out: Annotated[Path, typer.Option(help="folder for the new bundle")],
) -> None:
    """Puts a ranking model made elsewhere into a copy of a bundle."""
    manifest = run(bundle, model, columns, out)
    say(f"{out}: bundle {manifest.digest[:16]}, ranked by {manifest.ranker}")
    for note in manifest.notes:
        say(f"note: {note}")
    say(f"Next: tastemaker recommend --bundle {out} --brief brief.json")
