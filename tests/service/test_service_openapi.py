"""The OpenAPI document is complete: every reference resolves, briefs, results and problems are described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import httpx

from tastemaker.schema import Brief, CreatorCard, Recommendation, Speaks


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_openapi_resolves_and_describes_the_words_of_the_house(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert {ref.removeprefix("#/components/schemas/") for ref in references(document)} <= set(schemas)
    assert set(schemas["Brief"]["properties"]) == set(Brief.model_fields)
    assert set(schemas["Recommendation"]["properties"]) == set(Recommendation.model_fields)
    assert set(schemas["CreatorCard"]["properties"]) == set(CreatorCard.model_fields)
    assert {"type", "title", "status", "detail", "errors"} <= set(schemas["Problem"]["properties"])


def test_openapi_describes_reasons_field_by_field(client: httpx.Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["SignalGroup"]["properties"]["reasons"]["items"] == {"$ref": "#/components/schemas/Reason"}
    fields = schemas["Reason"]["properties"]
    assert all(field["description"] for field in fields.values())
    assert set(fields["speaks"]["enum"]) == set(get_args(Speaks))


def test_openapi_lists_the_api_and_not_the_pages(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {(path, method) for path, operations in paths.items() for method in operations} == {
        ("/v1/recommendations", "post"),
        ("/v1/decisions/{decision_id}", "get"),
        ("/v1/creators/{identity}", "get"),
        ("/healthz", "get"),
    }


def test_openapi_files_refusals_as_problem_documents(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                kinds = list(response["content"])
                assert kinds == (["application/problem+json"] if status >= "400" else ["application/json"]), (
                    path
                )
    assert set(paths["/v1/recommendations"]["post"]["responses"]) == {
        "200",
        "400",
        "413",
        "415",
        "422",
        "500",
        "503",
    }


def test_openapi_example_is_answered(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    example = document["components"]["schemas"]["RecommendationRequest"]["examples"][0]
    assert client.post("/v1/recommendations", json=example).status_code == 200
