"""The HTTP API, version 1."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tastemaker.schema import EXAMPLE_BRIEF, Brief, CreatorCard, Recommendation
from tastemaker.service.problems import Problem
from tastemaker.service.seams import Decisions, Recommender

MAX_LIMIT = 500


class RecommendationRequest(BaseModel):
    """A brief and how many creators to answer with; without ``limit`` the bundle's configuration decides.

    ``explore`` asks for test slots or refuses them, by default the bundle's configuration decides; ``seed`` is that of
    an earlier decision, to draw as it did. ``exact`` looks at every eligible creator, however many they are.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"brief": EXAMPLE_BRIEF.model_dump(mode="json"), "limit": 20}]},
    )

    brief: Brief
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] | None = None
    explore: bool | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    exact: bool = False


class Health(BaseModel):
    """The service answers, from this bundle, and its decision store can be read."""

    status: str = "ok"
    bundle: str
    store: str = "ok"


def _refusals(**said: str) -> dict[int | str, dict[str, Any]]:
    return {int(code[1:]): {"model": Problem, "description": text} for code, text in said.items()}


def needs_json(request: Request) -> None:
    """Refuses (415) a body that does not say it is JSON; a page elsewhere can not send that without permission."""
    sent = request.headers.get("content-type", "")
    kind = sent.partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise HTTPException(415, f"content type {sent!r} is not read here; send application/json")


def make_api(engine: Recommender, decisions: Decisions) -> APIRouter:
    """The routes of the API over an engine and its decision log."""
    api = APIRouter()

    @api.post(
        "/v1/recommendations",
        summary="Answer a brief with a ranked shortlist",
        response_model=Recommendation,
        dependencies=[Depends(needs_json)],
        responses=_refusals(
            _400="the body is not JSON",
            _413="the body is too large",
            _415="the body is not declared as JSON",
            _422="the request breaks rules; errors names each field",
            _500="an unexpected error",
            _503="the engine or the decision store can not be used",
        ),
        tags=["recommendations"],
    )
    def recommend(asked: RecommendationRequest) -> Response:
        """The decision is in the decision log before it is answered."""
        return _json(
            engine.recommend(
                asked.brief, asked.limit, explore=asked.explore, seed=asked.seed, exact=asked.exact
            )
        )

    @api.head("/v1/decisions/{decision_id}", include_in_schema=False)
    @api.get(
        "/v1/decisions/{decision_id}",
        summary="Read a decision again",
        response_model=Recommendation,
        responses=_refusals(
            _404="there is no such decision",
            _500="an unexpected error",
            _503="the decision store can not be used",
        ),
        tags=["decisions"],
    )
    def decision(decision_id: str) -> Response:
        """Exactly what was answered then."""
        found = decisions.get(decision_id)
        if found is None:
            raise HTTPException(404, f"decision {decision_id!r} is not in the log")
        return _json(found)

    # An id may hold a slash.
    @api.head("/v1/creators/{identity:path}", include_in_schema=False)
    @api.get(
        "/v1/creators/{identity:path}",
        summary="Read a creator's card",
        response_model=CreatorCard,
        responses=_refusals(_404="there is no such creator", _500="an unexpected error"),
        tags=["creators"],
    )
    def creator(identity: str) -> Response:
        """By creator id, account id or `platform:handle`: all signals among peers, evidence, ages and confidence.

        The group `authenticity` has reasons too: what speaks for and against a real audience, with its figures.
        """
        return _json(engine.creator(identity))

    @api.head("/healthz", include_in_schema=False)
    @api.get(
        "/healthz",
        summary="Is the service able to answer?",
        responses=_refusals(_500="an unexpected error", _503="the decision store can not be used"),
        tags=["health"],
    )
    def health() -> Health:
        decisions.check()
        return Health(bundle=engine.bundle_id)

    return api


def _json(answer: Recommendation | CreatorCard) -> Response:
    return Response(answer.model_dump_json(), media_type="application/json")
