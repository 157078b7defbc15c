"""Numbers as a page shows them, and the colours it shows them in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tastemaker.service.figures import compact, dollars, exact, moment, percent, plain, signed
from tastemaker.service.rendering import STATIC


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (0.034, "0.034"), (4.25, "4.2"), (12, "12"), (812.4, "812"), (999.99, "1.0K"), (12_345, "12.3K"),
        (312_000, "312K"), (999_960, "1.0M"), (3_400_000, "3.4M"), (2e9, "2.0B"),
    ],
)  # fmt: skip
def test_compact_keeps_about_three_figures(value: float, shown: str) -> None:
    assert compact(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (1234.5, "1,234"), (45.67, "45.7"), (4.567, "4.57"), (0.47, "0.470"), (0.04567, "0.0457")],
)
def test_exact_tells_neighbours_apart(value: float, shown: str) -> None:
    assert exact(value) == shown


def test_other_figures() -> None:
    assert dollars(1234.4) == "$1,234"
    assert percent(0.345) == "34%"
    assert percent(0.0345, 1) == "3.5%"
    assert signed(-0.25) == "−0.250"
    assert signed(0.25) == "+0.250"
    assert plain("audience_overlap_age_gender") == "Audience overlap age gender"
    assert plain("log_fee") == "Fee (log)"


def test_moment_is_in_utc() -> None:
    here = datetime(2026, 9, 1, 1, 5, tzinfo=timezone(timedelta(hours=2)))
    assert moment(here) == moment(here.astimezone(UTC)) == "31 August 2026, 23:05 UTC"


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_have_contrast_in_light_and_dark() -> None:
    """WCAG AA: 4.5 for text, 3 for the edges of controls and the marks of charts."""
    sheet = (STATIC / "tastemaker.css").read_text(encoding="utf-8")
    roots = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    assert len(roots) == 2
    for root in roots:
        colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", root))
        for ground in ("paper", "card"):
            for ink in ("ink", "soft", "accent", "bad"):
                assert contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground)
            for mark in ("edge", "accent", "gold"):
                assert contrast(colour[mark], colour[ground]) >= 3, (mark, ground)
        assert contrast(colour["bad"], colour["bad-tint"]) >= 4.5
        assert contrast(colour["on-accent"], colour["accent"]) >= 4.5
