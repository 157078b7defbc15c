"""Every refusal of the application as a problem document, or as a page where a person is looking."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tastemaker.errors import BriefError, TastemakerError, UnknownCreatorError
from tastemaker.service.problems import Problem, field_errors, of_error, of_fields, of_status
from tastemaker.service.rendering import render

log = logging.getLogger("tastemaker.service")


def add_refusals(app: FastAPI) -> None:
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(TastemakerError, _ours)


def answer(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem as a page for a browser that asked for a page, else as a document."""
    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
    if not wants_page:
        return problem.response(headers)
    return HTMLResponse(render("problem.html", problem=problem), problem.status, headers)


async def _invalid(request: Request, error: Any) -> Response:
    found = error.errors()
    broken = next((e for e in found if e["type"] == "json_invalid"), None)
    if broken is not None:
        detail = f"the body is not JSON: {broken['ctx']['error']} at character {broken['loc'][-1]}"
        return answer(request, of_status(400, detail))
    return answer(request, of_fields(field_errors(found)))


async def _refused(request: Request, error: Any) -> Response:
    return answer(request, of_status(error.status_code, _detail(request, error)), dict(error.headers or {}))


async def _ours(request: Request, error: Any) -> Response:
    if not isinstance(error, BriefError | UnknownCreatorError):
        log.error("%s %s: %s", request.method, request.url.path, error)
    return answer(request, of_error(error))


def _detail(request: Request, error: HTTPException) -> str:
    """The stock phrases of the framework in words that help."""
    if error.status_code == 404 and error.detail == "Not Found":
        return f"there is nothing at {request.url.path}; /openapi.json lists what there is"
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return f"{request.method} is not answered at {request.url.path}; allowed: {allowed}"
    if error.status_code == 400 and "parsing the body" in error.detail:
        return "the body can not be read as JSON in UTF-8"
    return error.detail
