"""Hard filters: nobody passes who should not, nobody is lost who should not be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from retrieval_world import AT, FX, account, brief, random_snapshot, snapshot

from tastemaker.errors import BriefError, IndexingError
from tastemaker.features import FeatureSnapshot
from tastemaker.retrieval import FILTERS, Eligibility
from tastemaker.schema import AUDIENCE_COLUMNS, SAFETY_LEVELS, Brief, Filters

# Small pools shared by facts and filters, so that bounds are met exactly.
COUNTS = (0, 1_000, 5_000, 20_000)
RATES = (0.0, 0.01, 0.05, 0.3, 0.7)
MONEY = (0.0, 100.0, 125.0, 500.0)
DAYS = (0, 1, 30, 180)
COUNTRIES = ("US", "GB", "DE")
LANGUAGES = ("en", "es", "pt")
PAYMENTS = ("flat", "product", "commission", "hybrid")
PLATFORM = ("instagram", "tiktok", "youtube")
BRANDS = ("b1", "Brelm", "OSKIN")
LEVELS = (0, 1, 2, 3)
THRESHOLDS = (("country", "US"), ("age_gender", "female.18-24"), ("interest", "food"))


def maybe(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


def times(*ago: int) -> st.SearchStrategy[datetime | None]:
    edges = [AT - timedelta(days=d) + timedelta(microseconds=e) for d in ago for e in (-1, 0, 1)]
    return maybe(tuple(edges))


ACCOUNTS = st.fixed_dictionaries(
    {
        "creator_id": st.sampled_from([f"c{i}" for i in range(5)]),
        "platform": st.sampled_from(PLATFORM),
        "country": maybe(COUNTRIES),
        "languages": st.none() | some(LANGUAGES),
        "followers": maybe(COUNTS),
        "engagement_rate": maybe(RATES),
        "authenticity": maybe(RATES),
        "fee": maybe(MONEY),
        "last_post_at": times(*DAYS),
        "available_from": times(-30, -1, 0, 30),
        "open_to": st.none() | some(PAYMENTS),
        "safety_hate": maybe(LEVELS),
        "safety_profanity": maybe(LEVELS),
    }
)
AUDIENCES = st.fixed_dictionaries(
    {},
    optional={
        "country": st.sampled_from([{"US": 0.3, "GB": 0.7}, {"US": 0.7, "GB": 0.3}, {"GB": 1.0}]),
        "age_gender": st.sampled_from([{"female.18-24": 0.01}, {"female.18-24": 0.7, "male.18-24": 0.3}]),
        "interest": st.just({"food": 0.05, "home": 0.95}),
    },
)
WORK = st.lists(
    st.fixed_dictionaries(
        {
            "creator_id": st.sampled_from(["c0", "c1", "c2", "elsewhere"]),
            "brand_id": maybe(("b1", "b2")),
            "brand_name": maybe(("brelm ", "Oskin", "Tarrow")),
            "last_at": times(*DAYS),
        }
    ),
    max_size=4,
)


@st.composite
def snapshots(draw: st.DrawFn) -> FeatureSnapshot:
    rows = draw(st.lists(ACCOUNTS, min_size=1, max_size=10))
    accounts = [account(number=i, **row) for i, row in enumerate(rows)]
    audiences = {a["account_id"]: draw(AUDIENCES) for a in accounts}
    return snapshot(accounts, audiences=audiences, collaborations=draw(WORK))


FILTER_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "platforms": some(PLATFORM),
    "countries": some(COUNTRIES),
    "languages": some(LANGUAGES),
    "followers": st.sampled_from(
        [{"min": 1_000}, {"max": 5_000}, {"min": 1_000, "max": 5_000}, {"min": 0}, {}]
    ),
    "max_fee": st.builds(
        lambda amount, currency: {"amount": amount, "currency": currency},
        st.sampled_from(MONEY),
        st.sampled_from(["USD", "EUR"]),
    ),
    "min_engagement_rate": st.sampled_from(RATES),
    "min_authenticity": st.sampled_from(RATES),
    "audience": st.lists(
        st.builds(
            lambda pair, share: {"facet": pair[0], "key": pair[1], "min_share": share},
            st.sampled_from(THRESHOLDS),
            st.sampled_from(RATES),
        ),
        max_size=2,
    ),
    "exclude_creators": some(("c0", "c3", "nobody")),
    "competitor_window_days": st.sampled_from(DAYS),
    "active_within_days": st.sampled_from(DAYS),
    "compensation": some(PAYMENTS),
}


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    """Mostly a few filters, now and then all of them: with many, nobody passes and the last ones judge nobody."""
    names = draw(st.lists(st.sampled_from(sorted(FILTER_FIELDS)), max_size=3, unique=True))
    names = sorted(FILTER_FIELDS) if draw(st.integers(0, 9)) == 0 else names
    fields: dict[str, Any] = {"filters": {name: draw(FILTER_FIELDS[name]) for name in names}}
    fields["brand"] = {"name": "Quillmoor", "competitors": draw(some(BRANDS))}
    if draw(st.integers(0, 3)) == 0:
        fields["starts_at"] = AT + timedelta(days=draw(st.sampled_from([-30, 0, 30])))
    if draw(st.integers(0, 2)) == 0:
        level = st.sampled_from(SAFETY_LEVELS)
        fields["safety_floor"] = draw(st.dictionaries(st.sampled_from(["hate", "profanity", "spam"]), level))
    return brief(**fields)


def over_the_floor(rows: list[dict[str, Any]], asked: Brief) -> set[str]:
    """Creators with any account above the brief's floor."""
    return {
        row["creator_id"]
        for row in rows
        for category, accepted in asked.safety_floor.items()
        if (row[f"safety_{category}"] or 0) > ("none", "low", "medium", "high").index(accepted)
    }


def passes(row: dict[str, Any], shares: dict[tuple[str, str], float], work: list[Any], asked: Brief) -> bool:
    """One account against one brief, condition by condition; nothing shared with the code under test."""
    f = asked.filters
    if f.platforms and row["platform"] not in f.platforms:
        return False
    if f.countries and row["country"] not in f.countries:
        return False
    if f.languages and not set(f.languages) & set(row["languages"] or ()):
        return False
    if f.followers.min is not None and (row["followers"] is None or row["followers"] < f.followers.min):
        return False
    if f.followers.max is not None and (row["followers"] is None or row["followers"] > f.followers.max):
        return False
    if f.max_fee is not None:
        rate = 1.0 if f.max_fee.currency == "USD" else FX[f.max_fee.currency]
        if row["fee"] is None or row["fee"] > f.max_fee.amount * rate:
            return False
    for least, name in ((f.min_engagement_rate, "engagement_rate"), (f.min_authenticity, "authenticity")):
        if least is not None and (row[name] is None or row[name] < least):
            return False
    for t in f.audience:
        # Shares are kept in single precision.
        if not shares[t.facet, t.key] >= np.float32(t.min_share):
            return False
    if row["creator_id"] in f.exclude_creators:
        return False
    if f.competitor_window_days is not None:
        opened = AT - timedelta(days=f.competitor_window_days)
        rivals = {name.lower() for name in asked.brand.competitors}
        for w in work:
            names = {(w["brand_id"] or "").strip().lower(), (w["brand_name"] or "").strip().lower()} - {""}
            recent = w["last_at"] is None or w["last_at"] >= opened
            if w["creator_id"] == row["creator_id"] and names & rivals and recent:
                return False
    if f.active_within_days is not None:
        since = AT - timedelta(days=f.active_within_days)
        if row["last_post_at"] is None or row["last_post_at"] < since:
            return False
    if asked.starts_at and row["available_from"] and row["available_from"] > asked.starts_at:
        return False
    return not f.compensation or bool(set(f.compensation) & set(row["open_to"] or ()))


def size(row: dict[str, Any]) -> int:
    return -1 if row["followers"] is None else int(row["followers"])


def slowly(known: FeatureSnapshot, asked: Brief) -> list[str]:
    """The lead account of every creator with an account that passes, one row at a time."""
    work = known.collaborations.to_pylist()
    leads: dict[str, dict[str, Any]] = {}
    barred = over_the_floor(known.table.to_pylist(), asked)
    for row, audience in zip(known.table.to_pylist(), known.audience, strict=True):
        shares = dict(zip(AUDIENCE_COLUMNS, audience, strict=True))
        if row["creator_id"] in barred or not passes(row, shares, work, asked):
            continue
        lead = leads.get(row["creator_id"])
        if lead is None or size(row) > size(lead):
            leads[row["creator_id"]] = row
    return sorted(row["account_id"] for row in leads.values())


@settings(max_examples=200)
@given(snapshots(), st.lists(briefs(), min_size=1, max_size=4))
@example(snapshot([account()]), [brief()])
def test_eligibility_no_violation_and_nobody_lost(known: FeatureSnapshot, asked: list[Brief]) -> None:
    eligibility = Eligibility(known)
    for one in asked:
        eligible = eligibility.check(one, AT)
        kept = known.column("account_id")[eligible.mask]
        assert sorted(kept) == slowly(known, one)
        assert eligible.creators == len(kept) == len(set(known.column("creator_id")[eligible.mask]))
        left = [count.left for count in eligible.filters]
        assert left == sorted(left, reverse=True)
        assert not left or left[-1] == eligible.creators


WEEK = timedelta(days=7)
MOMENT = timedelta(microseconds=1)
SEVENTY = {"country": {"US": 0.7, "GB": 0.3}}
WANT_SEVENTY = {"audience": [{"facet": "country", "key": "US", "min_share": 0.7}]}


@pytest.mark.parametrize(
    ("facts", "filters", "passing"),
    [
        ({"platform": "tiktok"}, {"platforms": ["youtube", "tiktok"]}, True),
        ({"platform": "tiktok"}, {"platforms": ["youtube"]}, False),
        ({"country": "US"}, {"countries": ["US"]}, True),
        ({}, {"countries": ["US"]}, False),
        ({"languages": ["es", "en"]}, {"languages": ["en"]}, True),
        ({"languages": []}, {"languages": ["en"]}, False),
        ({}, {"languages": ["en"]}, False),
        ({"followers": 5_000}, {"followers": {"max": 5_000}}, True),
        ({"followers": 5_001}, {"followers": {"max": 5_000}}, False),
        ({"followers": 5_000}, {"followers": {"min": 5_000}}, True),
        ({"followers": 4_999}, {"followers": {"min": 5_000}}, False),
        ({}, {"followers": {"min": 0}}, False),
        ({"fee": 100.0}, {"max_fee": {"amount": 100}}, True),
        ({"fee": 100.01}, {"max_fee": {"amount": 100}}, False),
        ({}, {"max_fee": {"amount": 100}}, False),
        ({"engagement_rate": 0.02}, {"min_engagement_rate": 0.02}, True),
        ({"engagement_rate": 0.0199}, {"min_engagement_rate": 0.02}, False),
        ({}, {"min_engagement_rate": 0.0}, False),
        ({"authenticity": 0.7}, {"min_authenticity": 0.7}, True),
        ({"authenticity": 0.69}, {"min_authenticity": 0.7}, False),
        ({}, {"min_authenticity": 0.0}, False),
        ({"last_post_at": AT - WEEK}, {"active_within_days": 7}, True),
        ({"last_post_at": AT - WEEK - MOMENT}, {"active_within_days": 7}, False),
        ({}, {"active_within_days": 7}, False),
        ({"open_to": ["flat", "product"]}, {"compensation": ["product", "hybrid"]}, True),
        ({"open_to": ["flat"]}, {"compensation": ["product"]}, False),
        ({}, {"compensation": ["product"]}, False),
        ({}, {"exclude_creators": ["c000001", "nobody"]}, True),
        ({}, {"exclude_creators": ["c000000"]}, False),
    ],
)
def test_eligibility_bounds_are_inclusive_and_unknown_does_not_pass(
    facts: dict[str, Any], filters: dict[str, Any], passing: bool
) -> None:
    eligible = Eligibility(snapshot([account(**facts)])).check(brief(filters=filters), AT)
    assert eligible.mask.tolist() == [passing]


@pytest.mark.parametrize(
    ("audience", "passing"),
    [(SEVENTY, True), ({"country": {"US": 0.69}}, False), ({"country": {"GB": 1.0}}, False), ({}, False)],
)
def test_eligibility_audience_threshold(audience: dict[str, dict[str, float]], passing: bool) -> None:
    """0.7 in single precision is below 0.7 in double: exactly the wanted share must pass."""
    known = snapshot([account()], audiences={"a000000": audience})
    assert Eligibility(known).check(brief(filters=WANT_SEVENTY), AT).mask.tolist() == [passing]


@pytest.mark.parametrize(
    ("work", "passing"),
    [
        ({"brand_id": "oskin", "last_at": AT - WEEK}, False),
        ({"brand_id": "B7", "brand_name": " Brelm ", "last_at": AT - WEEK}, False),
        ({"brand_id": "b7", "brand_name": "BRELM", "last_at": AT}, False),
        ({"brand_name": "Brelm", "last_at": None}, False),
        ({"brand_name": "Brelm", "last_at": AT - WEEK - MOMENT}, True),
        ({"brand_name": "Tarrow", "last_at": AT}, True),
        ({"brand_name": None, "last_at": AT}, True),
    ],
)
def test_eligibility_competitor_window(work: dict[str, Any], passing: bool) -> None:
    known = snapshot([account()], collaborations=[{"creator_id": "c000000", **work}])
    rivals = {"name": "Quillmoor", "competitors": ["OSKIN", "brelm"]}
    asked = brief(brand=rivals, filters={"competitor_window_days": 7})
    assert Eligibility(known).check(asked, AT).mask.tolist() == [passing]


@pytest.mark.parametrize(("available", "passing"), [(AT, True), (AT + MOMENT, False), (None, True)])
def test_eligibility_available_by_the_first_day(available: datetime | None, passing: bool) -> None:
    known = snapshot([account(available_from=available)])
    eligibility = Eligibility(known)
    assert eligibility.check(brief(starts_at=AT), AT).mask.tolist() == [passing]
    assert eligibility.check(brief(), AT).mask.tolist() == [True]


@pytest.mark.parametrize(
    ("level", "accepted", "passing"),
    [
        (0, "none", True),
        (1, "none", False),
        (1, "low", True),
        (3, "medium", False),
        (3, "high", True),
        (None, "none", True),
    ],
)
def test_eligibility_safety_floor_is_the_highest_level_accepted(
    level: int | None, accepted: str, passing: bool
) -> None:
    eligibility = Eligibility(snapshot([account(safety_adult=level, safety_hate=3)]))
    eligible = eligibility.check(brief(safety_floor={"adult": accepted}), AT)
    assert eligible.mask.tolist() == [passing]
    assert [(c.name, c.left) for c in eligible.filters] == [("safety_floor", int(passing))]
    assert eligibility.unjudged(brief(safety_floor={"adult": accepted}), np.array([0])).tolist() == [
        level is None
    ]
    assert eligibility.check(brief(), AT).filters == ()


def test_eligibility_safety_floor_judges_the_person_by_all_accounts() -> None:
    accounts = [
        account(number=0, creator_id="c0", safety_adult=0),
        account(number=1, creator_id="c0", platform="tiktok", safety_adult=2),
        account(number=2, creator_id="c1", safety_adult=None),
        account(number=3, creator_id="c1", platform="tiktok", safety_adult=1),
        account(number=4, creator_id="c2"),
    ]
    eligibility = Eligibility(snapshot(accounts))
    asked = brief(safety_floor={"adult": "low"}, filters={"platforms": ["instagram"]})
    assert eligibility.check(asked, AT).mask.tolist() == [False, False, True, False, True]
    assert eligibility.unjudged(asked, np.array([2, 4])).tolist() == [False, True]


@pytest.mark.parametrize("name", Filters.model_fields)
def test_eligibility_every_filter_of_a_brief_is_in_the_table(name: str) -> None:
    """A filter that is added to the brief and forgotten here would silently let everybody through."""
    assert name in FILTERS


def test_eligibility_funnel_counts_creators_in_order() -> None:
    accounts = [
        account(number=0, creator_id="c0", platform="tiktok", followers=900),
        account(number=1, creator_id="c0", platform="youtube", followers=2_000),
        account(number=2, creator_id="c1", platform="tiktok", followers=None),
        account(number=3, creator_id="c2", platform="instagram", followers=5_000),
    ]
    eligibility = Eligibility(snapshot(accounts))
    asked = brief(filters={"platforms": ["tiktok", "youtube"], "followers": {"min": 1_000}})
    eligible = eligibility.check(asked, AT)
    assert [(c.name, c.left) for c in eligible.filters] == [("platforms", 2), ("followers", 1)]
    assert eligible.mask.tolist() == [False, True, False, False]
    assert (eligibility.creators, eligible.creators) == (3, 1)


def test_eligibility_lead_is_chosen_among_the_accounts_that_pass() -> None:
    """The bigger account is on another platform than asked: the smaller one stands for its creator."""
    accounts = [
        account(number=0, creator_id="c0", platform="tiktok", followers=100),
        account(number=1, creator_id="c0", platform="youtube", followers=9_000),
        account(number=2, creator_id="c0", platform="tiktok", followers=100),
    ]
    eligibility = Eligibility(snapshot(accounts))
    assert eligibility.check(brief(), AT).mask.tolist() == [False, True, False]
    asked = brief(filters={"platforms": ["tiktok"]})
    assert eligibility.check(asked, AT).mask.tolist() == [True, False, False]


def test_eligibility_fee_in_another_currency() -> None:
    accounts = [account(number=i, fee=fee) for i, fee in enumerate([124.0, 126.0, None])]
    eligibility = Eligibility(snapshot(accounts))
    asked = brief(filters={"max_fee": {"amount": 100, "currency": "EUR"}})
    assert eligibility.check(asked, AT).mask.tolist() == [True, False, False]
    unknown = brief(filters={"max_fee": {"amount": 100, "currency": "CHF"}})
    with pytest.raises(BriefError, match="'CHF'; known: EUR, JPY, USD"):
        eligibility.check(unknown, AT)


def test_eligibility_refuses_an_unsorted_snapshot() -> None:
    known = random_snapshot(10)
    known.table = known.table.take(list(range(9, -1, -1)))
    with pytest.raises(IndexingError, match="not sorted"):
        Eligibility(known)
