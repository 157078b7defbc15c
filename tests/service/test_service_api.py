"""The API through a real HTTP client and a real server."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from stub_engine import StubEngine

from tastemaker.errors import BriefError, BundleError, StoreError
from tastemaker.schema import EXAMPLE_BRIEF, Recommendation
from tastemaker.service import create_app, serving
from tastemaker.store import MemoryDecisionLog, SqlDecisionLog

BRIEF = EXAMPLE_BRIEF.model_dump(mode="json")


def ask(client: httpx.Client, brief: object, **more: object) -> httpx.Response:
    return client.post("/v1/recommendations", json={"brief": brief, **more})


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal, after checking that it is one."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert "Traceback" not in response.text
    return dict(document)


def test_recommendation_is_answered_in_full(client: httpx.Client) -> None:
    response = ask(client, BRIEF, limit=3)
    assert response.status_code == 200, response.text
    answer = Recommendation.model_validate_json(response.content)
    assert [c.rank for c in answer.shortlist] == [1, 2, 3]
    assert answer.brief == EXAMPLE_BRIEF
    assert answer.bundle == StubEngine.bundle_id


def test_recommendation_tells_its_plan_and_goes_exact_on_demand(client: httpx.Client) -> None:
    assert ask(client, BRIEF).json()["funnel"]["plan"] == "lists"
    funnel = ask(client, BRIEF, exact=True).json()["funnel"]
    assert (funnel["plan"], funnel["missed"]) == ("scan", 0.0)


def test_recommendation_is_in_the_durable_store_when_it_is_answered(
    client: httpx.Client, store_path: Path
) -> None:
    answer = Recommendation.model_validate_json(ask(client, BRIEF).content)
    log = SqlDecisionLog(f"sqlite:///{store_path}")  # another connection, as after a crash
    assert log.get(answer.decision_id) == answer
    log.close()


def test_decision_is_read_again_exactly_as_it_was_answered(client: httpx.Client) -> None:
    answered = ask(client, BRIEF, limit=2)
    again = client.get(f"/v1/decisions/{answered.json()['decision_id']}")
    assert again.status_code == 200
    assert again.content == answered.content


def test_decision_that_is_not_there_is_a_problem(client: httpx.Client) -> None:
    assert "'d-unknown' is not in the log" in problem_of(client.get("/v1/decisions/d-unknown"), 404)["detail"]


def test_health_names_the_bundle(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "bundle": "stub-0001", "store": "ok"}


def test_minimal_brief_is_enough(client: httpx.Client) -> None:
    assert ask(client, {"brand": {"name": "Osk"}, "objective": "awareness"}).status_code == 200


@pytest.mark.parametrize(
    ("brief", "field", "says"),
    [
        ({"objective": "awareness"}, "brief.brand", "required"),
        (
            {**BRIEF, "objectve": "awareness"},
            "brief.objectve",
            "unknown field; did you mean 'objective'?",
        ),
        ({**BRIEF, "objective": "fame"}, "brief.objective", "Input should be 'awareness'"),
        ({**BRIEF, "budget": {"amount": -1}}, "brief.budget.amount", "greater than or equal to 0 (got -1)"),
        (
            {**BRIEF, "filters": {"followers": {"min": 9, "max": 3}}},
            "brief.filters.followers",
            "min 9 is above max 3",
        ),
        ({**BRIEF, "filters": {"folowers": {}}}, "brief.filters.folowers", "did you mean 'followers'?"),
        ({**BRIEF, "markets": "GB"}, "brief.markets", "valid tuple"),
        ({**BRIEF, "markets": ["gb"]}, "brief.markets.0", "match pattern"),
        ({**BRIEF, "audience": {"country": {"UK": 0.5}}}, "brief.audience", "country has no key 'UK'"),
        ("a tea brand", "brief", "valid dictionary"),
        (None, "brief", "valid dictionary"),
    ],
)
def test_bad_brief_names_the_field(client: httpx.Client, brief: object, field: str, says: str) -> None:
    problem = problem_of(ask(client, brief), 422)
    assert problem["type"] == "urn:tastemaker:problem:invalid-request"
    found = {e["field"]: e["message"] for e in problem["errors"]}
    assert says in found[field]


def test_all_bad_fields_are_named_at_once(client: httpx.Client) -> None:
    problem = problem_of(ask(client, {"brand": {}, "text": 3}, limit=0, colour="red"), 422)
    assert {e["field"] for e in problem["errors"]} == {
        "brief.brand.name", "brief.objective", "brief.text", "limit", "colour",
    }  # fmt: skip
    assert "and 2 more" in problem["detail"]


@pytest.mark.parametrize("body", ["null", "[]", "3", '"text"', "{}"])
def test_body_that_is_no_request_is_a_problem(client: httpx.Client, body: str) -> None:
    response = client.post("/v1/recommendations", content=body, headers={"content-type": "application/json"})
    assert problem_of(response, 422)["errors"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"brief": ',
        b"\xff\xfe{}",
        b"",
        b'{"brief": {"text": "\xe9"}}',
        b"[" * 40_000,
        b'{"limit": 1' + b"0" * 5000 + b"}",
    ],
)
def test_broken_json_is_a_problem(client: httpx.Client, body: bytes) -> None:
    response = client.post("/v1/recommendations", content=body, headers={"content-type": "application/json"})
    problem_of(response, 422 if body == b"" else 400)


def test_broken_json_says_where(client: httpx.Client) -> None:
    response = client.post(
        "/v1/recommendations", content=b'{"brief": oops}', headers={"content-type": "application/json"}
    )
    assert problem_of(response, 400)["detail"] == "the body is not JSON: Expecting value at character 10"


@pytest.mark.parametrize("depth", [90, 400, 900])
def test_deeply_nested_values_are_a_problem_of_the_sender(client: httpx.Client, depth: int) -> None:
    nested = '{"brief": {"brand": ' + "[" * depth + "]" * depth + "}}"
    response = client.post(
        "/v1/recommendations", content=nested, headers={"content-type": "application/json"}
    )
    assert response.status_code in (400, 422)


def test_lone_surrogates_are_a_problem_of_the_sender(client: httpx.Client) -> None:
    for body in (
        r'{"brief": {"\ud800": 1}}',
        r'{"brief": {"brand": {"name": "\ud800"}, "objective": "content"}}',
    ):
        response = client.post(
            "/v1/recommendations", content=body, headers={"content-type": "application/json"}
        )
        problem_of(response, 422)


def test_number_that_is_not_finite_is_a_problem(client: httpx.Client) -> None:
    body = json.dumps({"brief": {**BRIEF, "budget": {"amount": float("nan")}}})
    response = client.post("/v1/recommendations", content=body, headers={"content-type": "application/json"})
    assert problem_of(response, 422)["errors"][0]["field"] == "brief.budget.amount"


def test_large_body_is_refused(client: httpx.Client) -> None:
    assert (
        "at most 50,000 are read" in problem_of(ask(client, {**BRIEF, "text": "x" * 60_000}), 413)["detail"]
    )


def test_large_body_of_unannounced_length_is_refused(client: httpx.Client) -> None:
    def parts() -> Any:
        for _ in range(20):
            yield b" " * 10_000

    response = client.post(
        "/v1/recommendations", content=parts(), headers={"content-type": "application/json"}
    )
    problem_of(response, 413)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonish"]
)
def test_other_content_types_are_refused(client: httpx.Client, kind: str) -> None:
    response = client.post(
        "/v1/recommendations", content=json.dumps({"brief": BRIEF}), headers={"content-type": kind}
    )
    assert "send application/json" in problem_of(response, 415)["detail"]


def test_unknown_path_and_method_are_problems(client: httpx.Client) -> None:
    assert "nothing at /v2/brief" in problem_of(client.get("/v2/brief"), 404)["detail"]
    response = client.get("/v1/recommendations")
    assert "allowed: POST" in problem_of(response, 405)["detail"]
    assert response.headers["allow"] == "POST"


def test_head_is_answered_like_get_without_a_body(client: httpx.Client) -> None:
    decision = ask(client, BRIEF).json()["decision_id"]
    for path in ("/", "/healthz", f"/shortlists/{decision}", f"/v1/decisions/{decision}", "/openapi.json"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b""), path
        for name in ("content-type", "content-length", "content-security-policy", "cache-control"):
            assert head.headers[name] == get.headers[name], path
    assert client.head("/v1/decisions/d-unknown").status_code == 404


def test_unknown_path_is_a_page_for_a_browser(client: httpx.Client) -> None:
    response = client.get("/nowhere<b>", headers={"accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "nothing at /nowhere&lt;b&gt;" in response.text


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/static/tastemaker.css", "/openapi.json"])
def test_security_headers_are_on_every_answer(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    for rule in ("default-src 'self'", "script-src 'none'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


class Failing(StubEngine):
    """Raises what it is told to."""

    def __init__(self, error: Exception) -> None:
        super().__init__(MemoryDecisionLog())
        self._error = error

    def recommend(self, *_: object, **__: object) -> Recommendation:
        raise self._error


def answer_of(engine: StubEngine, log: MemoryDecisionLog | SqlDecisionLog | None = None) -> httpx.Response:
    with (
        serving(create_app(engine, log or MemoryDecisionLog())) as url,
        httpx.Client(trust_env=False) as client,
    ):
        return client.post(f"{url}/v1/recommendations", json={"brief": BRIEF})


def test_brief_error_of_the_engine_is_the_senders() -> None:
    problem = problem_of(
        answer_of(Failing(BriefError("budget.currency: 'XTS' has no rate; known: EUR, USD"))), 422
    )
    assert problem["errors"] == [
        {"field": "brief.budget.currency", "message": "'XTS' has no rate; known: EUR, USD"}
    ]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("filters.max_fee: no exchange rate for currency 'XTS'", "brief.filters.max_fee"),
        ("brief.text: is too long", "brief.text"),
        ("limit: 900 is outside 1..500", "limit"),
        ("nothing can be done", "brief"),
    ],
)
def test_brief_error_of_the_engine_names_the_place_in_the_body(said: str, field: str) -> None:
    problem = problem_of(answer_of(Failing(BriefError(said))), 422)
    assert [e["field"] for e in problem["errors"]] == [field]


def test_bundle_error_is_ours() -> None:
    problem = problem_of(answer_of(Failing(BundleError("ranker.txt: checksum differs"))), 503)
    assert problem["type"] == "urn:tastemaker:problem:engine-unavailable"
    assert "ranker.txt" in problem["detail"]


def test_decision_that_can_not_be_logged_is_not_answered() -> None:
    problem = problem_of(answer_of(Failing(StoreError("log.db: is locked"))), 503)
    assert problem["type"] == "urn:tastemaker:problem:store-unavailable"
    assert "shortlist" not in problem


def test_unexpected_error_shows_an_id_and_logs_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "tastemaker.service"):
        response = answer_of(Failing(ZeroDivisionError("hidden detail")))
    problem = problem_of(response, 500)
    assert "hidden detail" not in response.text
    assert "ZeroDivisionError" not in response.text
    accident = problem["instance"].rsplit(":", 1)[1]
    assert accident in caplog.text
    assert "hidden detail" in caplog.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_recommendation_is_in_the_file_that_replaced_the_store(tmp_path: Path) -> None:
    path, fresh = tmp_path / "log.db", tmp_path / "fresh.db"
    SqlDecisionLog(f"sqlite:///{fresh}").close()
    log = SqlDecisionLog(f"sqlite:///{path}")
    with serving(create_app(StubEngine(log), log)) as url, httpx.Client(trust_env=False) as client:
        client.post(f"{url}/v1/recommendations", json={"brief": BRIEF})
        fresh.replace(path)
        answer = client.post(f"{url}/v1/recommendations", json={"brief": BRIEF})
        assert answer.status_code == 200
        other = SqlDecisionLog(f"sqlite:///{path}")
        assert [d.decision_id for d in other.recent()] == [answer.json()["decision_id"]]
        other.close()
    log.close()


def test_health_says_that_the_store_is_gone(tmp_path: Path) -> None:
    log = SqlDecisionLog(f"sqlite:///{tmp_path}/log.db")
    with serving(create_app(StubEngine(log), log)) as url, httpx.Client(trust_env=False) as client:
        assert client.get(f"{url}/healthz").status_code == 200
        (tmp_path / "log.db").unlink()
        assert "the file is gone" in problem_of(client.get(f"{url}/healthz"), 503)["detail"]
        problem_of(client.post(f"{url}/v1/recommendations", json={"brief": BRIEF}), 503)
    log.close()
