"""The application: routes, refusals and the boundary, put together."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from tastemaker import config
from tastemaker.service.api import make_api
from tastemaker.service.boundary import BodyLimit, Boundary
from tastemaker.service.openapi import describe
from tastemaker.service.pages import make_pages
from tastemaker.service.refusals import add_refusals
from tastemaker.service.rendering import STATIC
from tastemaker.service.seams import Decisions, Recommender


def create_app(engine: Recommender, log: Decisions, settings: config.Service | None = None) -> FastAPI:
    """The service over an engine and the log that this engine records its decisions in.

    It keeps no state of its own and closes neither. The engine must be safe to call from several threads.
    """
    settings = settings or config.Service()
    app = FastAPI(
        title="Tastemaker",
        version=version("tastemaker"),
        description="A brief goes in; a ranked, explained shortlist of creators comes out.",
        docs_url=None,  # the stock viewers load scripts from elsewhere
        redoc_url=None,
        middleware=[Middleware(Boundary), Middleware(BodyLimit, most=settings.max_body_bytes)],
    )
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    app.include_router(make_api(engine, log))
    app.include_router(make_pages(engine, log))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    add_refusals(app)
    return app
