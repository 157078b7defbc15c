"""A group of a card at first sight: what is folded, what stands for it, and that nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tastemaker.explanation import FirstSight, at_first_sight
from tastemaker.schema import Proof, Reason, Signal, SignalGroup

POST = Proof(
    post_id="p", posted_at=datetime(2026, 6, 1, tzinfo=UTC), level=None, value=None, excerpt=None, words=()
)


def signal(name: str, value: Any = 1.0, **more: Any) -> Signal:
    given: dict[str, Any] = {"label": name.title(), "unit": "number", "text": str(value), "why": None, **more}
    return Signal(name=name, value=value, percentile=None, peers=None, **given)


def reasons(n: int) -> tuple[Reason, ...]:
    return tuple(
        Reason(evidence=f"e{i}", text="t", speaks="for", contribution=9.0 - i, numbers={}) for i in range(n)
    )


def sight(*signals: Signal, told: tuple[Reason, ...] = ()) -> FirstSight:
    group = SignalGroup(
        name="g", label="G", as_of=None, age_days=None, confidence=None, signals=signals, reasons=told
    )
    seen = at_first_sight(group)
    assert sorted((*seen.signals, *seen.more_signals), key=group.signals.index) == list(group.signals)
    assert (*seen.reasons, *seen.more_reasons) == group.reasons
    return seen


def rates(basis: str, value: float | None, posts: int) -> list[Signal]:
    name = f"engagement_by_{basis}"
    return [signal(name, value), signal(f"{name}_posts", posts, detail=True), signal(f"{name}_shrunk", value)]


def names(signals: tuple[Signal, ...]) -> list[str]:
    return [s.name for s in signals]


def test_details_are_folded_and_counted() -> None:
    seen = sight(signal("a"), signal("b", detail=True), signal("c", detail=True))
    assert (names(seen.signals), names(seen.more_signals), seen.lines) == (["a"], ["b", "c"], ())
    assert seen.more == "2 more signals"


def test_what_is_short_is_left_as_it_is() -> None:
    seen = sight(signal("a"), signal("b", None, why="never read"))
    assert (names(seen.signals), seen.lines, seen.more) == (["a", "b"], (), None)


def test_bases_that_nobody_reported_are_one_line_with_the_way_out() -> None:
    seen = sight(
        *rates("followers", None, 0),
        *rates("reach", None, 0),
        *rates("impressions", None, 0),
        *rates("views", 0.1, 4),
    )
    shown = [f"engagement_by_{basis}{end}" for basis in ("followers", "views") for end in ("", "_shrunk")]
    assert names(seen.signals) == shown
    (line,) = seen.lines
    assert line.startswith("Not reported: reach, impressions. ")
    assert "post_snapshots" in line


def test_a_basis_known_in_part_is_shown() -> None:
    seen = sight(*rates("reach", None, 2))
    assert names(seen.signals) == ["engagement_by_reach", "engagement_by_reach_shrunk"]
    assert seen.lines == ()


def test_clean_levels_are_one_line_and_unknown_ones_are_not_clean() -> None:
    level = {"unit": "level"}
    seen = sight(
        signal("adult", 0, text="none", **level),
        signal("arms", 2, text="medium", **level),
        signal("hate", None, text="unknown", why="no caption", **level),
        signal("spam", 0, text="none", **level),
    )
    assert names(seen.signals) == ["arms", "hate"]
    assert seen.lines == ("Nothing found: Adult; Spam.",)


def test_what_has_posts_behind_it_is_never_folded() -> None:
    seen = sight(
        signal("a", detail=True, evidence=(POST,)),
        signal("b", 0, text="none", unit="level", evidence=(POST,)),
    )
    assert names(seen.signals) == ["a", "b"]
    assert seen.lines == ()


@pytest.mark.parametrize(
    ("told", "more"), [(0, "1 more signal"), (3, "1 more signal"), (4, "1 more reason and 1 more signal")]
)
def test_the_three_strongest_reasons_are_shown(told: int, more: str) -> None:
    seen = sight(signal("a"), signal("b", detail=True), told=reasons(told))
    assert [r.evidence for r in seen.reasons] == [f"e{i}" for i in range(min(told, 3))]
    assert seen.more == more
