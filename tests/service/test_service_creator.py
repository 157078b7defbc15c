"""A creator's card over HTTP and as a page."""

from __future__ import annotations

import re

import httpx
import pytest
from stub_engine import PEOPLE, PROOF

from tastemaker.schema import EXAMPLE_BRIEF, CreatorCard
from tastemaker.service.filling import fill


@pytest.mark.parametrize("identity", ["c-brindle.bakes", "a-brindle.bakes", "instagram:brindle.bakes"])
def test_card_as_json(client: httpx.Client, identity: str) -> None:
    answer = client.get(f"/v1/creators/{identity}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    card = CreatorCard.model_validate_json(answer.content)
    assert card.creator_id == "c-brindle.bakes"
    assert card.accounts[0].groups[2].signals[0].evidence == (PROOF,)
    assert client.head(f"/v1/creators/{identity}").status_code == 200


def test_nobody_by_that_name_is_a_problem_with_the_nearest(client: httpx.Client) -> None:
    for identity in ("nobody", "a/b", "%00", "c-brindle.bakes/x"):
        answer = client.get(f"/v1/creators/{identity}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert "did you mean 'c-brindle.bakes'" in answer.json()["detail"]


def test_nobody_by_that_name_is_a_page_for_a_browser(client: httpx.Client) -> None:
    answer = client.get("/creators/<script>nobody", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "did you mean" in answer.text
    assert "<script>" not in answer.text


def test_page_shows_signals_peers_ages_and_evidence(client: httpx.Client) -> None:
    page = client.get("/creators/c-brindle.bakes")
    assert page.status_code == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
    for said in (
        "Tamsin Orrelbeck", "What was known on 1 June 2026", "48,200", "More than 72% of 57 peers",
        "less than a day old, confidence 0.83", "12 days old, confidence 0.50", "Words: hell",
        "57 accounts of instagram with 16,066 to 144,600 followers", "Northleaf Tea (1 June 2026)",
    ):  # fmt: skip
        assert said in text, said


def test_unknown_is_said_with_its_reason(client: httpx.Client) -> None:
    page = client.get("/creators/c-hearthnotes").text
    assert '<span class="figure unknown">unknown</span>' in page
    assert "No post with likes or comments" in page


def test_excerpts_and_reasons_are_escaped(client: httpx.Client) -> None:
    page = client.get("/creators/c-brindle.bakes").text
    assert "<b>is</b>" not in page
    assert "&lt;b&gt;is&lt;/b&gt;" in page
    assert "<i>doubled</i>" not in page
    assert "&lt;i&gt;doubled&lt;/i&gt;" in page


def test_reasons_are_said_in_words_and_what_is_not_needed_at_once_is_folded(client: httpx.Client) -> None:
    page = client.get("/creators/c-brindle.bakes").text
    shown = re.sub(r'<details class="rest">.*?</details>', "", page, flags=re.DOTALL)
    for said in (
        "Speaks strongly against</strong> <span>Its followers", "Speaks against", "Speaks slightly for",
        "Not reported: reach, impressions.", "Nothing found: Online piracy.",
    ):  # fmt: skip
        assert said in shown, said
    for said in ("the response varies", "Largest jump of followers", "Engagements by reach", '">none</span>'):
        assert said.lower() in page.lower(), said
        assert said.lower() not in shown.lower(), said
    assert "1 more reason and 1 more signal" in page
    assert "-5.5" not in page


def test_json_holds_every_signal_and_reason(client: httpx.Client) -> None:
    group = client.get("/v1/creators/c-brindle.bakes").json()["accounts"][0]["groups"][3]
    assert [(s["name"], s["detail"]) for s in group["signals"]] == [
        ("authenticity", False),
        ("growth_spike", True),
    ]
    assert [r["speaks"] for r in group["reasons"]] == [
        "strongly against", "against", "slightly for", "slightly for",
    ]  # fmt: skip
    first = group["reasons"][0]
    assert (first["evidence"], first["contribution"]) == ("growth_spike", -5.5)
    assert first["numbers"] == {"value": 0.5, "standing": 4.0}


def test_page_is_accessible_in_its_markup(client: httpx.Client) -> None:
    page = client.get("/creators/c-brindle.bakes").text
    assert page.count("<h1") == 1
    # Four groups, and what three of them fold.
    assert page.count("<table") == page.count("<caption") == 4 + 3
    assert all('scope="row"' in row for row in re.findall(r"<tbody>\s*<tr>\s*(<th[^>]*>)", page))
    assert page.count("<svg") == page.count('aria-hidden="true" focusable="false"') > 0
    labelled = set(re.findall(r'aria-labelledby="([^"]+)"', page))
    assert labelled <= set(re.findall(r'id="([^"]+)"', page))


def test_shortlist_links_every_creator(client: httpx.Client) -> None:
    page = client.post("/shortlist", data=fill(EXAMPLE_BRIEF), follow_redirects=True).text
    links = re.findall(r'href="(/creators/[^"]+)"', page)
    assert len(links) == len(set(links)) == page.count('class="handle"')
    assert client.get(links[0]).status_code == 200
    assert f"/creators/c-{PEOPLE[0][0]}" in links
