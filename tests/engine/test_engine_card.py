"""The card of a creator: on a snapshot made by hand, and on a whole bundle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tastemaker import Engine
from tastemaker.engine.card import creator_card
from tastemaker.engine.wording import speaks, worded
from tastemaker.errors import UnknownCreatorError
from tastemaker.features import (
    COLLABORATION_SCHEMA,
    EVIDENCE_SCHEMA,
    FIELD_GROUPS,
    LABELS,
    SNAPSHOT_SCHEMA,
    FeatureSnapshot,
    audience_row,
)
from tastemaker.schema import AUDIENCE_WIDTH, AccountCard, CreatorCard, Signal

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


def account(account_id: str, creator_id: str, **known: Any) -> dict[str, Any]:
    row = {**dict.fromkeys(SNAPSHOT_SCHEMA.names), "platform": "instagram", "handle": account_id}
    return {**row, "account_id": account_id, "creator_id": creator_id, **known}


def snapshot(
    rows: list[dict[str, Any]],
    evidence: list[dict[str, Any]] | None = None,
    worked: list[dict[str, Any]] | None = None,
    audience: np.ndarray | None = None,
) -> FeatureSnapshot:
    rows = sorted(rows, key=lambda r: (r["creator_id"], r["account_id"]))
    return FeatureSnapshot(
        as_of=AS_OF,
        encoder_id="none",
        table=pa.Table.from_pylist(rows, schema=SNAPSHOT_SCHEMA),
        themes=np.zeros((0, 4)),
        theme_row=np.zeros(0),
        audience=np.full((len(rows), AUDIENCE_WIDTH), np.nan) if audience is None else audience,
        collaborations=pa.Table.from_pylist(worked or [], schema=COLLABORATION_SCHEMA),
        evidence=pa.Table.from_pylist(evidence or [], schema=EVIDENCE_SCHEMA),
    )


def crowd() -> list[dict[str, Any]]:
    """Twenty peers of 1,000 followers with rates .01 to .20, some far larger, some elsewhere."""
    peers = [
        account(f"p{i:02}", f"c{i:02}", followers=1_000, engagement_rate=(i + 1) / 100) for i in range(20)
    ]
    large = [account(f"l{i}", f"d{i}", followers=90_000, engagement_rate=0.0) for i in range(20)]
    other = [
        account(f"t{i}", f"e{i}", followers=1_000, engagement_rate=0.0, platform="tiktok") for i in range(20)
    ]
    return peers + large + other


def signal(card: AccountCard, name: str) -> Signal:
    return next(s for group in card.groups for s in group.signals if s.name == name)


def of(rows: list[dict[str, Any]], identity: str = "me", **more: Any) -> CreatorCard:
    return creator_card(snapshot(rows, **more), "bundle-1", identity)


def test_percentile_is_among_the_same_platform_and_size() -> None:
    me = account("me", "me", followers=2_000, engagement_rate=0.155)
    (card,) = of([*crowd(), me]).accounts
    assert (card.peers.accounts, card.peers.low, card.peers.high) == (20, 666, 6_000)
    rate = signal(card, "engagement_rate")
    assert (rate.value, rate.text, rate.percentile, rate.peers) == (0.155, "15.5%", 0.75, 20)


def test_ties_count_half_and_unknown_peers_not_at_all() -> None:
    me = account("me", "me", followers=1_000, engagement_rate=0.05)
    silent = [account(f"s{i}", f"s{i}", followers=1_000) for i in range(9)]
    (card,) = of([*crowd(), *silent, me]).accounts
    rate = signal(card, "engagement_rate")
    assert card.peers.accounts == 29
    assert (rate.percentile, rate.peers) == ((4 + 0.5) / 20, 20)
    assert (signal(card, "follower_growth").percentile, signal(card, "follower_growth").peers) == (None, 0)


def test_too_few_peers_make_no_percentile() -> None:
    me = account("me", "me", followers=1_000, engagement_rate=0.05)
    (card,) = of([*crowd()[:9], me]).accounts
    assert (signal(card, "engagement_rate").percentile, signal(card, "engagement_rate").peers) == (None, 9)


def test_an_account_of_unknown_size_is_compared_with_its_platform() -> None:
    me = account("me", "me", engagement_rate=0.05)
    (card,) = of([*crowd(), me]).accounts
    assert (card.peers.accounts, card.peers.low, card.peers.high) == (40, None, None)


def test_unknown_is_said_with_its_reason_and_is_never_zero() -> None:
    (card,) = of([account("me", "me")]).accounts
    for group in card.groups:
        assert (group.as_of, group.age_days, group.confidence) == (None, None, None)
        for one in group.signals:
            assert (one.value, one.text, one.percentile) == (None, "unknown", None)
            assert one.why == (
                LABELS[one.name].unknown if one.name in LABELS else "no report of its audience"
            )


def test_every_column_of_every_group_is_on_the_card() -> None:
    (card,) = of([account("me", "me")]).accounts
    shown = {group.name: [s.name for s in group.signals if s.name in LABELS] for group in card.groups}
    for name, columns in FIELD_GROUPS.items():
        assert shown[name] == [c for c in columns if c in LABELS]


def test_the_audience_is_told_by_its_largest_shares() -> None:
    told = audience_row({"country": {"US": 0.45, "GB": 0.3, "IE": 0.125, "FR": 0.1}, "language": {"en": 1.0}})
    (card,) = of([account("me", "me")], audience=told[None]).accounts
    assert signal(card, "audience_shares_country").text == "US 45%, GB 30%, IE 12%"
    assert signal(card, "audience_shares_language").value == "en 100%"
    assert signal(card, "audience_shares_interest").why == "no report of its audience"
    assert [group.name for group in card.groups].index("audience") == 3


def test_age_and_confidence_of_a_group() -> None:
    seen = AS_OF - timedelta(days=3, hours=12)
    (card,) = of([account("me", "me", followers=5, size_as_of=seen, size_confidence=0.25)]).accounts
    size = card.groups[0]
    assert (size.label, size.as_of, size.age_days, size.confidence) == ("Size", seen, 3.5, 0.25)


def test_evidence_stands_at_its_signal_strongest_first() -> None:
    post = {
        "group": "safety",
        "signal": "safety_profanity",
        "posted_at": AS_OF,
        "words": ["hell"],
        "excerpt": "x",
    }
    rows = [
        {**post, "account_id": who, "rank": rank, "level": level, "post_id": f"{who}{rank}"}
        for who, rank, level in (("me", 1, 3), ("me", 2, 1), ("you", 1, 2))
    ]
    card = of([account("me", "me", safety_profanity=3), account("you", "you")], evidence=rows).accounts[0]
    assert [(p.post_id, p.level) for p in signal(card, "safety_profanity").evidence] == [
        ("me1", "high"),
        ("me2", "low"),
    ]
    assert signal(card, "safety_profanity").text == "high"


def test_all_accounts_of_a_creator_and_whom_they_worked_for() -> None:
    rows = [
        account("a1", "me", handle="tea.time"),
        account("a2", "me", platform="tiktok"),
        account("b", "you"),
    ]
    worked = [
        {
            "creator_id": "me",
            "brand_id": f"b{i}",
            "brand_name": None,
            "last_at": AS_OF - timedelta(days=9 - i),
        }
        for i in range(3)
    ]
    for identity in ("me", "a1", "a2", "instagram:tea.time", "Instagram:@TEA.time", "tiktok:a2"):
        card = of(rows, identity, worked=worked)
        assert [a.account_id for a in card.accounts] == ["a1", "a2"]
        assert [c.brand_id for c in card.collaborations] == ["b2", "b1", "b0"]


@pytest.mark.parametrize(
    ("identity", "near"),
    [
        ("cr-104", "'cr-103'"),
        ("instagram:teatime", "'instagram:tea.time'"),
        ("", "recommend"),
        ("zzz", "recommend"),
    ],
)
def test_a_wrong_id_names_the_nearest(identity: str, near: str) -> None:
    rows = [account("ac-1", "cr-103", handle="tea.time"), account("ac-2", "cr-2", handle="bread")]
    with pytest.raises(UnknownCreatorError, match="no creator, account or platform:handle") as raised:
        of(rows, identity)
    assert near in str(raised.value)


def test_a_handle_of_two_creators_is_refused_with_their_ids() -> None:
    rows = [account("a1", "c1", handle="Twin"), account("a2", "c2", handle="twin")]
    with pytest.raises(UnknownCreatorError, match="2 creators: c1, c2"):
        of(rows, "instagram:twin")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.00042, "share", "0.042%"), (0.0, "share", "0.0%"), (0.075, "change", "+7.5%"), (-0.01, "change", "-1.0%"),
        (12_345, "count", "12,345"), (1_500.4, "dollars", "$1,500"), (0.42, "dollars", "$0.42"),
        (1.3e-12, "share", "under 0.01%"), (2.345, "ratio", "2.35"), (0, "level", "none"),
        (0.5, "per week", "0.5 a week"), (90, "days", "90 days"), (AS_OF, "time", "2026-06-01"), (False, "flag", "no"),
        (None, "flag", "unknown"),
    ],
)  # fmt: skip
def test_values_are_worded_with_their_units(value: Any, unit: Any, text: str) -> None:
    assert worded(value, unit) == text


def odd(**standings: float) -> dict[str, Any]:
    """Columns of an account whose evidence lies so many spreads off."""
    known = {f"odd_{name}": value for name, value in standings.items()}
    return {"authenticity": 0.4, "authenticity_posts": 6, **dict.fromkeys(standings, 0.3), **known}


def test_reasons_stand_in_the_group_of_authenticity_alone_strongest_first() -> None:
    (card,) = of([account("me", "me", **odd(response=0.0, growth_spike=5.0, comment_ratio=-0.2))]).accounts
    told = {group.name: group.reasons for group in card.groups}
    reasons = told.pop("authenticity")
    assert not any(told.values())
    assert reasons[0].evidence == "growth_spike"
    assert {r.evidence for r in reasons} == {"response", "growth_spike", "comment_ratio"}
    sizes = [abs(r.contribution) for r in reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert reasons[0].numbers == {"value": 0.3, "standing": 5.0}
    assert next(r for r in reasons if r.evidence == "response").numbers["posts"] == 6
    assert all(r.speaks == speaks(r.contribution) for r in reasons)
    names = {s.name for group in card.groups for s in group.signals}
    assert {r.evidence for r in reasons} <= names


def test_reasons_are_those_of_the_snapshots_own_model() -> None:
    made = snapshot([account("me", "me", **odd(growth_spike=5.0))])
    shipped = made.authenticity_model
    made.authenticity_model = replace(shipped, slopes=2.0 * shipped.slopes)
    one, other = (
        next(g for g in creator_card(s, "b", "me").accounts[0].groups if g.reasons).reasons[0].contribution
        for s in (made, snapshot([account("me", "me", **odd(growth_spike=5.0))]))
    )
    assert one < other < 0


def test_without_a_probability_there_are_no_reasons() -> None:
    known = odd(audience_credibility=-4.0) | {"authenticity": None}
    (card,) = of([account("me", "me", **known)]).accounts
    assert not any(group.reasons for group in card.groups)


@pytest.mark.parametrize(
    ("contribution", "said"),
    [
        (0.2, "slightly for"), (1.0, "for"), (2.9, "for"), (3.0, "strongly for"), (8.0, "strongly for"),
        (-0.2, "slightly against"), (-1.0, "against"), (-2.9, "against"), (-3.0, "strongly against"),
    ],
)  # fmt: skip
def test_contributions_are_said_in_words(contribution: float, said: str) -> None:
    assert speaks(contribution) == said


def test_details_are_marked_and_the_card_is_whole() -> None:
    (card,) = of([account("me", "me")]).accounts
    assert {s.name: s.detail for g in card.groups for s in g.signals if s.name in LABELS} == {
        name: label.detail for name, label in LABELS.items()
    }


def test_the_card_of_a_whole_bundle(bundle_folder: Path) -> None:
    engine = Engine.load(bundle_folder)
    wanted = engine.bundle.snapshot.column("creator_id")[0]
    card = engine.creator(wanted)
    assert (card.creator_id, card.bundle, card.as_of) == (
        wanted,
        engine.bundle_id,
        engine.bundle.snapshot.as_of,
    )
    assert CreatorCard.model_validate_json(card.model_dump_json()) == card
    assert signal(card.accounts[0], "followers").percentile is not None
    for group in card.accounts[0].groups:
        if group.name == "authenticity":
            log_odds = sum(r.contribution for r in group.reasons) + np.log(0.8 / 0.2)
            assert signal(card.accounts[0], "authenticity").value == pytest.approx(
                1 / (1 + np.exp(-log_odds))
            )
    proven = set(engine.bundle.snapshot.evidence.column("account_id").to_pylist())
    paid = engine.creator(min(proven))
    proofs = [p for a in paid.accounts for g in a.groups for s in g.signals for p in s.evidence]
    assert proofs
    assert all(p.posted_at <= card.as_of and len(p.excerpt or "") <= 200 for p in proofs)
