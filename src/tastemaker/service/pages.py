"""The pages: the brief as a form, a decision as a ranked shortlist, a creator's card. They work without a script."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tastemaker.errors import BriefError
from tastemaker.schema import EXAMPLE_BRIEF, Recommendation
from tastemaker.service import figures, shortlist
from tastemaker.service.fields import CELLS, CHOICES, DEFAULT_LIMIT, LABELS, field_of
from tastemaker.service.filling import Filled, fill, fits
from tastemaker.service.form import read_form
from tastemaker.service.reading import Sent
from tastemaker.service.rendering import render
from tastemaker.service.seams import Decisions, Recommender

RECENT = 5
MAX_FIELDS = 200
FORM = "application/x-www-form-urlencoded"


def make_pages(engine: Recommender, decisions: Decisions) -> APIRouter:
    """The routes of the pages over an engine and its decision log."""
    pages = APIRouter(include_in_schema=False)

    @pages.api_route("/", methods=["GET", "HEAD"])
    def brief(decision: str | None = None, blank: bool = False) -> Response:
        if blank:
            return form_page({"limit": [str(DEFAULT_LIMIT)], "currency": ["USD"], "deliver_post": ["1"]})
        if decision is None:
            return form_page(fill(EXAMPLE_BRIEF), example=True)
        asked = _found(decision).brief
        return form_page(fill(asked), loses=not fits(asked))

    @pages.post("/shortlist")
    async def ask(request: Request) -> Response:
        return await run_in_threadpool(answer, await _sent(request))

    @pages.api_route("/shortlists/{decision_id}", methods=["GET", "HEAD"])
    def show(decision_id: str) -> Response:
        return HTMLResponse(render("shortlist.html", **_of_decision(_found(decision_id))))

    @pages.api_route("/creators/{identity:path}", methods=["GET", "HEAD"])
    def creator(identity: str) -> Response:
        return HTMLResponse(render("creator.html", card=engine.creator(identity)))

    def answer(sent: Sent) -> Response:
        read = read_form(sent)
        if read.brief is None:
            return form_page(_typed(sent), read.errors)
        try:
            decision = engine.recommend(read.brief, read.limit)
        except BriefError as error:
            place, _, message = str(error).partition(": ")
            return form_page(_typed(sent), {field_of(place): message or place})
        # The page has an address of its own, so that it can be read again and passed on without asking again.
        return RedirectResponse(f"/shortlists/{quote(decision.decision_id, safe='')}", 303)

    def form_page(filled: Filled, errors: dict[str, str] | None = None, **more: Any) -> Response:
        recent = decisions.recent(RECENT)
        page = render(
            "brief.html",
            **_of_form(filled, errors or {}),
            **{"example": False, "loses": False, **more},
            recent=recent,
        )
        return HTMLResponse(page, 422 if errors else 200)

    def _found(decision_id: str) -> Recommendation:
        found = decisions.get(decision_id)
        if found is None:
            raise HTTPException(404, f"decision {decision_id!r} is not in the log")
        return found

    return pages


async def _sent(request: Request) -> Sent:
    """The fields of a form that one of our pages sent."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(
            403, "this form was sent from another site; open the brief here and send it again"
        )
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != FORM:
        raise HTTPException(415, f"content type {kind!r} is not read here; send the form as {FORM}")
    async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
        return {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}


def _typed(sent: Sent) -> Filled:
    return {name: list(values) for name, values in sent.items()}


def _of_form(filled: Filled, errors: dict[str, str]) -> dict[str, Any]:
    cells = [cell for cell in CELLS if cell in errors]
    shown = {name: message for name, message in errors.items() if name not in CELLS}
    for cell in cells:
        shown.setdefault("age_gender", errors[cell])
    deliveries = [name for name in errors if name.startswith("deliver_")]
    for name in deliveries:
        shown.setdefault("deliverables", shown.pop(name))
    order = list(LABELS)
    shown = dict(sorted(shown.items(), key=lambda item: order.index(item[0])))
    return {"filled": filled, "errors": shown, "bad_cells": cells + deliveries, "labels": LABELS, **CHOICES}


def _of_decision(decision: Recommendation) -> dict[str, Any]:
    lines = shortlist.lines(decision)
    return {
        "decision": decision,
        "brief": decision.brief,
        "kpi": decision.kpi.replace("_", " "),
        "lines": lines,
        "forecasts": any(line.forecast or line.fee for line in lines),
        "in_dollars": shortlist.in_dollars(decision),
        "steps": shortlist.steps(decision),
        "sieves": shortlist.sieves(decision),
        "strictest": shortlist.strictest(decision),
        "asked": figures.moment(decision.made_at),
    }
