"""The pages through a real HTTP client."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from stub_engine import PEOPLE, UNSERVED, StubEngine

from tastemaker.errors import BriefError
from tastemaker.schema import EXAMPLE_BRIEF, Recommendation
from tastemaker.service import create_app, serving
from tastemaker.service.filling import fill
from tastemaker.service.rendering import FOLDER
from tastemaker.store import MemoryDecisionLog

FORM = fill(EXAMPLE_BRIEF)
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


def send(client: httpx.Client, **changed: str | list[str]) -> httpx.Response:
    return client.post("/shortlist", data={**FORM, **changed}, follow_redirects=True)


def test_brief_page_is_filled_with_the_example(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'value="Northleaf Tea"' in page.text
    assert "Filled in with an example" in page.text


def test_blank_brief_has_no_example_in_it(client: httpx.Client) -> None:
    assert "Northleaf" not in client.get("/?blank=1").text.split("Recent shortlists")[0]


def test_form_leads_to_a_page_with_an_address_of_its_own(client: httpx.Client) -> None:
    answer = client.post("/shortlist", data=FORM)
    assert answer.status_code == 303
    page = client.get(answer.headers["location"])
    assert page.status_code == 200
    assert "@sorrel.steeps" in page.text
    assert client.get(answer.headers["location"]).text == page.text


def test_shortlist_is_the_logged_decision(client: httpx.Client) -> None:
    address = client.post("/shortlist", data=FORM).headers["location"]
    decision = Recommendation.model_validate_json(
        client.get(f"/v1/decisions/{address.rsplit('/', 1)[1]}").content
    )
    shown = re.findall(r'class="handle">@([^<]+)<', client.get(address).text)
    assert shown == [c.handle for c in decision.shortlist]
    assert decision.brief.brand == EXAMPLE_BRIEF.brand


def test_shortlist_shows_reasons_funnel_and_notes(client: httpx.Client) -> None:
    page = send(client).text
    assert "Content near the brief (0.44)" in page
    assert "3,000" in page
    assert "What each filter removed" in page
    assert "Forecasts come from few campaigns." in page
    assert "Chance to accept" in page


def test_forecasts_are_explained_only_where_there_are_some(client: httpx.Client) -> None:
    said = "Forecasts are medians"
    assert said in send(client).text
    for page in (client.get("/"), client.get("/nowhere", headers={"accept": "text/html"})):
        assert said not in page.text
    assert said not in send(client, markets=UNSERVED).text


def test_limit_is_kept(client: httpx.Client) -> None:
    assert send(client, limit="10").text.count('class="handle"') == min(10, len(PEOPLE))


def test_empty_shortlist_names_the_filter_that_removed_most(client: httpx.Client) -> None:
    page = send(client, markets=UNSERVED).text
    assert "Nobody passes every filter" in page
    assert "“Platforms” removed most: 3,000 of the 3,000" in page


def test_errors_stand_beside_their_fields_and_keep_what_was_typed(client: httpx.Client) -> None:
    answer = send(client, brand_name="", followers_min="lots", deliver_post="x", **{"age_male_65+": "y"})
    assert answer.status_code == 422
    page = answer.text
    assert "<title>Error: the brief" in page
    assert re.search(r'id="brand_name"[^>]*aria-describedby=" brand_name-error" aria-invalid="true"', page)
    assert re.search(r'id="followers_min"[^>]*value="lots"', page)
    assert "“lots” is not a number of 0 or more" in page
    assert re.search(r'id="deliver_post"[^>]*aria-invalid="true"', page)
    assert re.search(r'id="age_male_65\+"[^>]*value="y" aria-invalid="true"', page)
    assert 'href="#followers_min"' in page
    links = re.findall(r'<li><a href="#(\w+)">', page)
    assert links == ["brand_name", "deliverables", "age_gender", "followers_min"]
    assert all(f'id="{name}"' in page for name in links)


def test_error_of_the_engine_stands_beside_its_field() -> None:
    class Choosy(StubEngine):
        def recommend(self, *_: object, **__: object) -> Recommendation:
            raise BriefError("filters.max_fee: no exchange rate for currency 'XTS'; known: EUR, USD")

    with serving(create_app(Choosy(MemoryDecisionLog()), MemoryDecisionLog())) as url:
        answer = httpx.post(f"{url}/shortlist", data=FORM, trust_env=False)
    assert answer.status_code == 422
    assert re.search(r'id="max_fee-error">.*No exchange rate for currency', answer.text)


def test_hostile_text_is_shown_and_not_run(client: httpx.Client) -> None:
    address = client.post("/shortlist", data={**FORM, "brand_name": HOSTILE, "text": HOSTILE}).headers[
        "location"
    ]
    for path in (address, "/", f"/?decision={address.rsplit('/', 1)[1]}"):
        page = client.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;{{7*7}}" in page
    refused = send(client, brand_name=HOSTILE, followers_min=HOSTILE, currency=HOSTILE).text
    assert "<script" not in refused


def test_brief_of_a_decision_can_be_changed(client: httpx.Client) -> None:
    address = client.post("/shortlist", data={**FORM, "brand_name": "Osk & Daughters"}).headers["location"]
    page = client.get(f"/?decision={address.rsplit('/', 1)[1]}").text
    assert 'value="Osk &amp; Daughters"' in page
    assert "more than the form can hold" not in page


def test_brief_that_the_form_can_not_hold_says_so(client: httpx.Client) -> None:
    brief = {**EXAMPLE_BRIEF.model_dump(mode="json"), "weights": {"content": 2.0}}
    decision = client.post("/v1/recommendations", json={"brief": brief}).json()["decision_id"]
    assert "more than the form can hold" in client.get(f"/?decision={decision}").text


@pytest.mark.parametrize("path", ["/shortlists/d-unknown", "/?decision=d-unknown"])
def test_unknown_decision_is_a_page_for_a_browser(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "is not in the log" in answer.text
    assert "<h1>Not Found</h1>" in answer.text


def test_form_from_another_site_is_refused(client: httpx.Client) -> None:
    assert client.post("/shortlist", data=FORM, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_form_of_another_kind_is_refused(client: httpx.Client) -> None:
    assert client.post("/shortlist", json={}).status_code == 415
    assert client.post("/shortlist", files={"brand_name": b"x"}).status_code == 415


def test_form_too_large_or_with_too_many_fields_is_refused(client: httpx.Client) -> None:
    assert client.post("/shortlist", data={"text": "x" * 60_000}).status_code == 413
    assert client.post("/shortlist", data={f"f{i}": "1" for i in range(300)}).status_code == 400


def test_pages_hold_no_script_no_style_attribute_and_nothing_from_elsewhere(client: httpx.Client) -> None:
    pages = [client.get("/").text, send(client).text, send(client, brand_name="").text]
    for page in pages:
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page)
        assert not re.search(r'(?:src|href|action)="(?!/|#)', page)
    sheet = (FOLDER / "static" / "tastemaker.css").read_text(encoding="utf-8")
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_templates_and_static_files_are_in_the_package() -> None:
    assert {p.name for p in (FOLDER / "templates").iterdir()} == {
        "base.html", "brief.html", "creator.html", "fields.html", "problem.html", "shortlist.html",
    }  # fmt: skip
    assert Path(FOLDER / "static" / "mark.svg").is_file()
