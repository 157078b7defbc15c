"""``tastemaker serve``: the API and the page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tastemaker.cli.console import say
from tastemaker.cli.options import ConfigFiles
from tastemaker.config import load_config
from tastemaker.workflows import DEMO_BUNDLE


def register(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    bundle: Annotated[Path, typer.Option(help="folder of the bundle to serve from")] = DEMO_BUNDLE,
    config: ConfigFiles = None,
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port; 0 takes a free one")] = None,
    store: Annotated[str | None, typer.Option(help="SQLAlchemy URL of the decision store")] = None,
) -> None:
    """Serves the HTTP API and the page."""
    from tastemaker.engine import Engine
    from tastemaker.service import create_app
    from tastemaker.service import serve as run
    from tastemaker.store import SqlDecisionLog

    settings = load_config(*(config or ()))
    log = SqlDecisionLog(store or settings.store.url)
    engine = Engine.load(bundle, log=log)
    address = host or settings.service.host
    at = settings.service.port if port is None else port

    def announce(url: str) -> None:
        say(f"serving bundle {engine.bundle_id} on {url} (API: {url}/openapi.json); Ctrl-C stops")

    run(create_app(engine, log, settings.service), address, at, ready=announce)
