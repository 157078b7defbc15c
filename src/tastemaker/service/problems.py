"""Problem documents (RFC 9457): how the service says no."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from tastemaker.errors import BriefError, StoreError, TastemakerError, UnknownCreatorError
from tastemaker.schema import Brief
from tastemaker.schema import problem as brief_problem

MEDIA_TYPE = "application/problem+json"
KIND = "urn:tastemaker:problem:"


class FieldError(BaseModel):
    """One field that breaks a rule; ``field`` is its path in the body, such as ``brief.filters.followers.min``."""

    model_config = ConfigDict(frozen=True)

    field: str
    message: str


class Problem(BaseModel):
    """A problem document. ``type`` is ``about:blank`` where the status says it all, else a URN of ours."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str | None = Field(None, description="names this occurrence in the server's log")
    errors: tuple[FieldError, ...] = ()

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        # What was sent may hold lone surrogates, and messages quote it: ASCII escapes carry them, UTF-8 can not.
        text = json.dumps(self.model_dump(exclude_none=True), ensure_ascii=True)
        return Response(text, self.status, headers, media_type=MEDIA_TYPE)


def of_status(status: int, detail: str) -> Problem:
    """A problem that its HTTP status names."""
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)


def of_fields(errors: Sequence[tuple[str, str]]) -> Problem:
    """422: the body could be read but breaks rules."""
    listed = tuple(FieldError(field=field, message=message) for field, message in errors)
    detail = "; ".join(f"{e.field}: {e.message}" for e in listed[:3])
    more = f"; and {len(listed) - 3} more" if len(listed) > 3 else ""
    return Problem(
        type=f"{KIND}invalid-request",
        title="Invalid request",
        status=422,
        detail=detail + more,
        errors=listed,
    )


def of_error(error: TastemakerError) -> Problem:
    """One of our own errors: the sender's fault if it is about the brief or names nobody, else ours (503)."""
    if isinstance(error, UnknownCreatorError):
        return of_status(404, str(error))
    if isinstance(error, BriefError):
        field, colon, message = str(error).partition(": ")
        return of_fields([(_in_body(field), message) if colon else ("brief", field)])
    if isinstance(error, StoreError):
        name, title = "store-unavailable", "The decision store can not be used"
    else:
        name, title = "engine-unavailable", "The engine can not answer"
    return Problem(type=KIND + name, title=title, status=503, detail=str(error))


def of_accident(accident_id: str) -> Problem:
    """500: an error that nobody foresaw. What it was stands in the log only."""
    return Problem(
        type=f"{KIND}unexpected",
        title="Unexpected error",
        status=500,
        detail=f"Something failed that should not have; the server's log tells more under {accident_id}.",
        instance=f"urn:tastemaker:accident:{accident_id}",
    )


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(field, message) of pydantic's errors about a request body, in the brief's own words where they are about it."""
    return [_field_error(dict(error)) for error in errors]


def _in_body(place: str) -> str:
    """The engine names a place in the brief; in the body the brief is one field beside others."""
    return f"brief.{place}" if place.partition(".")[0] in Brief.model_fields else place


def _field_error(error: dict[str, Any]) -> tuple[str, str]:
    loc = tuple(error["loc"])
    loc = loc[1:] if loc[:1] in (("body",), ("path",), ("query",)) else loc
    if loc[:1] == ("brief",):
        place, message = brief_problem({**error, "loc": loc[1:]}, Brief)
        return (f"brief.{place}" if len(loc) > 1 else "brief"), message
    if error["type"] == "extra_forbidden":
        return ".".join(map(str, loc)), "unknown field; known: brief, limit"
    place, message = brief_problem({**error, "loc": loc}, Brief)
    return (place if loc else "body"), message
