"""Whatever is sent, the answer is never the service's own fault."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastemaker.schema import EXAMPLE_BRIEF
from tastemaker.service.fields import CELLS, LABELS
from tastemaker.service.filling import fill

BRIEF = EXAMPLE_BRIEF.model_dump(mode="json")
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=[]), max_size=40)  # lone surrogates too
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a JSON document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(p for key, value in inner for p in places(value, (*path, key)))]


def changed(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


@st.composite
def nearly_valid(draw: st.DrawFn) -> Any:
    """The example with one to three values replaced: errors deep in a brief, where messages are made."""
    body: Any = {"brief": BRIEF, "limit": 5}
    for _ in range(draw(st.integers(1, 3))):
        body = changed(body, draw(st.sampled_from(places(body))), draw(VALUES))
    return body


def check(response: httpx.Response) -> None:
    assert response.status_code in (200, 400, 413, 422), response.text
    if response.status_code != 200:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code


SETTINGS = settings(
    max_examples=600,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@SETTINGS
@given(body=nearly_valid() | VALUES)
def test_json_never_makes_a_server_error(client: httpx.Client, body: Any) -> None:
    text = json.dumps(body)
    check(client.post("/v1/recommendations", content=text, headers={"content-type": "application/json"}))


@pytest.mark.slow
@SETTINGS
@given(body=st.binary(max_size=200))
def test_bytes_never_make_a_server_error(client: httpx.Client, body: bytes) -> None:
    check(client.post("/v1/recommendations", content=body, headers={"content-type": "application/json"}))


@pytest.mark.slow
@SETTINGS
@given(
    fields=st.dictionaries(
        st.sampled_from([*LABELS, *CELLS]),
        st.text(max_size=40) | st.from_regex(r"[A-Z]{2} [0-9]{1,3}%", fullmatch=True),
    )
)
def test_form_never_makes_a_server_error(client: httpx.Client, fields: dict[str, str]) -> None:
    answer = client.post("/shortlist", data={**fill(EXAMPLE_BRIEF), **fields}, follow_redirects=True)
    assert answer.status_code in (200, 422), answer.text


@pytest.mark.slow
@SETTINGS
@given(name=st.text(min_size=1, max_size=60))
def test_decision_id_never_makes_a_server_error(client: httpx.Client, name: str) -> None:
    for path in ("/v1/decisions/", "/shortlists/", "/v1/creators/", "/creators/"):
        url = httpx.URL(path + "x").copy_with(
            raw_path=(path + httpx.QueryParams({"": name}).__str__()[1:]).encode()
        )
        assert client.get(url, follow_redirects=True).status_code in (200, 404, 405)
