"""A person with a browser: fills the brief, reads the shortlist, opens the details, mistypes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

pytestmark = pytest.mark.browser

SCREENS: dict[str, ViewportSize] = {
    "desk": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}


@dataclass
class Visit:
    """A page, and what went over its console and to its network."""

    page: Page
    console: list[str] = field(default_factory=list)
    hosts: set[str | None] = field(default_factory=set)


@pytest.fixture(params=[("desk", "light"), ("phone", "dark")], ids="-".join)
def look(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Screen and colour scheme."""
    screen, scheme = request.param
    return screen, scheme


@pytest.fixture
def visit(look: tuple[str, str], browser: Browser, site: str) -> Iterator[Visit]:
    screen, scheme = look
    context = browser.new_context(viewport=SCREENS[screen], color_scheme=scheme, base_url=site)
    visited = Visit(context.new_page())
    visited.page.on("console", lambda message: visited.console.append(f"{message.type}: {message.text}"))
    visited.page.on("pageerror", lambda error: visited.console.append(f"exception: {error}"))
    visited.page.on("request", lambda sent: visited.hosts.add(urlsplit(sent.url).hostname))
    yield visited
    context.close()
    assert visited.hosts == {"127.0.0.1"}


def fits_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def send(page: Page) -> None:
    page.get_by_role("button", name="Rank creators").click()


def test_brief_leads_to_a_ranked_shortlist_with_details(visit: Visit, look: tuple[str, str]) -> None:
    page = visit.page
    page.goto("/")
    assert fits_the_screen(page)
    page.get_by_label("Brand name").fill("Fennick & Rue <b>")
    page.get_by_label("What is wanted").fill("Quiet kitchens and people who explain what they do.")
    page.get_by_role("radio", name="Conversion").check()
    page.get_by_role("checkbox", name="YouTube").uncheck()
    page.get_by_label("Followers, at most").fill("90,000")
    send(page)

    page.wait_for_url("**/shortlists/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("for conversion")
    expect(page.get_by_text("Shortlist for Fennick & Rue <b>")).to_be_visible()
    assert fits_the_screen(page)
    rows = page.locator(".ranking .facts")
    ranks = [text.strip() for text in page.locator(".facts .rank").all_inner_texts()]
    assert ranks == [str(i + 1) for i in range(rows.count())]
    assert rows.count() >= 3
    values = [float(v.replace(",", "")) for v in page.locator(".facts .strong").all_inner_texts()]
    assert values == sorted(values, reverse=True)
    expect(page.get_by_text("YouTube", exact=False)).to_have_count(0)

    details = page.locator(".why .detail").first
    expect(details).to_be_hidden()
    page.locator(".why summary").first.click()
    expect(details).to_be_visible()
    expect(details.get_by_text("What moved the score")).to_be_visible()
    assert fits_the_screen(page)
    page.get_by_text("What each filter removed").click()
    expect(page.get_by_role("rowheader", name="Highest fee")).to_be_visible()

    page.get_by_role("link", name="Change the brief").click()
    expect(page.get_by_label("Brand name")).to_have_value("Fennick & Rue <b>")
    expect(page.get_by_role("radio", name="Conversion")).to_be_checked()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")  # rgb(18, 21, 19)
    assert (sum(int(n) for n in ground[4:-1].split(",")) < 120) == (look[1] == "dark")
    assert visit.console == []


def test_mistyped_value_is_shown_beside_its_field_and_can_be_mended(visit: Visit) -> None:
    page = visit.page
    page.goto("/")
    page.get_by_label("Followers, at least").fill("lots")
    page.get_by_text("More conditions").click()
    page.get_by_label("Audience share, at least").fill("Narnia 10%")
    send(page)

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("2 things need another look")
    expect(page.get_by_label("Followers, at least")).to_have_value("lots")
    expect(page.get_by_label("Followers, at least")).to_have_accessible_description(
        "Error: “lots” is not a number of 0 or more, such as 5,000"
    )
    expect(page.get_by_label("Audience share, at least")).to_be_visible()  # its section was opened
    summary.get_by_role("link", name="Followers, at least").click()
    expect(page.get_by_label("Followers, at least")).to_be_focused()
    assert fits_the_screen(page)

    page.get_by_label("Followers, at least").fill("5,000")
    page.get_by_label("Audience share, at least").fill("GB 10%")
    send(page)
    page.wait_for_url("**/shortlists/*")
    # The browser itself reports every status from 400 on; nothing else may be there.
    assert all("422" in line for line in visit.console)


def test_impossible_brief_says_which_filter_removed_most(visit: Visit) -> None:
    page = visit.page
    page.goto("/")
    page.get_by_label("Markets").fill("ZA")
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody passes every filter")
    expect(page.get_by_text("removed most: 3,000 of the 3,000")).to_be_visible()
    assert visit.console == []


def test_long_brand_name_stays_within_the_screen(visit: Visit) -> None:
    page = visit.page
    page.goto("/")
    name = "Quillfennick" * 14 + "Rue"
    page.get_by_label("Brand name").fill(name)
    send(page)
    page.wait_for_url("**/shortlists/*")
    expect(page.get_by_text(f"Shortlist for {name}")).to_be_visible()
    assert fits_the_screen(page)
    page.goto("/?blank=1")
    expect(page.get_by_role("link", name=name).first).to_be_visible()
    assert fits_the_screen(page)


def test_the_page_of_a_problem_stays_within_the_screen(visit: Visit) -> None:
    visit.page.goto("/shortlists/" + "6825a231" * 8)
    expect(visit.page.get_by_role("link", name="Go to the brief")).to_be_visible()
    assert fits_the_screen(visit.page)


def test_keyboard_reaches_everything_in_order(visit: Visit) -> None:
    page = visit.page
    page.goto("/?blank=1")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_label("Brand name").focus()
    page.keyboard.type("Osk")
    page.get_by_role("radio", name="Awareness").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Engagement")).to_be_checked()
    page.get_by_label("Brand name").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/shortlists/*")
    page.locator(".why summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".why .detail").first).to_be_visible()
    assert visit.console == []


def test_every_control_has_a_name_and_the_table_stays_a_table(visit: Visit) -> None:
    page = visit.page
    page.goto("/")
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input, select, textarea')]"
        ".filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.name)"
    )
    assert unnamed == []
    twice = page.evaluate(
        "(ids => ids.filter((id, i) => ids.indexOf(id) !== i))([...document.querySelectorAll('[id]')].map(e => e.id))"
    )
    assert twice == []
    send(page)
    page.wait_for_url("**/shortlists/*")
    ranking = page.get_by_role("table", name="The shortlist, best first")
    expect(ranking.get_by_role("columnheader", name="Audience fit")).to_have_count(1)
    expect(ranking.get_by_role("rowheader").first).to_contain_text("@")


def test_shortlist_leads_to_a_creators_card_with_its_evidence(visit: Visit) -> None:
    page = visit.page
    page.goto("/")
    send(page)
    page.wait_for_url("**/shortlists/*")
    page.locator(".why summary").first.click()
    page.locator(".why .detail").first.get_by_role("link", name="all that is known").click()
    page.wait_for_url("**/creators/*")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("table", name="Brand safety 12 days old, confidence 0.50")).to_have_count(1)
    words = page.get_by_text("Words: hell")
    expect(words).to_be_hidden()
    page.get_by_text("One post behind it").click()
    expect(words).to_be_visible()
    expect(page.get_by_role("rowheader", name="Followers")).to_have_count(1)
    expect(page.get_by_text("Speaks strongly against")).to_be_visible()
    behind = page.get_by_role("rowheader", name="Largest jump of followers")
    expect(behind).to_have_count(0)
    page.get_by_text("1 more reason and 1 more signal").click()
    expect(behind).to_be_visible()
    assert fits_the_screen(page)
    assert visit.console == []


def test_pages_need_no_script(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=site)
    page = context.new_page()
    page.goto("/")
    send(page)
    expect(page.locator(".ranking .facts").first).to_be_visible()
    context.close()
