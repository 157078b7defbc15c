"""Sets from a bundle: what is chosen keeps to the brief, what is told adds up, what can not be is explained."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tastemaker import Brief, Engine
from tastemaker.errors import BriefError, UnknownCreatorError
from tastemaker.schema import TABLES, Portfolio

OPEN: dict[str, Any] = {
    "brand": {"name": "Quillmoor", "description": "Trail shoes made to be repaired."},
    "objective": "awareness",
    "text": "Runners and hikers who show muddy mornings.",
    "budget": {"amount": 6000},
}


@pytest.fixture(scope="module")
def engine(bundle_folder: Path) -> Engine:
    return Engine.load(bundle_folder)


@pytest.fixture(scope="module")
def answer(engine: Engine) -> Portfolio:
    return engine.portfolio(brief())


def brief(wish: dict[str, Any] | None = None, **changes: Any) -> Brief:
    return Brief.parse({**OPEN, **changes, **({} if wish is None else {"portfolio": wish})})


def test_the_set_keeps_to_budget_and_size(answer: Portfolio) -> None:
    assert 5 <= len(answer.picks) <= 10
    assert len({pick.creator.creator_id for pick in answer.picks}) == len(answer.picks)
    assert answer.cost == pytest.approx(sum(pick.cost for pick in answer.picks))
    assert answer.cost <= 6000
    assert answer.infeasible is None


def test_what_is_told_adds_up(answer: Portfolio) -> None:
    assert answer.expected is not None
    assert answer.accepted is not None
    assert answer.unique is not None
    assert sum(pick.credit for pick in answer.picks) == pytest.approx(answer.unique.unique)
    assert answer.expected.mean == pytest.approx(answer.unique.unique, rel=0.05)
    assert answer.unique.low <= answer.unique.unique <= answer.unique.high <= answer.unique.total
    assert sum(pick.alone for pick in answer.picks) == pytest.approx(answer.unique.total)
    assert answer.expected.low < answer.expected.median < answer.expected.high
    assert answer.accepted.mean > answer.expected.mean, "some decline"
    for pick in answer.picks:
        assert 0.0 <= pick.own <= pick.credit * (1 + 1e-9) <= pick.alone * 1.3
    for spread in answer.spread:
        assert sum(spread.shares.values()) == pytest.approx(1.0)
        assert 1.0 <= spread.effective <= len(spread.shares) + 1e-9


def test_more_budget_brings_no_less(answer: Portfolio) -> None:
    expected = [point.expected for point in answer.curve if point.expected is not None]
    assert len(expected) >= 4
    assert expected == sorted(expected)
    assert all(price.gain >= 0.0 for price in answer.binding)


def test_reserves_are_not_in_the_set(answer: Portfolio) -> None:
    chosen = [pick.creator.creator_id for pick in answer.picks]
    assert [reserve.instead_of for reserve in answer.reserves] == chosen
    assert not {reserve.creator_id for reserve in answer.reserves} & set(chosen)
    assert any(reserve.creator_id for reserve in answer.reserves)


def test_the_same_brief_gives_the_same_set(engine: Engine, answer: Portfolio) -> None:
    again = engine.portfolio(brief())
    told = {"decision_id", "made_at"}
    assert again.model_dump(exclude=told) == answer.model_dump(exclude=told)


def test_caps_must_have_must_not_and_packages_are_kept(engine: Engine, answer: Portfolio) -> None:
    first, second = (pick.creator.creator_id for pick in answer.picks[:2])
    far = engine.recommend(brief(), limit=100).shortlist[-1].creator_id
    wish = {
        "size": {"min": 4, "max": 6},
        "caps": [{"by": "platform", "most": 2}, {"by": "country", "key": "US", "most": 1}],
        "must_have": [far, second],
        "must_not": [first],
        "packages": [[{"kind": "post"}], [{"kind": "story", "count": 2}]],
    }
    found = engine.portfolio(brief(wish, budget={"amount": 20_000}))
    chosen = {pick.creator.creator_id for pick in found.picks}
    assert {far, second} <= chosen
    assert first not in chosen
    assert 4 <= len(found.picks) <= 6 == len({pick.creator.creator_id for pick in found.picks})
    for platform in ("instagram", "tiktok", "youtube"):
        assert sum(pick.creator.platform == platform for pick in found.picks) <= 2
    assert sum(pick.creator.country == "US" for pick in found.picks) <= 1
    assert {pick.package[0].kind for pick in found.picks} <= {"post", "story"}
    assert found.considered >= len(chosen)


def test_caution_trades_mean_for_the_lower_decile(engine: Engine, answer: Portfolio) -> None:
    careful = engine.portfolio(brief({"risk": 1.0}))
    assert answer.expected is not None
    assert careful.expected is not None
    assert careful.expected.low >= 0.93 * answer.expected.low
    assert careful.expected.mean <= 1.03 * answer.expected.mean


def test_a_brief_nobody_can_keep_is_explained(engine: Engine) -> None:
    found = engine.portfolio(brief(budget={"amount": 50}))
    assert found.picks == ()
    assert found.infeasible is not None
    assert set(found.infeasible.clash) == {"budget", "size, at least"}
    assert found.infeasible.nearest
    assert "budget" in found.infeasible.text
    moved = {change.constraint: change.after for change in found.infeasible.nearest}
    nearer = brief(
        {"size": {"min": int(moved.get("size, at least", 5)), "max": 10}},
        budget={"amount": moved.get("budget", 50) * 1.001},
    )
    assert engine.portfolio(nearer).infeasible is None


def test_nobody_passes_the_filters(engine: Engine) -> None:
    found = engine.portfolio(brief(filters={"followers": {"min": 10**9}}))
    assert found.infeasible is not None
    assert found.infeasible.clash == ("filters",)


@pytest.mark.parametrize("objective", ["engagement", "conversion", "content"])
def test_every_objective_has_its_sets(engine: Engine, objective: str) -> None:
    found = engine.portfolio(brief(objective=objective))
    assert found.expected is not None
    assert found.expected.mean > 0.0
    assert found.unique is not None
    if objective == "content":
        assert found.unique.unique == pytest.approx(found.unique.total)
        assert any("ratings" in note for note in found.notes)


def test_reported_overlaps_are_counted_once(engine: Engine, answer: Portfolio) -> None:
    """Two of the set are told to have the same followers: together they are worth less than before."""
    a, b = (pick.creator for pick in answer.picks[:2])
    both = int(min(a.followers or 0, b.followers or 0))
    row = {
        "overlap_id": "o1",
        "account_ids": [a.account_id, b.account_id],
        "observed_at": datetime(2026, 1, 1, tzinfo=UTC),
        "total_followers": int(a.followers or 0) + int(b.followers or 0),
        "unique_followers": int(a.followers or 0) + int(b.followers or 0) - both,
    }
    found = engine.portfolio(
        brief({"must_have": [a.creator_id, b.creator_id]}),
        overlaps=pa.Table.from_pylist([row], schema=TABLES["overlaps"].schema),
    )
    own = {pick.creator.creator_id: pick.own / pick.alone for pick in found.picks}
    before = {pick.creator.creator_id: pick.own / pick.alone for pick in answer.picks}
    assert min(own[a.creator_id], own[b.creator_id]) < min(before[a.creator_id], before[b.creator_id])


def test_no_budget_is_said(engine: Engine) -> None:
    found = engine.portfolio(Brief.parse({k: v for k, v in OPEN.items() if k != "budget"}))
    assert found.budget is None
    assert found.curve == ()
    assert len(found.picks) == 10
    assert any("no budget" in note for note in found.notes)


@pytest.mark.parametrize(
    ("wish", "changes", "error", "words"),
    [
        ({"must_have": ["nobody"]}, {}, UnknownCreatorError, "nobody"),
        ({"caps": [{"by": "size", "key": "huge", "most": 1}]}, {}, BriefError, "no size 'huge'"),
        ({}, {"budget": {"amount": 5, "currency": "XXX"}}, BriefError, "XXX"),
    ],
)
def test_bad_wishes_are_one_error(
    engine: Engine, wish: dict[str, Any], changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        engine.portfolio(brief(wish, **changes))


def test_a_must_have_who_is_not_eligible_is_an_error(engine: Engine) -> None:
    whole = engine.recommend(brief(), limit=100).shortlist
    off = next(c for c in whole if c.platform == "youtube")
    with pytest.raises(BriefError, match="does not pass the brief's filters"):
        engine.portfolio(
            brief(
                {"must_have": [off.creator_id]},
                filters={"platforms": ["tiktok"], "followers": {"min": 10**8}},
            )
        )


def test_considered_has_bounds(engine: Engine) -> None:
    with pytest.raises(BriefError, match="considered: 3"):
        engine.portfolio(brief(), considered=3)
