"""The OpenAPI document, with problems under their own media type."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tastemaker.service.problems import MEDIA_TYPE


def describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of ``app``. The framework files every model under ``application/json``; refusals are moved."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = {MEDIA_TYPE: response["content"].pop("application/json")}
    return document
